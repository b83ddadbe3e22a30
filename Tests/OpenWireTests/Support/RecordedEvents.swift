import BrokerCore
import Testing

@testable import OpenWire

/// Turns what a recorded broker sent back into the event that makes a session send it, and into the frame that the
/// session then has to send: what our broker leaves out by design is taken off the recording.
struct RecordedEvents {
    struct Expectation {
        let event: BrokerEvent
        let now: Instant
        let frame: OpenWireCommand
    }

    private var inbound = OpenWireSessionInbound()
    private let link: LinkID

    init(link: LinkID) {
        self.link = link
    }

    /// Nil for frames that answer no event: the handshake, BrokerInfo and KeepAliveInfo.
    mutating func expectation(for frame: OpenWireCommand) throws -> Expectation? {
        switch frame {
        case .wireFormatInfo, .brokerInfo, .keepAliveInfo, .connectionControl, .producerAck:
            return nil
        case .messageDispatch(let dispatch):
            return try self.dispatch(dispatch)
        case .response(let response):
            return self.reply(.done, to: response.correlationID, frame)
        case .integerResponse(let response):
            return self.reply(.prepared(hasWork: response.result == 0), to: response.correlationID, frame)
        case .dataArrayResponse(let response):
            return self.reply(.transactions(try Self.transactions(response)), to: response.correlationID, frame)
        case .exceptionResponse(var response):
            let error = try Self.error(response.exception)
            response.exception = Self.withoutTrace(response.exception)
            return self.reply(.failed(error), to: response.correlationID, .exceptionResponse(response))
        case .connectionError(var report):
            let error = try Self.error(report.exception)
            report.exception = Self.withoutTrace(report.exception)
            return Expectation(
                event: .failure(self.link, error), now: Instant(wallMs: 0, monotonicMs: 0),
                frame: .connectionError(report))
        default:
            return try #require(nil as Expectation?, "no event makes \(frame)")
        }
    }

    private func reply(_ reply: BrokerReply, to id: Int32, _ frame: OpenWireCommand) -> Expectation {
        let token = OpenWireSessionToken.response(commandID: id).replyToken
        return Expectation(
            event: .reply(self.link, token, reply), now: Instant(wallMs: 0, monotonicMs: 0), frame: frame)
    }

    // MARK: Dispatches

    private mutating func dispatch(_ recorded: MessageDispatch) throws -> Expectation {
        let consumer = try self.inbound.consumer(recorded.consumerID, of: "MessageDispatch")
        guard let wire = recorded.message else {
            return Expectation(
                event: .noMessage(self.link, consumer), now: Instant(wallMs: 0, monotonicMs: 0),
                frame: .messageDispatch(recorded))
        }
        var message = try self.inbound.message(wire, at: Instant(wallMs: wire.brokerInTime, monotonicMs: 0))
        var expected = recorded
        if let structure = wire.rare.dataStructure {
            var extras = try #require(message.extras)
            extras.advisory = try self.advisory(structure)
            message = message.with(headers: message.headers, properties: message.properties, extras: extras)
            expected.message?.rare.dataStructure = Self.plain(structure)
        }
        // The recorded broker keeps of the send what no client looks at (reference 6.3, 11.2).
        expected.message?.header = CommandHeader()
        expected.message?.transactionID = nil
        expected.message?.redeliveryCounter = recorded.redeliveryCounter
        let dispatch = Dispatch(
            consumer: consumer, message: message,
            sequence: MessageSequence(wire.messageID?.brokerSequenceID ?? 0),
            redeliveryCount: recorded.redeliveryCounter, isFirstOfGroup: wire.firstForConsumerInGroup)
        return Expectation(
            event: .dispatch(self.link, dispatch), now: Instant(wallMs: wire.brokerOutTime, monotonicMs: 0),
            frame: .messageDispatch(expected))
    }

    private mutating func advisory(_ structure: OpenWireCommand) throws -> Advisory {
        switch structure {
        case .destinationInfo(let info):
            let destination = try self.inbound.destination(info.destination, of: "DestinationInfo")
            let connection = ConnectionID(info.connectionID?.value?.text ?? "")
            return info.operationType == 0
                ? .destinationAdded(destination, connection) : .destinationRemoved(destination, connection)
        case .connectionInfo(let info):
            return .connectionStarted(
                try self.inbound.connection(info.connectionID, of: "ConnectionInfo"),
                clientID: info.clientID?.text ?? "", userName: info.userName?.text, peer: info.clientIP?.text ?? "")
        case .consumerInfo, .producerInfo:
            return try self.arrival(structure)
        case .removeInfo(let info):
            switch info.objectID {
            case .connection(let id): return .connectionStopped(try self.inbound.connection(id, of: "RemoveInfo"))
            case .consumer(let id): return .consumerStopped(try self.inbound.consumer(id, of: "RemoveInfo"))
            case .producer(let id): return .producerStopped(try self.inbound.producer(id, of: "RemoveInfo"))
            default: return try #require(nil as Advisory?, "no advisory tells of \(info)")
            }
        default:
            return try #require(nil as Advisory?, "no advisory tells of \(structure)")
        }
    }

    /// The request that such a command makes is what the broker later advises.
    private mutating func arrival(_ structure: OpenWireCommand) throws -> Advisory {
        var peer = SessionPeer()
        switch try peer.request(structure).command {
        case .addConsumer(let request): return .consumerStarted(ConsumerDescription(request))
        case .addProducer(let request):
            return .producerStarted(request.id, destination: request.destination, windowSize: request.windowSize)
        case let other: return try #require(nil as Advisory?, "\(other)")
        }
    }

    /// Without what only concerns the one who sent it.
    private static func plain(_ structure: OpenWireCommand) -> OpenWireCommand {
        switch structure {
        case .destinationInfo(var info):
            info.header = CommandHeader()
            return .destinationInfo(info)
        case .connectionInfo(var info):
            info.header = CommandHeader()
            info.manageable = false
            info.clientMaster = false
            info.faultTolerant = false
            return .connectionInfo(info)
        case .consumerInfo(var info):
            info.header = CommandHeader()
            info.dispatchAsync = false
            info.maximumPendingMessageLimit = 0
            return .consumerInfo(info)
        case .producerInfo(var info):
            info.header = CommandHeader()
            return .producerInfo(info)
        case .removeInfo(var info):
            info.header = CommandHeader()
            info.lastDeliveredSequenceID = -2
            return .removeInfo(info)
        default:
            return structure
        }
    }

    // MARK: Answers

    private static func transactions(_ response: DataArrayResponse) throws -> [XATransactionID] {
        try #require(response.data).map { element in
            guard case .transactionID(.xa(let id))? = element else {
                return try #require(nil as XATransactionID?, "no XATransactionId: \(String(describing: element))")
            }
            return XATransactionID(
                formatID: id.formatID, global: id.globalTransactionID ?? [], branch: id.branchQualifier ?? [])
        }
    }

    private static func withoutTrace(_ exception: WireThrowable?) -> WireThrowable? {
        exception.map { WireThrowable(className: $0.className, message: $0.message) }
    }

    private static func error(_ exception: WireThrowable?) throws -> BrokerError {
        let className = try #require(exception?.className?.text)
        let text = try #require(exception?.message?.text)
        switch className {
        case "javax.jms.InvalidClientIDException": return .invalidClientID(text)
        case "javax.jms.InvalidSelectorException": return .invalidSelector(text)
        case "javax.jms.InvalidDestinationException": return .invalidDestination(text)
        case "javax.jms.ResourceAllocationException": return .resourceExhausted(text)
        case "javax.jms.JMSException": return .general(text)
        case "java.lang.SecurityException": return .notAuthorized(text)
        case "java.lang.IllegalStateException": return .illegalState(text)
        case "org.apache.activemq.DestinationDoesNotExistException":
            let destination = try #require(OpenWireSessionInbound.destination(.queue, named: text))
            return .destinationGone(destination)
        case "javax.transaction.xa.XAException":
            let parts = text.components(cutAt: " xaErrorCode:")
            return .xa(parts.0, code: try #require(Int32(parts.1)))
        default:
            return try #require(nil as BrokerError?, "no error is shown as \(className)")
        }
    }
}

extension String {
    /// What stands before and after the last `separator`.
    fileprivate func components(cutAt separator: String) -> (String, String) {
        var start = self.endIndex
        while start > self.startIndex {
            start = self.index(before: start)
            if self[start...].hasPrefix(separator) {
                return (String(self[..<start]), String(self[start...].dropFirst(separator.count)))
            }
        }
        return (self, "")
    }
}
