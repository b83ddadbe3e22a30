/// Finds what somebody meant who wrote a name wrong.
package enum NearestName {
    /// Longer names are compared by their beginnings.
    private static let longest = 64

    /// The candidate with the fewest letters to insert, leave out, change or swap; nil where even that one is another
    /// word. Among equals the first in the order of the alphabet.
    package static func to(_ name: String, among candidates: some Sequence<String>) -> String? {
        let written = Array(name.lowercased().unicodeScalars.prefix(self.longest))
        let bound = max(1, min(4, written.count / 3))
        var best: (name: String, distance: Int)?
        for candidate in candidates.sorted() {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(self.longest))
            guard abs(other.count - written.count) <= bound else { continue }
            let distance = self.distance(written, other)
            if distance <= bound, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// The distance of Damerau and Levenshtein, where no letter is moved twice.
    private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        if one.isEmpty || other.isEmpty { return max(one.count, other.count) }
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for row in 1...one.count {
            var current = [row] + [Int](repeating: 0, count: other.count)
            for column in 1...other.count {
                let isSame = one[row - 1] == other[column - 1]
                var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, one[row - 1] == other[column - 2], one[row - 2] == other[column - 1] {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current[column] = cost
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }
}
