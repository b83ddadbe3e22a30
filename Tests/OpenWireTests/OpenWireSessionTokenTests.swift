import BrokerCore
import Testing

@testable import OpenWire

@Suite struct OpenWireSessionTokenTests {
    @Test(arguments: [
        OpenWireSessionToken.response(commandID: 0), .response(commandID: -1), .response(commandID: .max),
        .response(commandID: .min), .connected(commandID: 1, wantsResponse: true, wantsControl: false),
        .connected(commandID: -7, wantsResponse: false, wantsControl: true),
        .connected(commandID: .min, wantsResponse: true, wantsControl: true), .accepted(producer: 0, size: 0),
        .accepted(producer: 1, size: 2524), .accepted(producer: 0x7FFF_FFFF, size: .max),
    ])
    func tokensReadBack(token: OpenWireSessionToken) {
        #expect(OpenWireSessionToken(token.replyToken) == token)
    }

    @Test func aResponseTokenIsTheCommandIDItself() {
        #expect(OpenWireSessionToken.response(commandID: 42).replyToken.rawValue == 42)
        #expect(OpenWireSessionToken.response(commandID: -1).replyToken.rawValue == 0xFFFF_FFFF)
    }

    @Test func foreignTokensAreNotRead() {
        #expect(OpenWireSessionToken(ReplyToken(3 << 62)) == nil)
    }

    @Test func anImpossibleSizeIsNone() {
        let token = OpenWireSessionToken.accepted(producer: 3, size: -1).replyToken
        #expect(OpenWireSessionToken(token) == .accepted(producer: 3, size: 0))
    }
}
