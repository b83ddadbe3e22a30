/// What the clocks on the wall show: how far they are ahead of UTC, at any time.
///
/// The core gets it from outside, so that a year of a zone can be simulated beside another.
package struct TimeZoneRules: Sendable {
    /// Seconds east of UTC at a Unix time in seconds.
    package let offset: @Sendable (_ unixSeconds: Int64) -> Int64

    package init(offset: @escaping @Sendable (_ unixSeconds: Int64) -> Int64) { self.offset = offset }

    package static let utc = Self { _ in 0 }

    /// More than any zone is away from UTC, and than any clock was ever put on.
    private static let reach: Int64 = 26 * 3600

    /// The Unix times at which the clocks show a local time, the earliest first: none where they are put over it, two
    /// where they are put back to before it.
    func instants(ofLocal seconds: Int64) -> [Int64] {
        let candidates = [seconds - Self.reach, seconds, seconds + Self.reach].map { self.offset($0) }
        var found: [Int64] = []
        for offset in candidates where self.offset(seconds - offset) == offset && !found.contains(seconds - offset) {
            found.append(seconds - offset)
        }
        return found.sorted()
    }

    /// The offset that holds from the beginning to the end of a local day; nil where it changes about then.
    func offset(throughLocalDay midnight: Int64) -> Int64? {
        let first = self.offset(midnight - Self.reach)
        let isConstant = [midnight, midnight + CivilDate.secondsPerDay + Self.reach].allSatisfy {
            self.offset($0) == first
        }
        return isConstant ? first : nil
    }
}
