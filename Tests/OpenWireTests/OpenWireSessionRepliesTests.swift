import BrokerCore
import Testing

@testable import OpenWire

/// How answers and failures look as frames (OpenWire reference §§10, 16.3, 20, 21).
@Suite struct OpenWireSessionRepliesTests {
    private static func connectionInfo(id: Int32?, manageable: Bool) -> OpenWireCommand {
        .connectionInfo(
            Client.command(ConnectionInfo(), id: id) {
                $0.connectionID = Client.connection
                $0.manageable = manageable
            })
    }

    private static func transactionInfo(_ type: Int8) -> OpenWireCommand {
        .transactionInfo(
            Client.command(TransactionInfo()) {
                $0.connectionID = Client.connection
                $0.transactionID = .local(WireLocalTransactionID(value: 4, connectionID: Client.connection))
                $0.type = type
            })
    }

    /// A peer with a producer whose window is open.
    private static func windowedPeer() throws -> SessionPeer {
        var peer = SessionPeer()
        let info = Client.command(ProducerInfo()) {
            $0.producerID = Client.producer
            $0.windowSize = 4096
        }
        _ = try peer.request(.producerInfo(info))
        return peer
    }

    // MARK: Responses

    @Test func successIsAResponse() throws {
        var peer = SessionPeer()
        let frames = try peer.answer(try peer.request(Client.message(id: -3)), .done)
        guard frames.count == 1, case .response(let response) = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        #expect(response.correlationID == -3 && response.header == CommandHeader())
    }

    @Test(arguments: [(true, Int32(0)), (false, 3)])
    func prepareIsAnIntegerResponse(hasWork: Bool, result: Int32) throws {
        var peer = SessionPeer()
        let frames = try peer.answer(try peer.request(Self.transactionInfo(1)), .prepared(hasWork: hasWork))
        guard frames.count == 1, case .integerResponse(let response) = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        #expect(response.correlationID == 9 && response.result == result)
    }

    @Test(arguments: [0, 1, 2])
    func recoverIsADataArrayResponseAndNeverNull(count: Int) throws {
        var peer = SessionPeer()
        let ids = (0..<count).map { XATransactionID(formatID: Int32($0), global: [1, 2], branch: []) }
        let frames = try peer.answer(try peer.request(Self.transactionInfo(5)), .transactions(ids))
        guard frames.count == 1, case .dataArrayResponse(let response) = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        let data = try #require(response.data)
        #expect(response.correlationID == 9 && data.count == count)
        for (index, element) in data.enumerated() {
            guard case .transactionID(.xa(let id))? = element else {
                Issue.record("no XATransactionId")
                return
            }
            #expect(id.formatID == Int32(index) && id.globalTransactionID == [1, 2] && id.branchQualifier == [])
        }
    }

    @Test func refusalIsAnExceptionResponse() throws {
        var peer = SessionPeer()
        let request = try peer.request(Self.transactionInfo(2))
        let frames = try peer.answer(request, .failed(.xa("marked rollback only", code: 100)))
        guard frames.count == 1, case .exceptionResponse(let response) = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        #expect(response.correlationID == 9)
        #expect(response.exception?.className == "javax.transaction.xa.XAException")
        #expect(response.exception?.message == "marked rollback only xaErrorCode:100")
        #expect(response.exception?.stackTrace == [] && response.exception?.cause == nil)
    }

    @Test func failureOfACommandWithoutAnswerIsAConnectionError() throws {
        var peer = SessionPeer()
        let frames = try peer.frames(.failure(SessionPeer.link, .notAuthorized("no")))
        guard frames.count == 1, case .connectionError(let report) = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        #expect(report.exception?.className == "java.lang.SecurityException" && report.exception?.message == "no")
        #expect(report.connectionID == nil && report.header == CommandHeader())
    }

    // MARK: ConnectionInfo

    @Test func aManageableClientGetsConnectionControlWithItsResponse() throws {
        var peer = SessionPeer()
        let frames = try peer.answer(try peer.request(Self.connectionInfo(id: 9, manageable: true)), .done)
        guard frames.count == 2, case .connectionControl(let control) = frames[0],
            case .response(let response) = frames[1]
        else {
            Issue.record("\(frames)")
            return
        }
        #expect(response.correlationID == 9)
        #expect(control.connectedBrokers == "" && control.reconnectTo == "" && control.token == nil)
        #expect(!control.faultTolerant && !control.rebalanceConnection && !control.close && !control.exit)
    }

    @Test func aManageableClientThatAsksForNoAnswerGetsConnectionControlAlone() throws {
        var peer = SessionPeer()
        let frames = try peer.answer(try peer.request(Self.connectionInfo(id: nil, manageable: true)), .done)
        guard frames.count == 1, case .connectionControl = frames[0] else {
            Issue.record("\(frames)")
            return
        }
    }

    @Test func otherClientsGetNoConnectionControl() throws {
        var peer = SessionPeer()
        let frames = try peer.answer(try peer.request(Self.connectionInfo(id: 9, manageable: false)), .done)
        guard frames.count == 1, case .response = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        #expect(try peer.request(Self.connectionInfo(id: nil, manageable: false)).reply == nil)
    }

    @Test func aRefusedClientGetsTheExceptionAlone() throws {
        var peer = SessionPeer()
        let asked = try peer.answer(
            try peer.request(Self.connectionInfo(id: 9, manageable: true)), .failed(.invalidClientID("c in use")))
        guard asked.count == 1, case .exceptionResponse(let response) = asked[0] else {
            Issue.record("\(asked)")
            return
        }
        #expect(response.correlationID == 9)
        let unasked = try peer.answer(
            try peer.request(Self.connectionInfo(id: nil, manageable: true)), .failed(.invalidClientID("c in use")))
        guard unasked.count == 1, case .connectionError = unasked[0] else {
            Issue.record("\(unasked)")
            return
        }
    }

    // MARK: ProducerAck

    @Test func anAcceptedSendIsAProducerAck() throws {
        var peer = try Self.windowedPeer()
        let request = try peer.request(Client.message(id: nil) { $0.content = [UInt8](repeating: 0, count: 1500) })
        let frames = try peer.answer(request, .done)
        guard frames.count == 1, case .producerAck(let ack) = frames[0] else {
            Issue.record("\(frames)")
            return
        }
        #expect(ack.producerID == Client.producer && ack.size == 2524 && ack.header == CommandHeader())
    }

    @Test func aRefusedSendGivesItsWindowBack() throws {
        var peer = try Self.windowedPeer()
        let frames = try peer.answer(try peer.request(Client.message(id: nil)), .failed(.resourceExhausted("full")))
        guard frames.count == 2, case .connectionError(let report) = frames[0], case .producerAck(let ack) = frames[1]
        else {
            Issue.record("\(frames)")
            return
        }
        #expect(report.exception?.className == "javax.jms.ResourceAllocationException")
        #expect(ack.size == 1029)
    }

    @Test func aSendThatAsksForAResponseGetsNoProducerAck() throws {
        var peer = try Self.windowedPeer()
        let frames = try peer.answer(try peer.request(Client.message()), .done)
        guard frames.count == 1, case .response = frames[0] else {
            Issue.record("\(frames)")
            return
        }
    }

    @Test func afterItsProducerIsGoneAnAcceptedSendIsNothing() throws {
        var peer = try Self.windowedPeer()
        let request = try peer.request(Client.message(id: nil))
        let remove = Client.command(RemoveInfo(), id: nil) { $0.objectID = .producer(Client.producer) }
        _ = try peer.request(.removeInfo(remove))
        #expect(try peer.answer(request, .done).isEmpty)
        let failed = try peer.answer(request, .failed(.general("x")))
        guard failed.count == 1, case .connectionError = failed[0] else {
            Issue.record("\(failed)")
            return
        }
    }

    // MARK: The stopped broker

    /// No exception: a failover client would take it for the answer, instead of asking the next master.
    @Test func aStoppedBrokerClosesWithoutAnAnswer() throws {
        for command in [Client.message(), Self.connectionInfo(id: 9, manageable: true), Self.transactionInfo(2)] {
            var peer = SessionPeer()
            let token = try #require(try peer.request(command).reply)
            guard case .close = peer.session.send(.reply(SessionPeer.link, token, .failed(.stopped)), at: peer.now)
            else {
                Issue.record("answered")
                return
            }
        }
        var windowed = try Self.windowedPeer()
        let token = try #require(try windowed.request(Client.message(id: nil)).reply)
        guard case .close = windowed.session.send(.reply(SessionPeer.link, token, .failed(.stopped)), at: windowed.now)
        else {
            Issue.record("answered")
            return
        }
        var unasked = SessionPeer()
        guard case .close = unasked.session.send(.failure(SessionPeer.link, .stopped), at: unasked.now) else {
            Issue.record("answered")
            return
        }
    }
}
