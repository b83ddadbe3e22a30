package import BrokerCore

/// Messages for tests, the same for the same arguments.
package enum SampleMessage {
    package static let producer = ProducerID(connection: "ID:sample-1:1", session: 1, value: 1)

    /// A text message for `destination`, number `number` of its producer.
    package static func text(
        _ number: Int64, to destination: Destination, text: String = "hello", isPersistent: Bool = true,
        producer: ProducerID = SampleMessage.producer
    ) -> Message {
        Message(
            id: MessageID(producer: producer, sequence: number),
            headers: MessageHeaders(
                destination: destination, isPersistent: isPersistent, timestampMs: 1_700_000_000_000 + number,
                brokerInTimeMs: 1_700_000_000_001 + number),
            properties: nil, bodyKind: .text, isCompressed: false, body: Self.textBody(text))
    }

    /// The body of a text message: a length in four bytes, then modified UTF-8.
    package static func textBody(_ text: String) -> [UInt8] {
        let encoded = ModifiedUTF8.encode(text)
        let length = UInt32(encoded.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + encoded
    }

    /// A message for the queue `Q` whose content, of up to some pages, follows from its number.
    package static func numbered(_ number: Int64) -> Message {
        let length = Int(number &* 7_919 % 3_000) + (number % 50 == 0 ? 20_000 : 0)
        return Message(
            id: MessageID(producer: Self.producer, sequence: number),
            headers: MessageHeaders(destination: .queue("Q"), isPersistent: true, timestampMs: number),
            properties: nil, bodyKind: .bytes, isCompressed: false,
            body: (0..<length).map { UInt8(truncatingIfNeeded: Int64($0) &+ number) })
    }

    /// Messages that use every field, and each field's extremes.
    package static func everyShape(to destination: Destination) throws -> [Message] {
        var shapes: [Message] = []
        for (number, kind) in BodyKind.allCases.enumerated() {
            shapes.append(Self.body(Int64(number), kind, [UInt8](repeating: UInt8(number), count: number), destination))
        }
        shapes.append(Self.body(100, .bytes, nil, destination))
        shapes.append(Self.body(101, .bytes, (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }, destination))
        let exact: PropertyMap = ["region": .text("north ☃ 🎈"), "count": .int(7), "price": .double(1.5), "x": .null]
        // A boolean that is neither 0 nor 1, which no JSON brings back.
        let inexact: [UInt8] = [0, 0, 0, 1, 0, 1, UInt8(ascii: "b"), 1, 7]
        for (number, properties) in [[], try exact.encoded(), inexact, [0xff, 0, 0xff]].enumerated() {
            shapes.append(
                Message(
                    id: MessageID(producer: Self.producer, sequence: Int64(200 + number)),
                    headers: MessageHeaders(destination: destination, isPersistent: true), properties: properties,
                    bodyKind: .none, isCompressed: true, body: []))
        }
        return shapes + Self.everyHeader(to: destination)
    }

    private static func body(_ number: Int64, _ kind: BodyKind, _ body: [UInt8]?, _ destination: Destination) -> Message
    {
        Message(
            id: MessageID(producer: Self.producer, sequence: number),
            headers: MessageHeaders(destination: destination, isPersistent: true), properties: nil, bodyKind: kind,
            isCompressed: number % 2 == 0, body: body)
    }

    private static func everyHeader(to destination: Destination) -> [Message] {
        let full = MessageHeaders(
            destination: destination, isPersistent: true, priority: 9, timestampMs: .max, expirationMs: .max,
            correlationID: "c \"quoted\" \\ \u{1} ☃ 🎈", replyTo: Destination(.temporaryQueue, "ID:x:1"), type: "",
            groupID: "g", groupSequence: -1, brokerInTimeMs: .min)
        var elsewhere = MessageHeaders(destination: .topic("elsewhere"), isPersistent: true, priority: -128)
        elsewhere.expirationMs = -1
        elsewhere.groupSequence = .max
        let odd = ProducerID(connection: "", session: -1, value: .min)
        return [
            (full, MessageID(producer: Self.producer, sequence: .max), Self.fullExtras()),
            (elsewhere, MessageID(producer: odd, sequence: .min), MessageExtras()),
            (full, MessageID(producer: odd, sequence: 7, foreignText: "ID:foreign\u{0}"), Self.xaExtras()),
        ].map { headers, id, extras in
            Message(
                id: id, headers: headers, properties: nil, bodyKind: .text, isCompressed: false,
                body: Self.textBody("x"), extras: extras)
        }
    }

    private static func fullExtras() -> MessageExtras {
        var extras = MessageExtras()
        extras.sender = ProducerID(connection: "bridge:1", session: 2, value: 3)
        extras.originalDestination = .queue("a,topic://b")
        extras.originalTransaction = .local(connection: "ID:c:1", value: .min)
        extras.userID = "ü"
        extras.blob = BlobReference(url: "http://127.0.0.1/b", mimeType: nil, isDeletedByBroker: true)
        extras.brokerPath = ["ID:one", "ID:two"]
        extras.cluster = ["ID:three"]
        extras.arrivalMs = 12
        extras.isDroppable = true
        extras.isReceivedByBridge = true
        return extras
    }

    private static func xaExtras() -> MessageExtras {
        var extras = MessageExtras()
        extras.originalTransaction = .xa(XATransactionID(formatID: .min, global: [0, 255], branch: []))
        extras.blob = BlobReference(url: nil, mimeType: "text/plain", isDeletedByBroker: false)
        return extras
    }
}

/// Everything in a message that a store keeps, to compare.
package struct MessageContent: Hashable, Sendable {
    private let id: MessageID
    private let headers: MessageHeaders
    private let properties: [UInt8]?
    private let bodyKind: BodyKind
    private let isCompressed: Bool
    private let body: [UInt8]?
    private let extras: MessageExtras?

    package init(_ message: Message) {
        self.id = message.id
        self.headers = message.headers
        self.properties = message.properties
        self.bodyKind = message.bodyKind
        self.isCompressed = message.isCompressed
        self.body = message.body
        self.extras = message.extras
    }
}
