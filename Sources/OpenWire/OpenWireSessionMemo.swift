/// Remembers what recently used keys were translated to, so that the ids and destinations that every frame of a
/// connection repeats are translated once and stay the same objects.
///
/// Holds at most `limit` translations; a peer that keeps naming new things only makes it start again.
struct OpenWireSessionMemo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let limit: Int
    private var recent: (key: Key, value: Value)?
    private var values: [Key: Value] = [:]

    init(limit: Int = 256) {
        self.limit = limit
    }

    var count: Int { self.values.count }

    mutating func value<Failure: Error>(
        for key: Key, translate: (Key) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let recent = self.recent, recent.key == key { return recent.value }
        let value: Value
        if let known = self.values[key] {
            value = known
        } else {
            value = try translate(key)
            if self.values.count >= self.limit { self.values.removeAll(keepingCapacity: true) }
            self.values[key] = value
        }
        self.recent = (key, value)
        return value
    }
}
