import Election
import Management
import Testing

@Suite struct MetricsPageTests {
    private func lines(_ figures: ManagementFigures) -> [Substring] {
        MetricsPage.text(of: figures).split(separator: "\n")
    }

    @Test func everyEventAndEveryRoleIsThereFromTheStart() {
        let lines = self.lines(ManagementFigures(version: "1", brokerName: "a"))
        for name in ElectionEvent.Name.allCases {
            #expect(lines.contains("lockkeeper_ha_events_total{event=\"\(name.rawValue)\"} 0"))
        }
        for name in MetricsPage.lastingEvents {
            #expect(lines.contains("lockkeeper_alarm{event=\"\(name.rawValue)\"} 0"))
        }
        let roles = lines.filter { $0.hasPrefix("lockkeeper_role{") }
        #expect(roles.count == ElectionSnapshot.Role.allCases.count)
        #expect(roles.filter { $0.hasSuffix(" 1") } == ["lockkeeper_role{role=\"standby\"} 1"])
        #expect(lines.contains("lockkeeper_has_master 0") && lines.contains("lockkeeper_serving 0"))
    }

    @Test(arguments: ElectionSnapshot.Role.allCases)
    func oneRoleHolds(role: ElectionSnapshot.Role) {
        let held = self.lines(Fixture.figures(role)).filter { $0.hasPrefix("lockkeeper_role{") && $0.hasSuffix(" 1") }
        #expect(held == ["lockkeeper_role{role=\"\(role.rawValue)\"} 1"])
    }

    @Test func everySampleFollowsHelpAndTypeOfItsFamilyAndNoFamilyComesTwice() throws {
        var figures = Fixture.figures(.master)
        figures.destinations = [Fixture.queue("orders", messages: 3)]
        figures.leaseAge = .seconds(1)
        var family: Substring = ""
        var families: Set<Substring> = []
        var previous: Substring = ""
        for line in self.lines(figures) {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP ") {
                #expect(families.insert(words[2]).inserted, "\(line)")
            } else if line.hasPrefix("# TYPE ") {
                #expect(previous.hasPrefix("# HELP \(words[2]) "))
                #expect(["gauge", "counter", "histogram"].contains(words[3]))
                #expect((words[3] == "counter") == words[2].hasSuffix("_total"), "\(line)")
                family = words[2]
            } else {
                let name = line.prefix { $0 != "{" && $0 != " " }
                #expect(name == family || ["_bucket", "_sum", "_count"].contains { name == family + $0 }, "\(line)")
                #expect(name.hasPrefix("lockkeeper_"))
                #expect(words.last.flatMap { Double($0) } != nil, "\(line)")
            }
            previous = line
        }
        #expect(families.count >= 25)
    }

    @Test func figuresHaveTheirValues() {
        var figures = Fixture.figures(.master)
        figures.isServing = true
        figures.hasMaster = true
        figures.leaseAge = .milliseconds(250)
        figures.beatAge = .milliseconds(125)
        figures.goodBeatAge = .seconds(4)
        figures.connections = 5
        figures.maximumConnections = 10
        (figures.scheduledMessages, figures.scheduledBytes) = (6, 700)
        figures.store = .init(commits: 11, rows: 22)
        figures.destinations = [Fixture.queue("orders", messages: 3), Fixture.queue("q\"", messages: 4)]
        let lines = self.lines(figures)
        for line in [
            "lockkeeper_build_info{version=\"1.2\"} 1", "lockkeeper_serving 1", "lockkeeper_epoch 7",
            "lockkeeper_broker_info{broker=\"a\",host=\"host-a\",pid=\"4711\",instance=\"00000000000000ab\"} 1",
            "lockkeeper_lease_holder_info{broker=\"a\",host=\"host-a\",phase=\"active\"} 1", "lockkeeper_has_master 1",
            "lockkeeper_lease_age_seconds 0.25", "lockkeeper_beat_age_seconds 0.125",
            "lockkeeper_good_beat_age_seconds 4", "lockkeeper_connections 5", "lockkeeper_connections_limit 10",
            "lockkeeper_store_commits_total 11", "lockkeeper_store_rows_total 22", "lockkeeper_destinations 2",
            "lockkeeper_scheduled_messages 6", "lockkeeper_scheduled_bytes 700",
            "lockkeeper_messages 7", "lockkeeper_destination_messages{destination=\"orders\",kind=\"queue\"} 3",
            "lockkeeper_destination_enqueued_total{destination=\"q\\\"\",kind=\"queue\"} 9",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test func onlyTheDeepestDestinationsAreShown() {
        var figures = Fixture.figures(.master)
        figures.destinations = (0..<500).map { Fixture.queue("q\($0)", messages: Int64($0)) }
        let lines = self.lines(figures)
        let shown = lines.filter { $0.hasPrefix("lockkeeper_destination_messages{") }
        #expect(shown.count == MetricsPage.maximumDestinations)
        #expect(shown.first == "lockkeeper_destination_messages{destination=\"q499\",kind=\"queue\"} 499")
        #expect(lines.contains("lockkeeper_destinations 500"))
        #expect(lines.contains("lockkeeper_messages 124750"))
    }
}
