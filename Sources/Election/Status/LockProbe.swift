/// One row of `lock_probe`: what a kind of lock answered one broker while another held it.
package struct LockProbe: Hashable, Sendable {
    package let prober: String
    package let holder: String
    /// `flock`, `posix` or `ofd`.
    package let kind: String
    /// `refused`, as it should be; `granted` by a lock that does not work between the two; `error`.
    package let answer: String
    /// Since when it answers so: Unix time, by the master's clock.
    package let probedAtMilliseconds: Int64
}

extension LockProbe {
    /// What a broker's own beat says of the holder's locks, for when `lease.db` cannot be read.
    static func all(of record: BeatRecord, holder: String) -> [LockProbe] {
        guard record.broker.name != holder, let matrix = LockMatrix(parsing: record.lockView) else { return [] }
        return LockMatrix.Kind.allCases.filter { matrix[$0] != .notTried }.map { kind in
            LockProbe(
                prober: record.broker.name, holder: holder, kind: kind.rawValue, answer: matrix[kind].word,
                probedAtMilliseconds: record.wallMilliseconds)
        }
    }
}
