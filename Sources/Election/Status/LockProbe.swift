/// One row of `lock_probe`: what a kind of lock answered one broker while another held it.
package struct LockProbe: Hashable, Sendable {
    package let prober: String
    package let holder: String
    /// `flock`, `posix` or `ofd`.
    package let kind: String
    /// `refused`, as it should be; `granted` by a lock that does not work between the two; `error`.
    package let answer: String
    /// Unix time, by the master's clock.
    package let probedAtMilliseconds: Int64
}
