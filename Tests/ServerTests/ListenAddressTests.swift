import Server
import Testing

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:61616", "127.0.0.1", 61_616), ("localhost:0", "localhost", 0), ("[::1]:1883", "::1", 1883),
        ("broker.example:65535", "broker.example", 65_535),
    ])
    func readsAndWritesTheSameText(text: String, host: String, port: Int) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "61616", ":61616", "host:", "host:65536", "host:-1", "host:+1", "host: 1", "::1:61616", "[]:1", "[::1:1",
        "host:99999999999999999999",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
