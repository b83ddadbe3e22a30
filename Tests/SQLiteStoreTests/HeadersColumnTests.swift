import BrokerCore
import TestSupport
import Testing

@testable import SQLiteStore

@Suite struct HeadersColumnTests {
    private func text(_ message: Message, home: Destination? = .queue("Q")) -> String? {
        HeadersColumn.encode(message, home: home).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func anOrdinaryMessageNeedsNoColumn() {
        #expect(self.text(SampleMessage.text(1, to: .queue("Q"))) == nil)
    }

    @Test func headersReadWell() {
        let plain = SampleMessage.text(1, to: .queue("Q"))
        var headers = plain.headers
        headers.correlationID = "a\"b"
        headers.replyTo = .topic("answers")
        headers.type = "t"
        var extras = MessageExtras()
        extras.userID = "u"
        extras.isDroppable = true
        extras.cluster = ["x", "y"]
        let message = plain.with(headers: headers, properties: nil, extras: extras)
        let expected =
            #"{"correlationId":"a\"b","replyTo":"topic://answers","type":"t","# + #""extras":{"userId":"u","#
            + #""cluster":["x","y"],"isDroppable":true}}"#
        #expect(self.text(message) == expected)
        #expect(self.text(plain, home: .queue("R")) == #"{"destination":"queue://Q"}"#)
    }

    @Test(arguments: [
        "", "{", "[]", "{}x", #"{"replyTo":"nowhere"}"#, #"{"replyTo":1}"#, #"{"type":[]}"#, #"{"producer":"x"}"#,
        #"{"extras":1}"#, #"{"extras":{"cluster":[1]}}"#, #"{"extras":{"cluster":"a"}}"#,
        #"{"extras":{"arrivalMs":true}}"#, #"{"extras":{"isDroppable":0}}"#,
        #"{"extras":{"originalTransaction":{"formatId":99999999999}}}"#,
        #"{"extras":{"originalTransaction":{"formatId":1,"globalId":"0"}}}"#,
        #"{"extras":{"originalTransaction":{"formatId":1,"globalId":"zz"}}}"#,
    ])
    func whatWeNeverWriteIsRefused(_ text: String) {
        #expect(throws: DecodedHeaders.Unreadable.self) { _ = try DecodedHeaders(text) }
    }
}
