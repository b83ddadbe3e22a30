import Glibc
import TestSupport
import Testing

@Suite struct ConfigCommandTests {
    private let scratch = TemporaryDirectory()

    private func write(_ text: String, to name: String = "activemq.xml") -> String {
        let path = self.scratch.file(name)
        #expect(TestFile.write(path, Array(text.utf8)))
        return path
    }

    private func check(_ path: String, _ more: String...) throws -> (lines: [String], status: Int32?) {
        try Program.run(["config", "check"] + more + [path])
    }

    @Test func whatHasEffectIsShownWithItsLine() throws {
        let path = self.write(
            """
            <broker brokerName="orders" useJmx="true">
              <persistenceAdapter><kahaDB directory="${where}/kahadb"/></persistenceAdapter>
              <transportConnectors>
                <transportConnector name="openwire" uri="tcp://127.0.0.1:0?maximumConnections=7"/>
              </transportConnectors>
            </broker>
            """)
        let (lines, status) = try self.check(path, "-Dwhere=/shared")
        #expect(status == 0)
        func line(_ name: String) -> String? { lines.first { $0.hasPrefix(name + "  ") } }
        #expect(line("configuration file")?.contains(path) == true, "\(lines)")
        #expect(line("brokerName")?.hasSuffix("  orders  (line 1)") == true, "\(lines)")
        #expect(line("data directory")?.hasSuffix("  /shared/kahadb  (line 2)") == true, "\(lines)")
        #expect(
            line("connector openwire")?.hasSuffix("tcp://127.0.0.1:0, at most 7 connections  (line 4)") == true,
            "\(lines)")
        #expect(lines.contains { $0.hasPrefix("\(path):1:29: warning: useJmx") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("\(path):2:23: note: <kahaDB> becomes the SQLite store") }, "\(lines)")
        #expect(self.scratch.contents() == ["activemq.xml"])
    }

    @Test func everyErrorHasItsLine() throws {
        let path = self.write("<broker brokerNam=\"a\">\n  <kahadb/>\n</broker>")
        let (lines, status) = try self.check(path)
        #expect(status == 78)
        #expect(
            lines == [
                "\(path):1:9: <broker> has no attribute brokerNam; did you mean brokerName?",
                "\(path):2:3: <kahadb> cannot stand in <broker>",
                "lockkeeper: \(path) has 2 errors",
            ])
    }

    @Test func aMissingFileIsNamed() throws {
        let path = self.scratch.file("none.xml")
        for arguments in [
            ["config", "check", path], ["run", "--config", path], ["run", "--config", path, "--check"],
        ] {
            let (lines, status) = try Program.run(arguments)
            #expect(status == 66)
            #expect(lines == ["lockkeeper: cannot read the configuration file \(path): No such file or directory"])
        }
        #expect(try self.check(self.scratch.path).status == 66)
    }

    @Test func optionsComeBeforeTheFile() throws {
        let path = self.write(
            """
            <broker dataDirectory="/file"><transportConnectors>
            <transportConnector uri="tcp://127.0.0.1:1"/><transportConnector uri="tcp://127.0.0.1:2"/>
            </transportConnectors></broker>
            """)
        let options = ["--data", "/flag", "--openwire", "127.0.0.1:3", "--max-connections", "9", "--name", "me"]
        let (lines, status) = try Program.run(["run", "--config", path, "--check"] + options)
        #expect(status == 0)
        for text in [
            "/flag  (--data)", "tcp://127.0.0.1:3, at most 9 connections  (--openwire)", "me  (--name)",
        ] {
            #expect(lines.contains { $0.hasSuffix("  " + text) }, "\(lines)")
        }
    }

    @Test func aFileWithoutAConnectorToServeIsRefused() throws {
        let path = self.write(
            "<broker><transportConnectors><transportConnector uri=\"xmpp://h:1\"/></transportConnectors></broker>")
        let (lines, status) = try self.check(path)
        #expect(status == 78)
        #expect(lines.last?.contains("--openwire") == true, "\(lines)")
        let served = try Program.run(["run", "--config", path, "--check", "--openwire", "127.0.0.1:0"])
        #expect(served.status == 0)
    }

    // MARK: Running

    private func run(_ text: String, _ more: [String] = []) throws -> Program {
        try Program(["run", "--config", self.write(text)] + more)
    }

    /// A file that is wrong is not served, and one line says why.
    @Test func aWrongFileIsNotServed() throws {
        let path = self.write("<broker brokerNam=\"a\"\n persistent=\"maybe\"/>")
        let (lines, status) = try Program.run(["run", "--config", path, "--data", self.scratch.file("data")])
        #expect(status == 78)
        #expect(
            lines == [
                "lockkeeper: \(path):1:9: <broker> has no attribute brokerNam; did you mean brokerName? "
                    + "(and 1 more: lockkeeper config check \(path))"
            ])
        #expect(self.scratch.contents() == ["activemq.xml"])
    }

    @Test func theFileSaysWhereTheStoreIsAndWhereToListen() throws {
        let data = self.scratch.file("data")
        let program = try self.run(
            """
            <broker brokerName="orders" dataDirectory="\(data)">
              <persistenceAdapter><kahaDB directory="\(data)/kahadb" indexCacheSize="5"/></persistenceAdapter>
              <transportConnectors>
                <transportConnector uri="tcp://127.0.0.1:0"/><transportConnector uri="nio://127.0.0.1:0"/>
              </transportConnectors>
            </broker>
            """)
        let first = try program.awaitServing()
        let second = try program.awaitServing()
        #expect(first != second)
        #expect(program.log.contains { $0.contains("event=configuration.read") && $0.contains("activemq.xml") })
        #expect(program.log.contains { $0.contains("event=configuration.warning") && $0.contains("indexCacheSize") })
        #expect(
            program.log.contains { $0.contains("event=configuration.note") && $0.contains("becomes the SQLite store") })
        let holder = try SQLiteShell.query(data + "/kahadb/lease.db", "select holder from lease").first
        #expect(holder?.hasPrefix("orders.") == true, "\(holder ?? "")")
        #expect(program.stop() == 0)
        #expect(access(data + "/kahadb/broker.db", F_OK) == 0)
    }

    @Test func theStoreIsEmptiedWhereTheFileSaysSoAndWithTheFirstTermAlone() throws {
        let text = """
            <broker dataDirectory="\(self.scratch.file("data"))" deleteAllMessagesOnStartup="true">
              <transportConnectors><transportConnector uri="tcp://127.0.0.1:0"/></transportConnectors>
            </broker>
            """
        let data = self.scratch.file("data")
        let first = try self.run(text)
        _ = try first.awaitServing()
        #expect(!first.log.contains { $0.contains("store.emptied") })
        #expect(first.stop() == 0)
        try SQLiteShell.change(
            data + "/broker.db", "INSERT INTO destination (destination_id, kind, name) VALUES (99, 'queue', 'kept')")
        let second = try self.run(text)
        #expect(second.awaitEvent("store.emptied")?.contains("deleteAllMessagesOnStartup") == true)
        _ = try second.awaitServing()
        let destinations = try SQLiteShell.query(data + "/broker.db", "select name from destination")
        #expect(!destinations.contains("kept"))
        // A master that stands again serves what it had.
        #expect(rename(data + "/lock.flock", data + "/lock.flock.old") == 0)
        #expect(second.awaitEvent("broker.standing_again") != nil)
        _ = try second.awaitServing()
        #expect(second.log.count { $0.contains("store.emptied") } == 1)
        #expect(second.stop() == 0)
        #expect(try SQLiteShell.query(data + "/lease.db", "select epoch from lease") == ["3"])
    }
}
