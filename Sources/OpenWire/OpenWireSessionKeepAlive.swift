package import BrokerCore

/// Watches the silence on one socket (OpenWire reference §19). Pure: told of bytes and of time, it says what is due.
///
///     opened --WireFormatInfo--> watching --D of silence in--> (close)
///       |                        |      ^
///       |                        +------+ D/3 of silence out: KeepAliveInfo
///       +--30 s--> (close)       off: one of the two sides asked for D = 0
///
/// Silence is measured from the last byte, not the last frame, so a slow large frame keeps a socket alive.
package struct OpenWireSessionKeepAlive: Sendable {
    /// What a tick asks for.
    package enum Tick: Hashable, Sendable {
        case none
        /// Nothing went out for a third of the agreed duration.
        case sendKeepAlive
        /// Nothing came in for the agreed duration.
        case closeSilent(afterMs: Int64)
        /// The peer never sent its WireFormatInfo.
        case closeUnnegotiated(afterMs: Int64)
    }

    private enum State {
        /// Waiting for the peer's WireFormatInfo.
        case opened(atMs: Int64)
        case watching(durationMs: Int64)
        case off
    }

    /// How long a socket may stay open without WireFormatInfo.
    package static let negotiationLimitMs: Int64 = 30_000

    private var state: State
    /// Silence counts from these times, which lie in the future while the initial delay runs.
    private var silentInSinceMs: Int64
    private var silentOutSinceMs: Int64
    /// While we do not read, silence is our own doing and proves nothing about the peer.
    private var isReading = true

    package init(openedAt now: Instant) {
        self.state = .opened(atMs: now.monotonicMs)
        self.silentInSinceMs = now.monotonicMs
        self.silentOutSinceMs = now.monotonicMs
    }

    /// Both sides' wishes are known. `durationMs` and `initialDelayMs` are the minima of both, in milliseconds;
    /// a duration of 0 (or a nonsensical negative one) switches watching off for good.
    package mutating func negotiated(durationMs: Int64, initialDelayMs: Int64, at now: Instant) {
        guard durationMs > 0 else {
            self.state = .off
            return
        }
        self.state = .watching(durationMs: durationMs)
        self.silentInSinceMs = now.monotonicMs &+ max(0, initialDelayMs)
        self.silentOutSinceMs = now.monotonicMs
    }

    /// Bytes arrived, even if only a part of a frame.
    package mutating func bytesReceived(at now: Instant) {
        self.silentInSinceMs = max(self.silentInSinceMs, now.monotonicMs)
    }

    /// Bytes were written.
    package mutating func bytesSent(at now: Instant) {
        self.silentOutSinceMs = max(self.silentOutSinceMs, now.monotonicMs)
    }

    package mutating func readingSuspended() {
        self.isReading = false
    }

    package mutating func readingResumed(at now: Instant) {
        self.isReading = true
        self.bytesReceived(at: now)
    }

    /// When `tick(at:)` has something to say next, unless bytes flow until then; nil while nothing is watched.
    package var nextTickMs: Int64? {
        switch self.state {
        case .off: nil
        case .opened(let openedMs): openedMs &+ Self.negotiationLimitMs
        case .watching(let durationMs):
            self.isReading
                ? min(self.silentInSinceMs &+ durationMs, self.silentOutSinceMs &+ Self.writeLimit(durationMs))
                : self.silentOutSinceMs &+ Self.writeLimit(durationMs)
        }
    }

    /// Says what is due. After `sendKeepAlive` the caller sends one and reports its bytes as any others.
    package func tick(at now: Instant) -> Tick {
        switch self.state {
        case .off:
            return .none
        case .opened(let openedMs):
            let waitedMs = now.monotonicMs &- openedMs
            return waitedMs >= Self.negotiationLimitMs ? .closeUnnegotiated(afterMs: waitedMs) : .none
        case .watching(let durationMs):
            let silentInMs = now.monotonicMs &- self.silentInSinceMs
            if self.isReading, silentInMs >= durationMs { return .closeSilent(afterMs: silentInMs) }
            let silentOutMs = now.monotonicMs &- self.silentOutSinceMs
            return silentOutMs >= Self.writeLimit(durationMs) ? .sendKeepAlive : .none
        }
    }

    private static func writeLimit(_ durationMs: Int64) -> Int64 { max(1, durationMs / 3) }
}
