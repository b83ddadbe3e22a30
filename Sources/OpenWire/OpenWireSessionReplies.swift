import BrokerCore

/// How the broker's answers look as frames (reference §§10, 16.3, 20, 21).
extension OpenWireSession {
    /// Response or the descendant that the client expects: it casts without looking (reference §10.2).
    static func response(_ reply: BrokerReply, to commandID: Int32) -> OpenWireCommand {
        switch reply {
        case .done:
            return .response(self.plainResponse(to: commandID))
        case .prepared(let hasWork):
            var response = IntegerResponse()
            response.correlationID = commandID
            response.result = hasWork ? XAVote.ok : XAVote.readOnly
            return .integerResponse(response)
        case .transactions(let ids):
            var response = DataArrayResponse()
            response.correlationID = commandID
            response.data = ids.map { .transactionID(.xa(OpenWireSessionOutbound.xa($0))) }
            return .dataArrayResponse(response)
        case .failed(let error):
            var response = ExceptionResponse()
            response.correlationID = commandID
            response.exception = self.throwable(error)
            return .exceptionResponse(response)
        }
    }

    static func plainResponse(to commandID: Int32) -> Response {
        var response = Response()
        response.correlationID = commandID
        return response
    }

    /// The answer to ConnectionInfo: ConnectionControl goes to those who can take it, and only when they are welcome.
    static func connected(_ reply: BrokerReply, to commandID: Int32?, wantsControl: Bool) -> Sent {
        let response = commandID.map { self.response(reply, to: $0) }
        if case .failed(let error) = reply {
            // Without a wish for an answer the refusal goes the way of all such failures.
            return (response ?? self.connectionError(error)).map { .frames(.one($0)) } ?? .none
        }
        switch (wantsControl ? self.connectionControl : nil, response) {
        case (let control?, let response?): return .frames(.two(control, response))
        case (let only?, nil), (nil, let only?): return .frames(.one(only))
        case (nil, nil): return .none
        }
    }

    /// The answer to a send without Response of a producer with a window. It comes after a failure too: otherwise the
    /// window would leak, and the producer stop for ever.
    func accepted(_ reply: BrokerReply, number: UInt32, size: Int32) -> Sent {
        let acknowledgement: OpenWireCommand? = self.windows.producer(numbered: number).map { producer in
            var ack = ProducerAck()
            ack.producerID = producer
            ack.size = size
            return .producerAck(ack)
        }
        var report: OpenWireCommand?
        if case .failed(let error) = reply { report = Self.connectionError(error) }
        switch (report, acknowledgement) {
        case (let report?, let acknowledgement?): return .frames(.two(report, acknowledgement))
        case (let only?, nil), (nil, let only?): return .frames(.one(only))
        case (nil, nil): return .none
        }
    }

    /// The report of a failure that no answer can carry; nil for an error that clients must not see.
    static func connectionError(_ error: BrokerError) -> OpenWireCommand? {
        guard let exception = self.throwable(error) else { return nil }
        var report = ConnectionError()
        report.exception = exception
        return .connectionError(report)
    }

    /// Says that nothing changes: empty texts, not null ones (reference §20.1). With storage shared by several brokers
    /// only the list configured in the client is right.
    private static var connectionControl: OpenWireCommand {
        var control = ConnectionControl()
        control.connectedBrokers = ""
        control.reconnectTo = ""
        return .connectionControl(control)
    }

    private static func throwable(_ error: BrokerError) -> WireThrowable? {
        OpenWireSessionError(error).map {
            WireThrowable(className: WireString($0.className), message: WireString($0.message))
        }
    }
}

/// The two outcomes of PREPARE that are no errors (X/Open XA §3).
private enum XAVote {
    static let ok: Int32 = 0
    static let readOnly: Int32 = 3
}
