import BrokerCore

/// SEND frames as messages.
extension STOMPSession {
    /// The message of a SEND, and whether its number is the client's own (`dedup-id`).
    mutating func message(
        of frame: STOMPFrame, to destination: Destination, at now: Instant, _ made: inout [Destination]
    ) throws(STOMPSessionFault) -> (message: Message, isNumbered: Bool) {
        var headers = MessageHeaders(
            destination: destination, isPersistent: false, timestampMs: now.wallMs, brokerInTimeMs: now.wallMs)
        var properties = PropertyMap()
        var numbered: MessageID?
        for (index, header) in frame.headers.enumerated() {
            // The first of a name counts; most frames have no name twice.
            if frame.headers[..<index].contains(where: { $0.name == header.name }) { continue }
            if header.name == STOMPDedupID.header {
                numbered = try STOMPDedupID.messageID(header.value)
            } else if try !self.take(header, into: &headers, &made) {
                properties.entries.append(.init(name: PropertyText(header.name), value: .text(header.value)))
            }
        }
        let (kind, body) = try Self.body(of: frame, &properties)
        let encoded: [UInt8]?
        do throws(PropertyError) {
            encoded = properties.isEmpty ? nil : try properties.encoded()
        } catch {
            throw .invalidHeader("of a property", value: "\(error)", of: .send)
        }
        var extras: MessageExtras?
        if numbered != nil {
            extras = MessageExtras()
            extras?.sender = self.producer
        }
        self.lastMessage += 1
        let id = numbered ?? MessageID(producer: self.producer, sequence: self.lastMessage)
        let message = Message(
            id: id, headers: headers, properties: encoded, bodyKind: kind, isCompressed: false, body: body,
            extras: extras)
        return (message, numbered != nil)
    }

    /// Whether the header has a field of its own, or is none of the message's. The names with JMS are those that
    /// ActiveMQ gives fields when they come as properties.
    private mutating func take(
        _ header: STOMPHeader, into headers: inout MessageHeaders, _ made: inout [Destination]
    ) throws(STOMPSessionFault) -> Bool {
        let value = header.value
        switch header.name {
        case "destination", "receipt", "transaction", "content-length", "message-id", "redelivered", "subscription",
            "JMSXUserID", "JMSRedelivered", "JMSXDeliveryCount", "ack", "":
            return true
        case "persistent": headers.isPersistent = value == "true"
        case "correlation-id", "JMSCorrelationID": headers.correlationID = value
        case "type", "JMSType": headers.type = value
        case "expires", "JMSExpiration": headers.expirationMs = try Self.number(header)
        case "timestamp", "JMSTimestamp": headers.timestampMs = try Self.number(header)
        case "priority", "JMSPriority":
            let number: Int64 = try Self.number(header)
            headers.priority = Int8(max(0, min(9, number)))
        case "reply-to", "JMSReplyTo":
            do throws(STOMPSessionFault) {
                let named = try self.destinations.named(value, bareNames: false)
                headers.replyTo = named.destination
                made += named.made
            } catch {
                // Whoever wrote it will know what it means.
                return false
            }
        case "JMSXGroupID": headers.groupID = value
        case "JMSXGroupSeq": headers.groupSequence = try Self.number(header)
        default: return false
        }
        return true
    }

    private static func number<Number: FixedWidthInteger>(
        _ header: STOMPHeader
    ) throws(STOMPSessionFault) -> Number {
        guard let number = Number(STOMPText.trimmed(header.value[...])) else {
            throw .invalidHeader(header.name, value: header.value, of: .send)
        }
        return number
    }

    /// Transformations of ActiveMQ whose result is a serialized object.
    private static let ofJava: Set<String> = ["jms-object-xml", "jms-object-json"]

    /// By `amq-msg-type`, else by `transformation`, else by whether there is a content-length.
    private static func body(
        of frame: STOMPFrame, _ properties: inout PropertyMap
    ) throws(STOMPSessionFault) -> (BodyKind, [UInt8]) {
        if let type = frame["amq-msg-type"] {
            switch type.lowercased() {
            case "text": return (.text, MessageBody.encoded(text: frame.body))
            case "bytes": return (.bytes, frame.body)
            case "map":
                if let map = self.map(frame.body, &properties) { return (.map, map) }
                throw .invalidHeader("amq-msg-type", value: "map, with a body that is none", of: .send)
            default: throw .unknownMessageType(type)
            }
        }
        if frame["content-length"] != nil { return (.bytes, frame.body) }
        switch frame["transformation"] {
        case "jms-map-json", "jms-json":
            if let map = self.map(frame.body, &properties) { return (.map, map) }
        case "jms-map-xml", "jms-xml":
            if let map = STOMPMapXML.read(frame.body), let body = self.encoded(map) { return (.map, body) }
            properties.entries.append(.init(name: "transformation-error", value: .text("the body is no map")))
        case let name? where self.ofJava.contains(name):
            properties.entries.append(
                .init(name: "transformation-error", value: .text("there are no Java objects here")))
        default: break
        }
        return (.text, MessageBody.encoded(text: frame.body))
    }

    private static func map(_ body: [UInt8], _ properties: inout PropertyMap) -> [UInt8]? {
        do throws(STOMPMapError) {
            if let encoded = self.encoded(try STOMPMapJSON.read(body)) { return encoded }
        } catch {
            properties.entries.append(.init(name: "transformation-error", value: .text(error.description)))
        }
        return nil
    }

    private static func encoded(_ map: PropertyMap) -> [UInt8]? {
        do throws(PropertyError) {
            return try map.encoded()
        } catch {
            return nil
        }
    }
}

/// The header `dedup-id:NAME:NUMBER` of a producer that repeats what got no receipt.
///
/// NAME is the producer's for good, NUMBER grows with each message. A persistent message whose number is not above the
/// highest stored one of that name is confirmed and not stored again.
enum STOMPDedupID {
    static let header = "dedup-id"
    /// Bytes of a name: it is kept with each message and for each producer.
    static let longestName = 256

    static func messageID(_ text: String) throws(STOMPSessionFault) -> MessageID {
        guard let colon = text.lastIndex(of: ":"), let number = Int64(text[text.index(after: colon)...]), number > 0,
            colon > text.startIndex, text[..<colon].utf8.count <= self.longestName
        else { throw .invalidHeader(self.header, value: text, of: .send) }
        return MessageID(
            producer: ProducerID(connection: "dedup:" + text[..<colon], session: -1, value: 1), sequence: number)
    }
}
