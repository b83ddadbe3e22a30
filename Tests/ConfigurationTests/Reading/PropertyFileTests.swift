import Configuration
import Testing

@Suite struct PropertyFileTests {
    @Test(arguments: [
        ("a=b", ["a": "b"]), ("a = b c ", ["a": "b c "]), ("a: b", ["a": "b"]), ("a b", ["a": "b"]), ("a", ["a": ""]),
        ("# c\n! d\n\n  a=b", ["a": "b"]), ("a=1\r\nb=2", ["a": "1", "b": "2"]), ("a=1\na=2", ["a": "2"]),
        ("a=one \\\n   two", ["a": "one two"]), ("a=x\\\\\nb=y", ["a": "x\\", "b": "y"]), ("a\\ b\\==c", ["a b=": "c"]),
        ("a=\\t\\u00e9\\n", ["a": "\té\n"]), ("a==b", ["a": "=b"]), ("a=\\", ["a": ""]), ("a=\\u12", ["a": "\u{12}"]),
        ("\\", ["": ""]), ("activemq.username=system", ["activemq.username": "system"]),
    ])
    func linesAreNamesAndValues(text: String, properties: [String: String]) {
        #expect(PropertyFile.read(Array(text.utf8)) == properties)
    }

    @Test func bytesThatAreNotUTF8AreLatin() {
        #expect(PropertyFile.read([0x61, 0x3D, 0xE9]) == ["a": "é"])
    }
}
