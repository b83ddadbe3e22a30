/// What a slot of the object cache holds (reference 5). Null is a value like any other.
enum CacheEntry: Hashable, Sendable {
    case null
    case connectionID(WireConnectionID)
    case sessionID(WireSessionID)
    case consumerID(WireConsumerID)
    case producerID(WireProducerID)
    case brokerID(WireBrokerID)
    case destination(WireDestination)
    case localTransactionID(WireLocalTransactionID)
    case xaTransactionID(WireXATransactionID)
}

extension WireConnectionID {
    static func cached(_ entry: CacheEntry) -> WireConnectionID? {
        if case .connectionID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .connectionID(self) }
}

extension WireSessionID {
    static func cached(_ entry: CacheEntry) -> WireSessionID? {
        if case .sessionID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .sessionID(self) }
}

extension WireConsumerID {
    static func cached(_ entry: CacheEntry) -> WireConsumerID? {
        if case .consumerID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .consumerID(self) }
}

extension WireProducerID {
    static func cached(_ entry: CacheEntry) -> WireProducerID? {
        if case .producerID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .producerID(self) }
}

extension WireBrokerID {
    static func cached(_ entry: CacheEntry) -> WireBrokerID? {
        if case .brokerID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .brokerID(self) }
}

extension WireDestination {
    static func cached(_ entry: CacheEntry) -> WireDestination? {
        if case .destination(let destination) = entry { destination } else { nil }
    }

    var cacheEntry: CacheEntry { .destination(self) }
}

extension WireLocalTransactionID {
    static func cached(_ entry: CacheEntry) -> WireLocalTransactionID? {
        if case .localTransactionID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .localTransactionID(self) }
}

extension WireXATransactionID {
    static func cached(_ entry: CacheEntry) -> WireXATransactionID? {
        if case .xaTransactionID(let id) = entry { id } else { nil }
    }

    var cacheEntry: CacheEntry { .xaTransactionID(self) }
}

extension WireTransactionID {
    static func cached(_ entry: CacheEntry) -> WireTransactionID? {
        switch entry {
        case .localTransactionID(let id): .local(id)
        case .xaTransactionID(let id): .xa(id)
        default: nil
        }
    }

    var cacheEntry: CacheEntry {
        switch self {
        case .local(let id): .localTransactionID(id)
        case .xa(let id): .xaTransactionID(id)
        }
    }
}

extension RemovedObjectID {
    static func cached(_ entry: CacheEntry) -> RemovedObjectID? {
        switch entry {
        case .connectionID(let id): .connection(id)
        case .sessionID(let id): .session(id)
        case .consumerID(let id): .consumer(id)
        case .producerID(let id): .producer(id)
        default: nil
        }
    }

    var cacheEntry: CacheEntry {
        switch self {
        case .connection(let id): .connectionID(id)
        case .session(let id): .sessionID(id)
        case .consumer(let id): .consumerID(id)
        case .producer(let id): .producerID(id)
        }
    }
}
