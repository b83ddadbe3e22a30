/// The sender's side of the object cache, numbered as ActiveMQ numbers it (reference 5): slots 0, 1, 2, ... and round;
/// before each frame the oldest entries go until 100 slots are free; with no slot left within a frame, -1.
///
/// The live slots are always the run from `oldest` up to `next` around the ring.
struct SendingCache {
    /// Slots free at the start of each frame.
    static let headroom = 100

    private var ring: [CacheEntry]
    private var indexes: [CacheEntry: Int16] = [:]
    /// The slot of the null value, which most frames name several times.
    private var nullIndex: Int16?
    private var oldest = 0
    private var count = 0
    private var countAtFrameStart = 0
    private let size: Int

    init(size: Int) {
        self.size = size
        self.ring = []
    }

    /// Makes room for the frame that follows.
    mutating func beginFrame() {
        while self.count > max(0, self.size - Self.headroom) {
            self.forget(self.ring[self.oldest])
            self.ring[self.oldest] = .null
            self.oldest = self.oldest + 1 == self.size ? 0 : self.oldest + 1
            self.count -= 1
        }
        self.countAtFrameStart = self.count
    }

    /// Takes back what this frame added: its receiver will never hear of it.
    mutating func abandonFrame() {
        while self.count > self.countAtFrameStart {
            let last = self.slot(self.count - 1)
            self.forget(self.ring[last])
            self.ring[last] = .null
            self.count -= 1
        }
    }

    /// The slot that holds an equal value.
    func index(of entry: CacheEntry) -> Int16? {
        if case .null = entry { return self.nullIndex }
        return self.indexes[entry]
    }

    /// Gives `entry`, which has no slot, the next one; -1 where all are taken.
    mutating func add(_ entry: CacheEntry) -> Int16 {
        guard self.count < self.size else { return -1 }
        let slot = self.slot(self.count)
        if slot == self.ring.count { self.ring.append(entry) } else { self.ring[slot] = entry }
        self.count += 1
        let index = Int16(truncatingIfNeeded: slot)
        if case .null = entry { self.nullIndex = index } else { self.indexes[entry] = index }
        return index
    }

    private func slot(_ age: Int) -> Int {
        let slot = self.oldest + age
        return slot >= self.size ? slot - self.size : slot
    }

    private mutating func forget(_ entry: CacheEntry) {
        if case .null = entry { self.nullIndex = nil } else { self.indexes[entry] = nil }
    }
}
