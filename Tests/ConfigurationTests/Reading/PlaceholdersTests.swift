import Configuration
import Testing

@Suite struct PlaceholdersTests {
    private let placeholders = Placeholders(["a": "1", "b": "${a}2", "loop": "${loop}", "name": "a"]) { name in
        name == "HOME" ? "/h" : nil
    }

    @Test(arguments: [
        ("plain", "plain"), ("${a}", "1"), ("x${a}y${a}z", "x1y1z"), ("${b}", "12"), ("${HOME}/x", "/h/x"),
        ("${none:standard}", "standard"), ("${none:}", ""), ("${a:other}", "1"), ("${${name}}", "1"),
        ("${none:${a}}", "1"), ("$a {a} $", "$a {a} $"), ("${none:tcp://h:1}", "tcp://h:1"),
    ])
    func valuesStandForNames(written: String, text: String) throws {
        #expect(try self.placeholders.resolve(written) == text)
    }

    @Test func whatHasNoValueIsNamed() {
        #expect(throws: Placeholders.Failure.unknown("none")) { try self.placeholders.resolve("x${none}") }
        #expect(throws: Placeholders.Failure.unclosed) { try self.placeholders.resolve("${a") }
        #expect(throws: Placeholders.Failure.tooMuch) { try self.placeholders.resolve("${loop}") }
        #expect(Placeholders.Failure.unknown("x").description.contains("-Dx=VALUE"))
    }

    @Test func propertiesComeBeforeDefinitionsAndThoseBeforeTheEnvironment() throws {
        var placeholders = Placeholders(["p": "definition", "d": "definition"]) { _ in "environment" }
        placeholders.add(["p": "file"])
        #expect(try placeholders.resolve("${p} ${d} ${e}") == "file definition environment")
    }

    @Test(arguments: [
        ("/opt/activemq/conf/activemq.xml", "/opt/activemq /opt/activemq/conf /opt/activemq/data /opt/activemq"),
        ("conf/activemq.xml", ". conf ./data ."), ("activemq.xml", ". . ./data ."),
        ("/etc/broker.xml", ". /etc ./data ."), ("/conf/a.xml", "/ /conf /data /"),
    ])
    func theNamesOfTheStartScriptFollowTheFile(file: String, values: String) throws {
        let placeholders = Placeholders.standard(file: file, definitions: [:]) { _ in nil }
        let text = "${activemq.base} ${activemq.conf} ${activemq.data} ${activemq.home}"
        #expect(try placeholders.resolve(text) == values)
    }

    @Test func theEnvironmentOfTheStartScriptIsUsedAndDefinitionsComeBeforeIt() throws {
        let environment = ["ACTIVEMQ_BASE": "/b", "ACTIVEMQ_DATA": "/d", "ACTIVEMQ_CONF": "", "ACTIVEMQ_HOME": "/h"]
        let placeholders = Placeholders.standard(file: "/x/a.xml", definitions: ["activemq.base": "/own"]) {
            environment[$0]
        }
        let text = "${activemq.base} ${activemq.conf} ${activemq.data} ${activemq.home}"
        #expect(try placeholders.resolve(text) == "/own /x /d /h")
    }
}
