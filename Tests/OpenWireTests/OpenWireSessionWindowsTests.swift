import BrokerCore
import Testing

@testable import OpenWire

/// OpenWire reference §16.3.
@Suite struct OpenWireSessionWindowsTests {
    private static func wire(_ id: ProducerID) -> WireProducerID {
        WireProducerID(connectionID: WireString(id.connection), sessionID: id.session, value: id.value)
    }

    @Test func onlyProducersWithAWindowHaveANumber() {
        var windows = OpenWireSessionWindows()
        let other = ProducerID(connection: "c", session: 1, value: 4)
        windows.announce(Client.producerID, as: Client.producer, windowSize: 1)
        windows.announce(other, as: Self.wire(other), windowSize: 0)
        #expect(windows.number(of: Client.producerID) == 0)
        #expect(windows.producer(numbered: 0) == Client.producer)
        #expect(windows.number(of: other) == nil)
        #expect(windows.producer(numbered: 1) == nil)
    }

    @Test func aProducerKeepsItsNumberUntilItIsForgotten() {
        var windows = OpenWireSessionWindows()
        windows.announce(Client.producerID, as: Client.producer, windowSize: 1)
        windows.announce(Client.producerID, as: Client.producer, windowSize: 2)
        #expect(windows.number(of: Client.producerID) == 0)
        windows.forget(Client.producerID)
        #expect(windows.number(of: Client.producerID) == nil && windows.producer(numbered: 0) == nil)
        windows.announce(Client.producerID, as: Client.producer, windowSize: 1)
        #expect(windows.number(of: Client.producerID) == 1)
        windows.announce(Client.producerID, as: Client.producer, windowSize: 0)
        #expect(windows.number(of: Client.producerID) == nil)
    }

    @Test func sessionsAndConnectionsTakeTheirProducersWithThem() {
        let ids = [
            ProducerID(connection: "c", session: 1, value: 1), ProducerID(connection: "c", session: 1, value: 2),
            ProducerID(connection: "c", session: 2, value: 1), ProducerID(connection: "d", session: 1, value: 1),
        ]
        var windows = OpenWireSessionWindows()
        for id in ids { windows.announce(id, as: Self.wire(id), windowSize: 1) }
        windows.forget(SessionID(connection: "c", value: 1))
        #expect(ids.map { windows.number(of: $0) } == [nil, nil, 2, 3])
        windows.forget(ConnectionID("c"))
        #expect(ids.map { windows.number(of: $0) } == [nil, nil, nil, 3])
    }
}
