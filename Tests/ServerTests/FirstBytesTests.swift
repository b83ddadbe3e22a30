import NIOCore
import Server
import Testing

@Suite struct FirstBytesTests {
    @Test(
        arguments: [
            ([], nil), ([0, 0, 0, 247, 1], .openWire), ([0xff], .openWire), (Array("CONNECT\n".utf8), .stomp),
            (Array("STOMP\n".utf8), .stomp), (Array("\nCONNECT".utf8), .stomp), (Array("\r\n".utf8), .stomp),
            (Array("GET / HTTP/1.1".utf8), .http), (Array("POST /".utf8), .http), (Array("S".utf8), .stomp),
            (Array("connect".utf8), .openWire),
        ] as [([UInt8], FirstBytes?)])
    func oneByteTells(_ bytes: [UInt8], _ protocolName: FirstBytes?) {
        #expect(FirstBytes(ByteBuffer(bytes: bytes).readableBytesView) == protocolName)
    }
}
