import NIOCore
import Testing

@testable import OpenWire

@Suite struct OpenWireSessionFramesTests {
    private static func response(_ id: Int32) -> Response {
        var response = Response()
        response.correlationID = id
        return response
    }

    private static let dispatch = MessageDispatch()

    @Test(arguments: [
        (OpenWireSession.Frames.dispatch(Self.dispatch), [OpenWireCommand.messageDispatch(Self.dispatch)]),
        (.response(Self.response(4)), [.response(Self.response(4))]),
        (.one(.keepAliveInfo(KeepAliveInfo())), [.keepAliveInfo(KeepAliveInfo())]),
        (
            .two(.keepAliveInfo(KeepAliveInfo()), .response(Self.response(5))),
            [.keepAliveInfo(KeepAliveInfo()), .response(Self.response(5))]
        ),
    ])
    func framesAreWrittenInOrder(frames: OpenWireSession.Frames, commands: [OpenWireCommand]) throws {
        var encoder = OpenWireEncoder(format: WireFormat())
        var buffer = ByteBuffer()
        try encoder.encode(frames: frames, into: &buffer)
        #expect(try Array(buffer.readableBytesView) == commands.flatMap { try $0.frame() })
    }
}
