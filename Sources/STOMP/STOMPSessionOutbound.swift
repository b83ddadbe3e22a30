import BrokerCore

/// Messages as MESSAGE frames.
extension STOMPSession {
    /// A text without content-length, bytes with it: that is how clients tell them apart. Maps and streams are JSON,
    /// objects their serialized bytes; the header `amq-msg-type` says so.
    func message(_ dispatch: Dispatch, id: String, for subscription: STOMPSubscription) -> STOMPFrame {
        let message = dispatch.message
        var headers: [STOMPHeader] = []
        headers.reserveCapacity(16)
        if let id = subscription.id { headers.append(STOMPHeader("subscription", id)) }
        if self.version >= .v12, subscription.mode != .auto {
            headers.append(STOMPHeader("ack", Self.ackID(subscription.consumer, dispatch.sequence)))
        }
        self.addStandard(of: message, id: id, dispatch.redeliveryCount, to: &headers)
        let body = STOMPBody(of: message, transformation: subscription.transformation)
        if let transformation = body.transformation {
            headers.append(STOMPHeader("transformation", transformation))
        }
        if let type = body.messageType { headers.append(STOMPHeader("amq-msg-type", type)) }
        Self.addProperties(of: message, to: &headers)
        if body.needsLength { headers.append(STOMPHeader("content-length", String(body.bytes.count))) }
        return STOMPFrame(.message, headers, body: body.bytes)
    }

    private func addStandard(
        of message: Message, id: String, _ redeliveryCount: Int32, to headers: inout [STOMPHeader]
    ) {
        let fields = message.headers
        headers.append(STOMPHeader("destination", self.destinations.text(of: fields.destination)))
        headers.append(STOMPHeader("message-id", id))
        headers.append(STOMPHeader("timestamp", String(fields.timestampMs)))
        headers.append(STOMPHeader("expires", String(fields.expirationMs)))
        headers.append(STOMPHeader("priority", String(fields.priority)))
        if fields.isPersistent { headers.append(STOMPHeader("persistent", "true")) }
        if redeliveryCount > 0 { headers.append(STOMPHeader("redelivered", "true")) }
        if let text = fields.correlationID { headers.append(STOMPHeader("correlation-id", text)) }
        if let replyTo = fields.replyTo {
            headers.append(STOMPHeader("reply-to", self.destinations.text(of: replyTo)))
        }
        if let type = fields.type { headers.append(STOMPHeader("type", type)) }
        if let group = fields.groupID {
            headers.append(STOMPHeader("JMSXGroupID", group))
            headers.append(STOMPHeader("JMSXGroupSeq", String(fields.groupSequence)))
        }
        guard let extras = message.extras else { return }
        if let user = extras.userID { headers.append(STOMPHeader("JMSXUserID", user)) }
        if let original = extras.originalDestination {
            headers.append(STOMPHeader("original-destination", self.destinations.text(of: original)))
        }
    }

    /// Properties as texts. One that is named like a header of the protocol would say something untrue about the frame
    /// and is left out, and so are properties that cannot be read.
    private static func addProperties(of message: Message, to headers: inout [STOMPHeader]) {
        guard let bytes = message.properties else { return }
        let map: PropertyMap
        do throws(PropertyError) {
            map = try PropertyMap(decoding: bytes)
        } catch {
            return
        }
        let standard = headers.count
        for entry in map.entries {
            let name = entry.name.string
            if self.reserved.contains(name) || headers[..<standard].contains(where: { $0.name == name }) { continue }
            headers.append(STOMPHeader(name, STOMPValueText.text(of: entry.value)))
        }
    }

    private static let reserved: Set<String> = [
        "ack", "browser", "content-length", "persistent", "redelivered", "subscription", "receipt-id", "",
    ]

    /// Names consumer and message, so that ACK needs no look-up table.
    static func ackID(_ consumer: ConsumerID, _ sequence: MessageSequence) -> String {
        "\(consumer.value)-\(sequence.rawValue)"
    }

    static func parse(ackID text: String) -> (consumer: Int64, sequence: Int64)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let consumer = Int64(parts[0]), let sequence = Int64(parts[1]) else { return nil }
        return (consumer, sequence)
    }
}

/// A message's body as a frame carries it.
struct STOMPBody {
    var bytes: [UInt8] = []
    /// Without it the body is a text for the client.
    var needsLength = false
    var transformation: String?
    /// Of messages that are neither text nor bytes.
    var messageType: String?

    init(of message: Message, transformation: String?) {
        do throws(BodyError) {
            try self.read(message, wanted: transformation)
        } catch {
            // Nothing is lost for what cannot be understood: the client gets what was stored.
            self.bytes = message.body ?? []
            self.needsLength = true
            self.transformation = nil
        }
    }

    private mutating func read(_ message: Message, wanted: String?) throws(BodyError) {
        let body = MessageBody(of: message)
        switch message.bodyKind {
        case .none, .blob:
            return
        case .text:
            self.bytes = try body.text() ?? []
            // The only texts with a length: they would be cut short without it.
            self.needsLength = self.bytes.contains(0)
        case .bytes:
            self.bytes = try body.content() ?? []
            self.needsLength = true
        case .object:
            self.messageType = "object"
            self.bytes = try body.content() ?? []
            self.needsLength = true
        case .map:
            self.messageType = "map"
            let map = try body.map()
            if wanted == "jms-xml" || wanted == "jms-map-xml" {
                self.transformation = "jms-map-xml"
                self.bytes = STOMPMapXML.write(map)
            } else {
                self.transformation = "jms-map-json"
                self.bytes = STOMPMapJSON.write(map)
            }
        case .stream:
            self.messageType = "stream"
            self.bytes = STOMPMapJSON.write(try body.stream())
        }
    }
}
