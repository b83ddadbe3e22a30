/// How often a thing took how long.
package struct DurationHistogram: Hashable, Sendable {
    /// Upper bounds of the buckets, each included, ascending; what is longer than the last falls into one more.
    package let bounds: [Duration]
    /// One more than ``bounds``.
    package private(set) var counts: [Int64]
    package private(set) var sum = Duration.zero
    package private(set) var last: Duration?

    package init(bounds: [Duration]) {
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func add(_ duration: Duration) {
        let bucket = self.bounds.firstIndex { duration <= $0 } ?? self.bounds.count
        self.counts[bucket] += 1
        self.sum += duration
        self.last = duration
    }

    package var count: Int64 { self.counts.reduce(0, +) }
}
