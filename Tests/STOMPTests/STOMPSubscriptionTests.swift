import BrokerCore
import Testing

@testable import STOMP

/// SUBSCRIBE, ACK, NACK and transactions, against the broker itself.
struct STOMPSubscriptionTests {
    private static let frames = ["a", "b", "c", "d"]

    private static func fill(_ world: STOMPWorld, _ queue: String = "/queue/q") {
        let producer = world.client(.v12)
        for body in self.frames { producer.send("SEND\ndestination:\(queue)\npersistent:true\n\n\(body)") }
    }

    @Test func autoAcknowledgesWhatIsOnItsWay() {
        let world = STOMPWorld()
        Self.fill(world)
        let first = world.client(.v12)
        first.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        let frames = first.take()
        #expect(frames.map(\.text) == Self.frames)
        #expect(frames.allSatisfy { $0["ack"] == nil && $0["subscription"] == "1" && $0["redelivered"] == nil })
        first.drop()
        let second = world.client(.v12)
        second.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        #expect(second.take().isEmpty)
    }

    /// By `ack`, and before 1.2 by `message-id` and, from 1.1 on, `subscription`.
    @Test(arguments: STOMPVersion.allCases, ["client", "client-individual"])
    func acknowledging(_ version: STOMPVersion, _ mode: String) {
        let world = STOMPWorld()
        Self.fill(world)
        let first = world.client(version)
        first.send("SUBSCRIBE\nid:s\ndestination:/queue/q\nack:\(mode)\n\n")
        let frames = first.take()
        #expect(frames.map(\.text) == Self.frames)
        first.send(Self.acknowledgement("ACK", of: frames[2], version) + "receipt:r\n\n")
        #expect(first.receipts() == ["r"])
        // Once only.
        first.send(Self.acknowledgement("ACK", of: frames[2], version) + "\n")
        #expect(first.take().map(\.command) == [.error])

        let second = world.client(.v12)
        second.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        let rest = second.take()
        #expect(rest.map(\.text) == (mode == "client" ? ["d"] : ["a", "b", "d"]))
        #expect(rest.allSatisfy { $0["redelivered"] == "true" })
    }

    private static func acknowledgement(_ command: String, of frame: STOMPFrame, _ version: STOMPVersion) -> String {
        switch version {
        case .v12: return "\(command)\nid:\(frame["ack"] ?? "")\n"
        case .v11:
            let escaped = (frame["message-id"] ?? "").split(separator: ":").joined(separator: "\\c")
            return "\(command)\nmessage-id:\(escaped)\nsubscription:s\n"
        case .v10: return "\(command)\nmessage-id:\(frame["message-id"] ?? "")\n"
        }
    }

    @Test func anAcknowledgementInAutoModeIsUnexpected() throws {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v11)
        client.send("SUBSCRIBE\nid:s\ndestination:/queue/q\n\n")
        let frame = try #require(client.take().first)
        client.send(Self.acknowledgement("ACK", of: frame, .v11) + "\n")
        #expect(try client.takeOne(.error)["message"]?.hasPrefix("Unexpected ACK") == true)
    }

    @Test func aRejectedMessageIsADeadLetterWithItsCause() throws {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:s\ndestination:/queue/q\nack:client\n\n")
        let frames = client.take()
        client.send("NACK\nid:\(frames[1]["ack"] ?? "")\n\n")
        client.send("SUBSCRIBE\nid:d\ndestination:/queue/ActiveMQ.DLQ\n\n")
        let dead = try client.takeOne(.message)
        #expect(dead.text == "b")
        #expect(dead["original-destination"] == "/queue/q")
        #expect(dead["dlqDeliveryFailureCause"]?.contains("NACK") == true)
        // The others are still outstanding, and only they.
        client.send("ACK\nid:\(frames[3]["ack"] ?? "")\nreceipt:r\n\n")
        #expect(client.receipts() == ["r"])
    }

    @Test func a10ClientCannotReject() throws {
        let client = STOMPWorld().client(.v10)
        client.send("NACK\nmessage-id:1\n\n")
        #expect(client.end == .refused(.notInVersion(.nack, .v10)))
    }

    @Test func theReceiptOfSubscribeComesBeforeTheFirstMessage() {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/q\nreceipt:r\n\n")
        #expect(client.take().map(\.command) == [.receipt, .message, .message, .message, .message])
    }

    @Test func thePrefetchIsAWindow() {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual\nactivemq.prefetchSize:2\n\n")
        let frames = client.take()
        #expect(frames.map(\.text) == ["a", "b"])
        client.send("ACK\nid:\(frames[1]["ack"] ?? "")\n\n")
        #expect(client.bodies() == ["c"])
    }

    @Test(arguments: ["id:1\n", "destination:/queue/q\n"])
    func unsubscribingGivesBackWhatIsOutstanding(_ header: String) {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v10)
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client\n\n")
        #expect(client.bodies() == Self.frames)
        client.send("UNSUBSCRIBE\n\(header)receipt:r\n\n")
        #expect(client.receipts() == ["r"])
        let other = world.client(.v12)
        other.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        #expect(other.bodies() == Self.frames)
    }

    @Test(arguments: [
        ("n > 5", ["6", "10"]), ("n = 6", ["6"]), ("n BETWEEN 5 AND 9", ["5", "6"]), ("n = '6'", ["6"]),
        ("paid = TRUE", ["10"]), ("missing IS NULL AND n < 6", ["5"]), (" ", ["5", "6", "10"]),
    ])
    func numbersInHeadersCompareAsNumbers(_ selector: String, _ bodies: [String]) {
        let world = STOMPWorld()
        let client = world.client(.v12)
        for number in [5, 6, 10] {
            client.send("SEND\ndestination:/queue/q\nn:\(number)\npaid:\(number == 10)\n\n\(number)")
        }
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/q\nselector:\(selector)\n\n")
        #expect(client.bodies() == bodies)
    }

    @Test(arguments: [false, true])
    func aBrowserSeesEverythingTakesNothingAndEnds(withReceipt: Bool) {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        let receipt = withReceipt ? "receipt:r\n" : ""
        client.send("SUBSCRIBE\nid:b\ndestination:/queue/q\nbrowser:true\n\(receipt)\n")
        let frames = client.take().filter { $0.command == .message }
        #expect(frames.map(\.text) == Self.frames + [""])
        #expect(frames.last?["browser"] == "end")
        #expect(frames.last?["subscription"] == "b")
        client.send("SUBSCRIBE\nid:e\ndestination:/queue/empty\nbrowser:true\n\(receipt)\n")
        #expect(client.take().map(\.command) == (withReceipt ? [.receipt, .message] : [.message]))
        client.send("SUBSCRIBE\nid:c\ndestination:/queue/q\n\n")
        #expect(client.bodies() == Self.frames)
    }

    @Test func aDurableSubscriptionOutlivesItsClient() {
        let world = STOMPWorld()
        let subscribe = "SUBSCRIBE\nid:1\ndestination:/topic/t\nactivemq.subscriptionName:d\n\n"
        world.client(.v12, "client-id:me\n").send(subscribe + "\0DISCONNECT\n\n")
        let producer = world.client(.v12)
        producer.send("SEND\ndestination:/topic/t\npersistent:true\n\nx")
        let back = world.client(.v12, "client-id:me\n")
        back.send(subscribe)
        #expect(back.bodies() == ["x"])
        // The name alone does not end what is in use; with the id the frame does both.
        back.send("UNSUBSCRIBE\nid:1\nactivemq.subscriptionName:d\nreceipt:r\n\n")
        #expect(back.receipts() == ["r"])
        producer.send("SEND\ndestination:/topic/t\npersistent:true\n\ny")
        back.send(subscribe)
        #expect(back.bodies().isEmpty)
    }

    @Test func aConnectionCanLeaveItsOwnMessagesOut() {
        let world = STOMPWorld()
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:1\ndestination:/topic/t\nactivemq.noLocal:true\n\n")
        client.send("SEND\ndestination:/topic/t\n\nown")
        client.send("SEND\ndestination:/topic/t\npersistent:true\ndedup-id:p:1\n\nown, numbered")
        world.client(.v12).send("SEND\ndestination:/topic/t\n\nother")
        #expect(client.bodies() == ["other"])
    }

    @Test func optionsOfTheDestinationWeighLessThanHeaders() {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:1\nack:client\ndestination:/queue/q?consumer.prefetchSize=1&consumer.x=y\n\n")
        #expect(client.bodies() == ["a"])
        client.send("UNSUBSCRIBE\nid:1\n\n")
        client.send(
            "SUBSCRIBE\nid:2\nack:client\ndestination:/queue/q?consumer.prefetchSize=1\nactivemq.prefetchSize:3\n\n")
        #expect(client.bodies() == ["a", "b", "c"])
    }

    // MARK: Transactions

    @Test func messagesOfATransactionComeAtItsCommit() {
        let world = STOMPWorld()
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        for name in ["kept", "dropped"] {
            client.send("BEGIN\ntransaction:\(name)\n\n")
            client.send("SEND\ndestination:/queue/q\ntransaction:\(name)\n\n\(name)")
        }
        #expect(client.bodies().isEmpty)
        client.send("ABORT\ntransaction:dropped\n\n")
        client.send("COMMIT\ntransaction:kept\n\n")
        #expect(client.bodies() == ["kept"])
        client.send("BEGIN\ntransaction:kept\n\n")
        client.send("BEGIN\ntransaction:kept\n\n")
        #expect(client.end == .refused(.repeatedTransaction("kept")))
    }

    @Test(arguments: [true, false], ["client", "client-individual"])
    func acknowledgementsOfATransaction(commits: Bool, mode: String) {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:s\ndestination:/queue/q\nack:\(mode)\n\n")
        let frames = client.take()
        client.send("BEGIN\ntransaction:t\n\n")
        client.send("ACK\nid:\(frames[1]["ack"] ?? "")\ntransaction:t\n\n")
        client.send("NACK\nid:\(frames[2]["ack"] ?? "")\ntransaction:t\nreceipt:n\n\n")
        #expect(client.receipts() == ["n"])
        client.send("SUBSCRIBE\nid:d\ndestination:/queue/ActiveMQ.DLQ\n\n")
        #expect(client.take().isEmpty)
        client.send("\(commits ? "COMMIT" : "ABORT")\ntransaction:t\nreceipt:e\n\n")
        #expect(client.take().map(\.text) == (commits ? ["c", ""] : [""]))

        client.drop()
        let next = world.client(.v12)
        next.send("SUBSCRIBE\nid:s\ndestination:/queue/q\n\n")
        let left = commits ? (mode == "client" ? ["d"] : ["a", "d"]) : Self.frames
        #expect(next.bodies() == left)
    }

    @Test func afterAnAbortTheSameMessagesCanBeAcknowledgedAgain() {
        let world = STOMPWorld()
        Self.fill(world)
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:s\ndestination:/queue/q\nack:client\nactivemq.prefetchSize:2\n\n")
        let frames = client.take()
        #expect(frames.map(\.text) == ["a", "b"])
        client.send("BEGIN\ntransaction:t\n\n\0ACK\nid:\(frames[1]["ack"] ?? "")\ntransaction:t\n\n")
        // A transaction may hold more than the window.
        #expect(client.bodies() == ["c", "d"])
        client.send("ABORT\ntransaction:t\n\n\0ACK\nid:\(frames[1]["ack"] ?? "")\nreceipt:r\n\n")
        #expect(client.receipts() == ["r"])
    }

    // MARK: Repeated messages

    @Test func aRepeatedMessageIsConfirmedAndNotStoredAgain() {
        let world = STOMPWorld()
        let first = world.client(.v12)
        first.send("SEND\ndestination:/queue/q\npersistent:true\ndedup-id:app:1:41\nreceipt:1\n\nx")
        first.drop()
        let second = world.client(.v12)
        second.send("SEND\ndestination:/queue/q\npersistent:true\ndedup-id:app:1:41\nreceipt:1\n\nx")
        second.send("SEND\ndestination:/queue/q\npersistent:true\ndedup-id:app:1:42\nreceipt:2\n\ny")
        second.send("SEND\ndestination:/queue/q\npersistent:true\ndedup-id:other:1\nreceipt:3\n\nz")
        #expect(second.receipts() == ["1", "2", "3"])
        second.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        let frames = second.take()
        #expect(frames.map(\.text) == ["x", "y", "z"])
        #expect(frames.first?["message-id"]?.contains("app:1") == true)
        #expect(frames.first?["dedup-id"] == nil)
    }

    @Test func aRepeatedMessageIsNotConfirmedBeforeItsFirstSendingIsStored() {
        let world = STOMPWorld()
        world.isStoreSlow = true
        let first = world.client(.v12)
        first.send("SEND\ndestination:/queue/q\npersistent:true\ndedup-id:app:1\nreceipt:1\n\nx")
        first.drop()
        let second = world.client(.v12)
        second.send("SEND\ndestination:/queue/q\npersistent:true\ndedup-id:app:1\nreceipt:1\n\nx")
        #expect(second.take().isEmpty)
        world.store()
        #expect(second.receipts() == ["1"])
    }

    @Test func aRepeatedTransactionIsStoredOnce() {
        let world = STOMPWorld()
        for _ in 1...2 {
            let client = world.client(.v12)
            client.send("BEGIN\ntransaction:t\n\n")
            for number in 1...2 {
                client.send(
                    "SEND\ndestination:/queue/q\npersistent:true\ntransaction:t\ndedup-id:app:\(number)\n\n\(number)")
            }
            client.send("COMMIT\ntransaction:t\nreceipt:r\n\n")
            #expect(client.receipts() == ["r"])
            client.drop()
        }
        let consumer = world.client(.v12)
        consumer.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        #expect(consumer.bodies() == ["1", "2"])
    }

    /// A new master knows the numbers from the store.
    @Test func theNextMasterKnowsWhatIsStored() {
        var snapshot = StoreSnapshot()
        snapshot.producerSequences[ProducerID(connection: "dedup:app", session: -1, value: 1)] = 7
        let client = STOMPWorld(snapshot: snapshot).client(.v12)
        for number in 6...8 {
            client.send(
                "SEND\ndestination:/queue/q\npersistent:true\ndedup-id:app:\(number)\nreceipt:\(number)\n\n\(number)")
        }
        #expect(client.receipts() == ["6", "7", "8"])
        client.send("SUBSCRIBE\nid:1\ndestination:/queue/q\n\n")
        #expect(client.bodies() == ["8"])
    }
}
