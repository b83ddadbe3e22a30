/// The receiver's side of the object cache: slots that the sender fills and names as it likes (reference 5).
struct ReceivingCache {
    /// Grows to the highest slot used, so that a connection that caches little costs little.
    private var slots: [CacheEntry?] = []
    private let size: Int

    /// - Parameter size: the negotiated number of slots; 0 for a cache that is off.
    init(size: Int) {
        self.size = size
    }

    /// Stores what came with `index`; -1 means that the sender does not keep it.
    mutating func store(_ entry: CacheEntry, at index: Int16) throws(OpenWireError) {
        if index == -1 { return }
        guard index >= 0, Int(index) < self.size else { throw .cacheIndexOutOfRange(index) }
        while self.slots.count <= Int(index) { self.slots.append(nil) }
        self.slots[Int(index)] = entry
    }

    func entry(at index: Int16) throws(OpenWireError) -> CacheEntry {
        guard index >= 0, Int(index) < self.size else { throw .cacheIndexOutOfRange(index) }
        guard Int(index) < self.slots.count, let entry = self.slots[Int(index)] else { throw .cacheSlotEmpty(index) }
        return entry
    }
}
