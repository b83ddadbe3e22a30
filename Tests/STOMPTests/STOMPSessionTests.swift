import BrokerCore
import Testing

@testable import STOMP

/// Connecting, receipts, errors and goodbyes.
struct STOMPSessionTests {
    @Test(arguments: [
        ("", STOMPVersion.v10), ("accept-version:1.0\n", .v10), ("accept-version:1.0,1.1\n", .v11),
        ("accept-version:1.1,1.2,3.0\n", .v12),
    ])
    func connecting(_ headers: String, _ version: STOMPVersion) throws {
        let client = STOMPWorld().client()
        client.send("CONNECT\n\(headers)host:h\nclient-id:me\nrequest-id:7\n\n")
        let connected = try client.takeOne(.connected)
        #expect(connected["version"] == version.rawValue)
        #expect(connected["session"] == "me")
        #expect(connected["server"] == "test/1")
        #expect(connected["heart-beat"] == "0,0")
        #expect(connected["response-id"] == "7")
        #expect(client.session.version == version)
    }

    @Test func aReceiptOfConnectStandsInConnected() throws {
        let client = STOMPWorld().client()
        client.send("STOMP\nreceipt:9\n\n")
        #expect(try client.takeOne(.connected)["receipt-id"] == "9")
    }

    @Test func anUnknownVersionIsRefusedWithThoseThatAreKnown() throws {
        let client = STOMPWorld().client()
        client.send("CONNECT\naccept-version:2.0\n\n")
        #expect(try client.takeOne(.error)["version"] == "1.2,1.1,1.0")
        #expect(client.end == .refused(.unsupportedVersion("2.0")))
    }

    @Test(arguments: [
        "SEND\ndestination:/queue/a\n\n", "SUBSCRIBE\nid:1\ndestination:/queue/a\n\n", "ACK\nid:1\n\n",
        "BEGIN\ntransaction:t\n\n",
        "DISCONNECT\n\n",
    ])
    func nothingComesBeforeConnect(_ frame: String) throws {
        let client = STOMPWorld().client()
        client.send(frame)
        #expect(try client.takeOne(.error)["message"]?.hasPrefix("Not connected") == true)
    }

    @Test func connectComesOnce() throws {
        let client = STOMPWorld().client(.v12)
        client.send("CONNECT\naccept-version:1.2\nreceipt:r\n\n")
        let error = try client.takeOne(.error)
        #expect(error["message"] == "Already connected.")
        #expect(error["receipt-id"] == "r")
    }

    @Test func aClientIDInUseIsRefused() throws {
        let world = STOMPWorld()
        _ = world.client(.v12, "client-id:me\n")
        let second = world.client()
        second.send("CONNECT\nclient-id:me\nreceipt:r\n\n")
        let error = try second.takeOne(.error)
        #expect(error["message"]?.contains("already connected") == true)
        #expect(error["receipt-id"] == "r")
    }

    /// The broker works in order: what follows CONNECT need not wait for CONNECTED.
    @Test func framesMayFollowConnectAtOnce() {
        let world = STOMPWorld()
        let client = world.client()
        client.send("CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/queue/a\nreceipt:1\n\nx")
        #expect(client.take().map(\.command) == [.connected, .receipt])
    }

    // MARK: Receipts

    @Test(arguments: [STOMPVersion.v11, .v12])
    func everyFrameCanHaveAReceipt(_ version: STOMPVersion) throws {
        let client = STOMPWorld().client(version)
        for body in ["a", "b", "c", "d"] { client.send("SEND\ndestination:/queue/a\n\n\(body)") }
        client.send("SUBSCRIBE\nid:s\nack:client-individual\ndestination:/queue/a\nreceipt:s\n\n")
        let frames = client.take()
        try #require(frames.map(\.command) == [.receipt, .message, .message, .message, .message])
        #expect(frames[0]["receipt-id"] == "s")
        for (number, frame) in [
            "ACK\n\(Self.reference(to: frames[1], version))", "NACK\n\(Self.reference(to: frames[2], version))",
            "BEGIN\ntransaction:t\n", "SEND\ndestination:/queue/b\ntransaction:t\n",
            "ACK\n\(Self.reference(to: frames[3], version))transaction:t\n",
            "NACK\n\(Self.reference(to: frames[4], version))transaction:t\n",
            "COMMIT\ntransaction:t\n", "BEGIN\ntransaction:u\n", "ABORT\ntransaction:u\n",
            "SEND\ndestination:/topic/t\n", "SEND\ndestination:/queue/b\npersistent:true\n", "UNSUBSCRIBE\nid:s\n",
        ].enumerated() {
            client.send(frame + "receipt:\(number)\n\n")
            #expect(client.receipts() == ["\(number)"], "\(frame)")
        }
        client.send("DISCONNECT\nreceipt:bye\n\n")
        #expect(client.receipts() == ["bye"])
        #expect(client.end == .finished)
    }

    /// The headers by which ACK and NACK name a message.
    private static func reference(to frame: STOMPFrame, _ version: STOMPVersion) -> String {
        if version >= .v12 { return "id:\(frame["ack"] ?? "")\n" }
        let id = (frame["message-id"] ?? "").split(separator: ":").joined(separator: "\\c")
        return "message-id:\(id)\nsubscription:s\n"
    }

    @Test func theReceiptOfAPersistentMessageWaitsForTheDisk() {
        let world = STOMPWorld()
        let client = world.client(.v12)
        world.isStoreSlow = true
        client.send("SEND\ndestination:/queue/a\npersistent:true\nreceipt:p\n\n")
        client.send("SEND\ndestination:/queue/a\nreceipt:n\n\n")
        #expect(client.receipts() == ["n"])
        world.store()
        #expect(client.receipts() == ["p"])
    }

    /// Whoever asks for no receipts but the last one still knows that all is stored.
    @Test func theReceiptOfDisconnectWaitsForEverythingBefore() {
        let world = STOMPWorld()
        let client = world.client(.v12)
        world.isStoreSlow = true
        client.send("SEND\ndestination:/queue/a\npersistent:true\n\nx")
        client.send("SEND\ndestination:/queue/a\npersistent:true\nreceipt:p\n\nx")
        client.send("DISCONNECT\nreceipt:bye\n\n")
        client.send("SEND\ndestination:/queue/a\nreceipt:late\n\n")
        #expect(client.take().isEmpty)
        world.store()
        #expect(client.receipts() == ["p", "bye"])
        #expect(client.end == .finished)
    }

    @Test func goingWithoutAReceiptSaysNothing() {
        let client = STOMPWorld().client(.v12)
        client.send("DISCONNECT\n\n")
        #expect(client.take().isEmpty)
        #expect(client.end == .finished)
    }

    // MARK: Errors

    @Test(arguments: [
        ("SEND\n", STOMPSessionFault.missingHeader("destination", of: .send)),
        ("SEND\ndestination:/queue/\n", .invalidDestination("/queue/")),
        ("SEND\ndestination:/queue/a\npriority:x\n", .invalidHeader("priority", value: "x", of: .send)),
        ("SEND\ndestination:/queue/a\nexpires:1.5\n", .invalidHeader("expires", value: "1.5", of: .send)),
        ("SEND\ndestination:/queue/a\namq-msg-type:blob\n", .unknownMessageType("blob")),
        ("SEND\ndestination:/queue/a\ntransaction:t\n", .unknownTransaction("t")),
        ("SEND\ndestination:/queue/a\ndedup-id:x\n", .invalidHeader("dedup-id", value: "x", of: .send)),
        ("SEND\ndestination:/queue/a\ndedup-id::1\n", .invalidHeader("dedup-id", value: ":1", of: .send)),
        ("SUBSCRIBE\ndestination:/queue/a\n", .missingHeader("id", of: .subscribe)),
        ("SUBSCRIBE\nid:1\n", .missingHeader("destination", of: .subscribe)),
        ("SUBSCRIBE\nid:1\ndestination:/queue/a\nactivemq.subscriptionName:d\n", .durableOnQueue),
        ("SUBSCRIBE\nid:1\ndestination:/topic/a\nbrowser:true\n", .browserOnTopic),
        (
            "SUBSCRIBE\nid:1\ndestination:/queue/a\nactivemq.prefetchSize:x\n",
            .invalidHeader("activemq.prefetchSize", value: "x", of: .subscribe)
        ),
        ("UNSUBSCRIBE\n", .missingHeader("id", of: .unsubscribe)), ("UNSUBSCRIBE\nid:9\n", .unknownSubscription),
        ("ACK\n", .missingHeader("id", of: .ack)),
        ("NACK\nid:1-1\n", .unexpectedAcknowledgement(.nack, message: "1-1")),
        ("ACK\nid:nonsense\n", .unexpectedAcknowledgement(.ack, message: "nonsense")),
        ("BEGIN\n", .missingHeader("transaction", of: .begin)), ("COMMIT\ntransaction:t\n", .unknownTransaction("t")),
        ("ABORT\ntransaction:t\n", .unknownTransaction("t")), ("CONNECT\n", .alreadyConnected),
    ])
    func whatCannotBeDoneIsNamedWithItsReceipt(_ frame: String, _ fault: STOMPSessionFault) throws {
        let client = STOMPWorld().client(.v12)
        client.send(frame + "receipt:r\n\n")
        let error = try client.takeOne(.error)
        #expect(error["message"] == fault.description)
        #expect(error["receipt-id"] == "r")
        #expect(error.text == fault.description)
        #expect(client.end == .refused(fault))
    }

    @Test func malformedBytesEndTheConnection() throws {
        let client = STOMPWorld().client(.v12)
        client.send("HELLO\n\n")
        #expect(try client.takeOne(.error)["message"] == "Unknown STOMP action: HELLO")
        #expect(client.end == .refused(.malformed(.unknownCommand("HELLO"))))
    }

    @Test func whatTheBrokerRefusesIsAnErrorToo() throws {
        let client = STOMPWorld().client(.v12)
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/a\nselector:a =\nreceipt:r\n\n")
        let error = try client.takeOne(.error)
        #expect(error["message"]?.hasPrefix("convert_string_expressions:a =") == true)
        #expect(error["receipt-id"] == "r")
    }

    /// A refusal would make the client believe that its frame is refused for good; the next master takes it.
    @Test func aBrokerThatIsMasterNoLongerSaysNothing() {
        let world = STOMPWorld()
        let client = world.client(.v12)
        client.hear(.failure(client.link, .stopped))
        #expect(client.take().isEmpty)
        guard case .closed = client.end else {
            Issue.record("expected a closed socket")
            return
        }
    }
}
