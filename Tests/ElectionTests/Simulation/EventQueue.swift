/// What happens when, in the order of time, and of scheduling where times are equal.
struct EventQueue {
    private struct Entry {
        let time: Nanoseconds
        let number: Int
        let action: () -> Void

        func isBefore(_ other: Entry) -> Bool {
            self.time < other.time || self.time == other.time && self.number < other.number
        }
    }

    /// A binary heap.
    private var entries: [Entry] = []
    private var count = 0

    var nextTime: Nanoseconds? { self.entries.first?.time }

    mutating func add(at time: Nanoseconds, _ action: @escaping () -> Void) {
        self.count += 1
        self.entries.append(Entry(time: time, number: self.count, action: action))
        var child = self.entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.entries[child].isBefore(self.entries[parent]) else { return }
            self.entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() -> (time: Nanoseconds, action: () -> Void)? {
        guard let first = self.entries.first else { return nil }
        let last = self.entries.removeLast()
        if !self.entries.isEmpty {
            self.entries[0] = last
            self.sink()
        }
        return (first.time, first.action)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < self.entries.count && self.entries[child].isBefore(self.entries[least]) {
                least = child
            }
            guard least != parent else { return }
            self.entries.swapAt(parent, least)
            parent = least
        }
    }
}
