/// A message as selectors see it (JMS 1.1 §3.8.1.1).
struct MessageView: SelectorSource {
    let message: Message
    let redeliveryCount: Int32

    func selectorValue(of identifier: Selector.Identifier) -> SelectorValue? {
        switch identifier {
        case .header(let header): self.value(of: header)
        case .property(let name): self.property(name)
        }
    }

    private func value(of header: Selector.Header) -> SelectorValue? {
        let headers = self.message.headers
        let extras = self.message.extras
        switch header {
        case .destination: return .string((extras?.originalDestination ?? headers.destination).description)
        case .replyTo: return headers.replyTo.map { .string($0.description) }
        case .type: return headers.type.map { .string($0) }
        case .deliveryMode: return .string(headers.isPersistent ? "PERSISTENT" : "NON_PERSISTENT")
        case .priority: return .int(Int32(headers.priority))
        case .messageID: return .string(self.message.id.description)
        case .timestamp: return .long(headers.timestampMs)
        case .correlationID: return headers.correlationID.map { .string($0) }
        case .expiration: return .long(headers.expirationMs)
        case .redelivered: return .bool(self.redeliveryCount > 0)
        case .deliveryCount: return .int(self.redeliveryCount &+ 1)
        case .groupID: return headers.groupID.map { .string($0) }
        case .groupSequence: return .int(headers.groupSequence)
        case .groupFirstForConsumer: return .bool(false)
        case .userID: return extras?.userID.map { .string($0) } ?? self.property("JMSXUserID")
        case .producerTransactionID: return nil
        case .brokerInTime: return .long(headers.brokerInTimeMs)
        case .brokerOutTime: return .long(0)
        case .brokerPath:
            return extras.flatMap { $0.brokerPath.isEmpty ? nil : .string($0.brokerPath.joined(separator: ",")) }
        }
    }

    private func property(_ name: String) -> SelectorValue? {
        guard let bytes = self.message.properties else { return nil }
        return PropertyMap.selectorValue(of: name, in: bytes)
    }
}
