/// Fencing token: grows by one with each new master of a directory and is never used again.
package struct Epoch: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Before the first master of a directory.
    package static let none = Epoch(0)

    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The next epoch, or nil where the numbers have run out, which only a damaged directory can bring about.
    package var next: Epoch? {
        let (sum, overflow) = self.rawValue.addingReportingOverflow(1)
        return overflow || sum <= 0 ? nil : Epoch(sum)
    }

    package var description: String { String(self.rawValue) }

    package static func < (left: Epoch, right: Epoch) -> Bool { left.rawValue < right.rawValue }
}

/// One run of one broker process: random, so that a restarted broker is not taken for the one before.
package struct InstanceID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads the sixteen hexadecimal digits that ``description`` writes; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
        self.init(value)
    }

    /// Sixteen lower-case hexadecimal digits: the form in files, in SQL and in logs.
    package var description: String {
        let digits = String(self.rawValue, radix: 16)
        return String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }
}
