import NIOCore
import NIOPosix
import Server
import Testing

/// OpenWire, STOMP and WebSockets on one port, over real sockets.
@Suite struct ProtocolDetectorTests {
    @Test(arguments: [0, 2])
    func onePortSpeaksThemAll(ioThreads: Int) async throws {
        let broker = try await Served(ioThreads: ioThreads)
        let port = broker.connector.address.port
        let java = try RawClient(port: port, name: "java")
        try java.open()
        try java.addConsumer(on: "q", prefetch: 10)

        let stomp = try TextClient(port: port)
        try stomp.send("CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/queue/r\n\n\0")
        #expect(try stomp.read(until: "\0\n").hasPrefix("CONNECTED\nversion:1.2\n"))
        try stomp.send("SEND\ndestination:/queue/q\nreceipt:1\n\nhello\0")
        #expect(try stomp.read(until: "\0\n") == "RECEIPT\nreceipt-id:1\n\n\0\n")
        #expect(try java.receive(1) == [1])

        let browser = try TextClient(port: port)
        try browser.send(Self.upgrade("v10.stomp, v12.stomp"))
        let answer = try browser.read(until: "\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 101 "))
        #expect(answer.contains("Sec-WebSocket-Protocol: v12.stomp\r\n"))
        // The answer to the key that RFC 6455 §1.3 has for an example.
        #expect(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        try browser.send(Self.frame("CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/queue/r\n\nfrom the web\0"))
        let head = try browser.read(count: 2)
        #expect(head[0] == 0x81)
        #expect(String(decoding: try browser.read(count: Int(head[1])), as: UTF8.self).hasPrefix("CONNECTED\n"))
        #expect(try stomp.read(until: "\0\n").hasSuffix("\n\nfrom the web\0\n"))
        await broker.end()
    }

    /// Only in OpenWire may a client wait for the broker's first word.
    @Test func whoSaysNothingIsGreetedInOpenWire() async throws {
        let broker = try await Served { $0.silence = .milliseconds(20) }
        let client = try TextClient(port: broker.connector.address.port)
        #expect(try client.read(count: 13)[4...] == [1] + Array("ActiveMQ".utf8))
        await broker.end()
    }

    @Test func whereOnlySTOMPIsOfferedSilenceEndsTheConnection() async throws {
        let broker = try await Served {
            $0.openWire = nil
            $0.limit = .milliseconds(20)
        }
        #expect(try TextClient(port: broker.connector.address.port).readToEnd() == "")
        await broker.end()
    }

    @Test func noiseWhereOnlySTOMPIsOfferedIsAnError() async throws {
        let broker = try await Served { $0.openWire = nil }
        let client = try TextClient(port: broker.connector.address.port)
        try client.send([0, 0, 0, 247, 1, 10])
        #expect(try client.readToEnd().hasPrefix("ERROR\nmessage:Unknown STOMP action"))
        await broker.end()
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "426"),
        ("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "426"),
        (Self.upgrade("mqtt"), "400"),
    ])
    func otherHTTPIsSentAway(_ request: String, _ status: String) async throws {
        let broker = try await Served()
        let client = try TextClient(port: broker.connector.address.port)
        try client.send(request)
        #expect(try client.readToEnd().hasPrefix("HTTP/1.1 \(status) "))
        await broker.end()
    }

    @Test func aClientThatWantsNoSubprotocolGetsNone() async throws {
        let broker = try await Served()
        let client = try TextClient(port: broker.connector.address.port)
        try client.send(Self.upgrade(nil))
        let answer = try client.read(until: "\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 101 "))
        #expect(!answer.contains("Sec-WebSocket-Protocol"))
        await broker.end()
    }

    @Test func aWebSocketFrameAboveTheLimitEndsTheConnection() async throws {
        let broker = try await Served()
        let client = try TextClient(port: broker.connector.address.port)
        try client.send(Self.upgrade("v12.stomp"))
        _ = try client.read(until: "\r\n\r\n")
        // A frame of 1,000,001 bytes, of which none comes.
        try client.send([0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x41, 0, 0, 0, 0])
        let head = try client.read(count: 4)
        #expect(head == [0x88, 2, 0x03, 0xf1])
        await broker.end()
    }

    @Test(arguments: [ConnectionClosure.immediate, .afterFlush])
    func theBrokersEndIsEverybodys(closure: ConnectionClosure) async throws {
        let broker = try await Served()
        let port = broker.connector.address.port
        let (silent, http, stomp) = (try TextClient(port: port), try TextClient(port: port), try TextClient(port: port))
        try http.send("GET / HTTP/1.1\r\n")
        try stomp.send("CONNECT\n\n\0")
        _ = try stomp.read(until: "\0\n")
        // The others are known to the broker too once this one is.
        while broker.connections.count < 3 { await Task.yield() }
        try await broker.connections.closeAll(closure, on: broker.group.next()).get()
        for client in [silent, http, stomp] { #expect(try client.readToEnd() == "") }
        await broker.end()
    }

    private static func upgrade(_ subprotocols: String?) -> String {
        "GET /stomp HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + (subprotocols.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? "") + "\r\n"
    }

    /// A text frame whose mask changes nothing.
    private static func frame(_ text: String) -> [UInt8] {
        [0x81, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0] + Array(text.utf8)
    }
}
