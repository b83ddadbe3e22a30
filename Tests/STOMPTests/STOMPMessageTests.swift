import BrokerCore
import Testing

@testable import STOMP

/// Messages in both directions: headers, properties and bodies.
struct STOMPMessageTests {
    /// What a SEND becomes.
    private static func message(_ headers: String, _ body: String = "x", expecting count: Int = 1) throws -> Message {
        var session = Self.session()
        var buffer: [BrokerRequest] = []
        let frame = STOMPFrame(
            .send,
            [STOMPHeader("destination", "/queue/q")]
                + headers.split(separator: "\n").map { line in
                    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    return STOMPHeader(String(parts[0]), String(parts[1]))
                }, body: Array(body.utf8))
        switch session.receive(frame, at: Instant(wallMs: 77, monotonicMs: 0)) {
        case .submit(let request): buffer = [request]
        case .submitAll(let requests): buffer = requests
        default: break
        }
        try #require(buffer.count == count)
        guard case .send(let message, _)? = buffer.last?.command else {
            throw STOMPSessionFault.unknownSubscription
        }
        return message
    }

    private static func session(_ version: STOMPVersion = .v12) -> STOMPSession {
        var session = STOMPSession(
            link: LinkID(1), peer: "tcp://t:1", settings: STOMPSessionSettings(server: "t", identityPrefix: "ID:t-"),
            openedAt: Instant(wallMs: 0, monotonicMs: 0))
        _ = session.receive(
            STOMPFrame(.connect, [STOMPHeader("accept-version", version.rawValue)]),
            at: Instant(wallMs: 0, monotonicMs: 0))
        return session
    }

    @Test func headersOfTheProtocolAreFieldsOfTheMessage() throws {
        let message = try Self.message(
            """
            persistent:true
            priority:7
            expires:123456
            correlation-id:c
            reply-to:/topic/r
            type:t
            JMSXGroupID:g
            JMSXGroupSeq:3
            timestamp:55
            """)
        var headers = MessageHeaders(destination: .queue("q"), isPersistent: true, priority: 7, timestampMs: 55)
        headers.expirationMs = 123_456
        headers.correlationID = "c"
        headers.replyTo = .topic("r")
        headers.type = "t"
        headers.groupID = "g"
        headers.groupSequence = 3
        headers.brokerInTimeMs = 77
        #expect(message.headers == headers)
        #expect(message.properties == nil)
        #expect(message.id.description == "ID:t-1:-1:1:1")
    }

    @Test func theDefaultsAreActiveMQs() throws {
        let headers = try Self.message("").headers
        #expect(!headers.isPersistent)
        #expect(headers.priority == 4)
        #expect(headers.timestampMs == 77)
        #expect(headers.expirationMs == 0)
    }

    @Test(arguments: [("priority:12", Int8(9)), ("priority:-1", 0), ("priority: 5 ", 5)])
    func prioritiesAreClamped(_ header: String, _ priority: Int8) throws {
        #expect(try Self.message(header).headers.priority == priority)
    }

    /// What could pass for a header of MESSAGE is not the sender's to set.
    @Test func otherHeadersAreProperties() throws {
        let message = try Self.message(
            "a:1\nAMQ_SCHEDULED_DELAY:500\nb:x:y\na:2\nmessage-id:z\nredelivered:true\nsubscription:s\nJMSXUserID:me\n"
                + "receipt:r\ncontent-type:text/plain")
        let map = try PropertyMap(decoding: try #require(message.properties))
        #expect(
            map == [
                "a": .string("1"), "AMQ_SCHEDULED_DELAY": .string("500"), "b": .string("x:y"),
                "content-type": .string("text/plain"),
            ])
        #expect(message.extras == nil)
    }

    @Test func aReplyToThatIsNoDestinationStaysAHeader() throws {
        let message = try Self.message("reply-to:somewhere")
        #expect(message.headers.replyTo == nil)
        #expect(try PropertyMap(decoding: try #require(message.properties)) == ["reply-to": .string("somewhere")])
    }

    @Test(arguments: [
        ("", BodyKind.text, [0, 0, 0, 2, 104, 105] as [UInt8]), ("content-length:2", .bytes, [104, 105]),
        ("content-length:2\namq-msg-type:text", .text, [0, 0, 0, 2, 104, 105]),
        ("amq-msg-type:BYTES", .bytes, [104, 105]), ("transformation:jms-byte", .text, [0, 0, 0, 2, 104, 105]),
        ("transformation:jms-map-json", .text, [0, 0, 0, 2, 104, 105]),
    ])
    func theKindOfABody(_ headers: String, _ kind: BodyKind, _ body: [UInt8]) throws {
        let message = try Self.message(headers, "hi")
        #expect(message.bodyKind == kind)
        #expect(message.body == body)
    }

    @Test func textsAreStoredAsJavaWritesThem() throws {
        let message = try Self.message("amq-msg-type:text", "a\0é😀")
        #expect(
            message.body == [0, 0, 0, 11, 0x61, 0xc0, 0x80, 0xc3, 0xa9, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80])
    }

    @Test(arguments: [
        ("transformation:jms-map-json", #"{"map":{"entry":[{"string":["name","Ann"]},{"string":"n","int":7}]}}"#),
        ("amq-msg-type:map", #"{"name":"Ann","n":7}"#),
        (
            "transformation:jms-map-xml",
            "<map>\n <entry><string>name</string><string>Ann</string></entry><entry><string>n</string><int>7</int></entry></map>"
        ),
    ])
    func maps(_ headers: String, _ body: String) throws {
        let message = try Self.message(headers, body)
        #expect(message.bodyKind == .map)
        #expect(try MessageBody(of: message).map() == ["name": .string("Ann"), "n": .int(7)])
    }

    @Test(arguments: [
        ("jms-map-json", "the body is not JSON"), ("jms-map-xml", "the body is no map"),
        ("jms-object-xml", "there are no Java objects here"), ("jms-object-json", "there are no Java objects here"),
    ])
    func aTransformationThatFailsSaysSo(_ transformation: String, _ error: String) throws {
        let message = try Self.message("transformation:\(transformation)", "{")
        #expect(message.bodyKind == .text)
        let map = try PropertyMap(decoding: try #require(message.properties))
        #expect(map["transformation-error"] == .text(error))
    }

    // MARK: To STOMP

    private static func frame(
        _ kind: BodyKind, _ body: [UInt8]?, compressed: Bool = false, properties: PropertyMap = [:],
        transformation: String? = nil, version: STOMPVersion = .v12, _ change: (inout MessageHeaders) -> Void = { _ in }
    ) throws -> STOMPFrame {
        var headers = MessageHeaders(destination: .queue("q"), isPersistent: false)
        change(&headers)
        let producer = ProducerID(connection: "ID:java", session: 1, value: 2)
        let message = Message(
            id: MessageID(producer: producer, sequence: 3), headers: headers,
            properties: properties.isEmpty ? nil : try properties.encoded(), bodyKind: kind, isCompressed: compressed,
            body: body)
        let consumer = ConsumerID(connection: "c", session: -1, value: 1)
        let subscription = STOMPSubscription(
            consumer: consumer, id: "s", destination: .queue("q"), mode: .client, isBrowser: false,
            transformation: transformation)
        let dispatch = Dispatch(
            consumer: consumer, message: message, sequence: MessageSequence(9), redeliveryCount: 1,
            isFirstOfGroup: false)
        return Self.session(version).message(dispatch, id: message.id.description, for: subscription)
    }

    @Test func fieldsAreHeaders() throws {
        let frame = try Self.frame(.text, [0, 0, 0, 1, 97]) { headers in
            headers.isPersistent = true
            headers.priority = 6
            headers.timestampMs = 11
            headers.expirationMs = 22
            headers.correlationID = "c"
            headers.type = "t"
            headers.replyTo = Destination(.temporaryQueue, "ID:x:1")
            headers.groupID = "g"
            headers.groupSequence = 4
        }
        let expected = [
            "subscription": "s", "ack": "1-9", "destination": "/queue/q", "message-id": "ID:java:1:2:3",
            "timestamp": "11", "expires": "22", "priority": "6", "persistent": "true", "redelivered": "true",
            "correlation-id": "c", "reply-to": "/remote-temp-queue/ID:x:1", "type": "t", "JMSXGroupID": "g",
            "JMSXGroupSeq": "4",
        ]
        for (name, value) in expected { #expect(frame[name] == value, "\(name)") }
        #expect(frame.headers.count == expected.count)
        #expect(frame.text == "a")
    }

    @Test func propertiesAreHeadersOfTheirText() throws {
        let frame = try Self.frame(
            .none, nil,
            properties: [
                "bool": .bool(true), "byte": .byte(-1), "short": .short(2), "int": .int(3), "long": .long(4),
                "float": .float(1.5), "double": .double(2.25), "string": .string("s"), "char": .char(65), "null": .null,
                "bytes": .bytes([1, 2]), "infinite": .double(.infinity),
            ])
        for (name, value) in [
            "bool": "true", "byte": "-1", "short": "2", "int": "3", "long": "4", "float": "1.5", "double": "2.25",
            "string": "s", "char": "A", "null": "null", "bytes": "AQI=", "infinite": "Infinity",
        ] { #expect(frame[name] == value, "\(name)") }
    }

    @Test func aPropertyCannotPassForAHeader() throws {
        let frame = try Self.frame(
            .none, nil,
            properties: [
                "destination": .string("x"), "ack": .string("x"), "content-length": .string("9"),
                "subscription": .string("x"),
            ])
        #expect(frame["destination"] == "/queue/q")
        #expect(frame["ack"] == "1-9")
        #expect(frame["subscription"] == "s")
        #expect(frame["content-length"] == nil)
    }

    @Test(arguments: [
        (BodyKind.text, [0, 0, 0, 2, 0xc3, 0xa9] as [UInt8]?, "é", nil as String?), (.text, nil, "", nil),
        (.text, [0xff, 0xff, 0xff, 0xff], "", nil), (.text, [0, 0, 0, 3, 0x61, 0xc0, 0x80], "a\0", "2"),
        (.text, [0, 0, 0, 6, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], "😀", nil), (.bytes, [1, 0, 2], "\u{1}\0\u{2}", "3"),
        (.bytes, nil, "", "0"), (.none, nil, "", nil), (.object, [1, 2], "\u{1}\u{2}", "2"),
        // What cannot be read is passed on as it is.
        (.text, [0, 0, 0, 9, 97], "\0\0\0\ta", "5"),
    ])
    func bodies(_ kind: BodyKind, _ body: [UInt8]?, _ text: String, _ length: String?) throws {
        let frame = try Self.frame(kind, body)
        #expect(frame.text == text)
        #expect(frame["content-length"] == length)
    }

    @Test func mapsAreJSONUnlessTheSubscriptionWantsXML() throws {
        let map: PropertyMap = ["a": .string("b"), "n": .long(5)]
        let json = try Self.frame(.map, try map.encoded())
        #expect(json.text == #"{"map":{"entry":[{"string":["a","b"]},{"string":"n","long":5}]}}"#)
        #expect(json["transformation"] == "jms-map-json")
        #expect(json["amq-msg-type"] == "map")
        let xml = try Self.frame(.map, try map.encoded(), transformation: "jms-xml")
        #expect(xml["transformation"] == "jms-map-xml")
        #expect(xml.text.contains("<long>5</long>"))
    }

    @Test func streamsAreJSON() throws {
        let frame = try Self.frame(.stream, [1, 1, 5, 0, 0, 0, 7, 9, 0, 1, 97])
        #expect(frame.text == #"[{"boolean":true},{"int":7},{"string":"a"}]"#)
        #expect(frame["amq-msg-type"] == "stream")
    }

    /// Texts are compressed with their length, bytes have the length in front.
    @Test func compressedBodiesAreReadable() throws {
        let stored: [UInt8] = [120, 1, 1, 6, 0, 249, 255, 0, 0, 0, 2, 104, 105, 0, 0, 0, 0]
        #expect(try Self.frame(.text, stored, compressed: true).text == "hi")
        #expect(try Self.frame(.bytes, [0, 0, 0, 6] + stored, compressed: true).body == [0, 0, 0, 2, 104, 105])
    }
}
