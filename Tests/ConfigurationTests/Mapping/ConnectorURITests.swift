import Testing

@testable import Configuration

@Suite struct ConnectorURITests {
    @Test(
        arguments: [
            ("tcp://0.0.0.0:61616", "tcp", "0.0.0.0", 61_616, 0), ("TCP://h:0/", "tcp", "h", 0, 0),
            ("tcp://[::1]:5?a=b", "tcp", "::1", 5, 1), ("nio+ssl://h?a=1&b=2", "nio+ssl", "h", nil, 2),
            ("tcp://h:1?", "tcp", "h", 1, 0), ("tcp://[::1]", "tcp", "::1", nil, 0),
        ] as [(String, String, String, Int?, Int)])
    func partsAreTakenApart(text: String, scheme: String, host: String, port: Int?, options: Int) throws {
        let uri = try ConnectorURI(text)
        #expect(uri.scheme == scheme)
        #expect(uri.host == host)
        #expect(uri.port == port)
        #expect(uri.options.count == options)
    }

    @Test func optionsAreDecoded() throws {
        let uri = try ConnectorURI("tcp://h:1?a%20b=%C3%A9&c=d=e")
        #expect(uri.options == [.init(name: "a b", value: "é"), .init(name: "c", value: "d=e")])
    }

    @Test(arguments: [
        "", "h:1", "tcp:h:1", "tcp://h:x", "tcp://h:70000", "tcp://h:-1", "tcp://::1:5", "tcp://h:1/path",
        "tcp://u@h:1",
        "tcp://h:1?a", "tcp://h:1?a=%", "tcp://h:1?a=%zz", "tcp://h:1?a=%ff", "tcp://h:",
    ])
    func othersAreMalformed(text: String) {
        #expect(throws: ConnectorURI.Fault.self) { try ConnectorURI(text) }
    }
}
