import BrokerCore

/// The producers of one session that asked for ProducerAck (reference §16.3), numbered so that a reply token can name
/// one.
struct OpenWireSessionWindows: Sendable {
    private var numbers: [ProducerID: UInt32] = [:]
    private var producers: [UInt32: WireProducerID] = [:]
    private var next: UInt32 = 0

    /// A producer announced itself, perhaps again: then its outstanding answers stay good.
    mutating func announce(_ id: ProducerID, as wire: WireProducerID, windowSize: Int32) {
        guard windowSize > 0 else { return self.forget(id) }
        guard self.numbers[id] == nil else { return }
        self.numbers[id] = self.next
        self.producers[self.next] = wire
        self.next = (self.next &+ 1) & OpenWireSessionToken.producerMask
    }

    mutating func forget(_ id: ProducerID) {
        guard let number = self.numbers.removeValue(forKey: id) else { return }
        self.producers[number] = nil
    }

    mutating func forget(_ session: SessionID) {
        for id in self.numbers.keys where id.sessionID == session { self.forget(id) }
    }

    mutating func forget(_ connection: ConnectionID) {
        for id in self.numbers.keys where id.connection == connection.value { self.forget(id) }
    }

    /// Nil for a producer without window.
    func number(of id: ProducerID) -> UInt32? {
        self.numbers.isEmpty ? nil : self.numbers[id]
    }

    /// Nil once the producer is gone: then nobody waits for its acknowledgements.
    func producer(numbered number: UInt32) -> WireProducerID? {
        self.producers[number]
    }
}
