package import BrokerCore

/// Watches the silence on one socket (STOMP 1.2, "Heart-beating"). Pure: told of bytes and of time, it says what is due.
///
///     opened --CONNECT--> agreed --2 x the peer's interval of silence in--> (close)
///       +--30 s--> (close)    +--4/5 of ours of silence out: a line feed
///
/// The peer's interval counts double because ActiveMQ looks once per interval, and closes when a whole one was silent:
/// a peer that sends its heart-beats just in time is never closed, and a dead one is after two. Ours are sent early, so
/// that a peer which measures exactly finds them in time.
package struct STOMPSessionHeartBeat: Sendable {
    package enum Tick: Hashable, Sendable {
        case none
        case send
        case closeSilent(afterMs: Int64)
        case closeUnconnected(afterMs: Int64)
    }

    /// How long a socket may stay open without CONNECT: ActiveMQ's `connectionAttemptTimeout`.
    package static let connectLimitMs: Int64 = 30_000
    /// Longest interval taken, a day: who asks for a longer one wants none.
    private static let longestMs: Int64 = 86_400_000

    private var isConnected = false
    private let openedMs: Int64
    private var readLimitMs: Int64 = 0
    private var writeLimitMs: Int64 = 0
    private var silentInSinceMs: Int64
    private var silentOutSinceMs: Int64
    /// While we do not read, silence is our own doing and proves nothing about the peer.
    private var isReading = true

    package init(openedAt now: Instant) {
        self.openedMs = now.monotonicMs
        self.silentInSinceMs = now.monotonicMs
        self.silentOutSinceMs = now.monotonicMs
    }

    /// What a heart-beat header asks for: how often the peer will send, and how often it wants to hear; 0 for never.
    /// Nil where it is none.
    package static func parse(_ header: String) -> (sendsMs: Int64, wantsMs: Int64)? {
        let parts = header.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let sends = Int64(STOMPText.trimmed(parts[0])),
            let wants = Int64(STOMPText.trimmed(parts[1])), sends >= 0, wants >= 0
        else { return nil }
        return (sends, wants)
    }

    /// - Parameter grace: ActiveMQ's `hbGracePeriodMultiplier`.
    package mutating func agreed(sendsMs: Int64, wantsMs: Int64, grace: Double, at now: Instant) {
        self.isConnected = true
        if sendsMs > 0 {
            self.readLimitMs = max(2, Int64(Double(min(sendsMs, Self.longestMs)) * max(1, grace) * 2))
        }
        if wantsMs > 0 {
            let interval = min(wantsMs, Self.longestMs)
            self.writeLimitMs = max(10, interval - interval / 5)
        }
        self.silentInSinceMs = now.monotonicMs
        self.silentOutSinceMs = now.monotonicMs
    }

    package mutating func bytesReceived(at now: Instant) { self.silentInSinceMs = now.monotonicMs }

    package mutating func bytesSent(at now: Instant) { self.silentOutSinceMs = now.monotonicMs }

    package mutating func readingSuspended() { self.isReading = false }

    package mutating func readingResumed(at now: Instant) {
        self.isReading = true
        self.bytesReceived(at: now)
    }

    /// When ``tick(at:)`` has something to say next, unless bytes flow until then; nil while nothing is watched.
    package var nextTickMs: Int64? {
        guard self.isConnected else { return self.openedMs &+ Self.connectLimitMs }
        var next: Int64?
        if self.readLimitMs > 0, self.isReading { next = self.silentInSinceMs &+ self.readLimitMs }
        if self.writeLimitMs > 0 { next = min(next ?? .max, self.silentOutSinceMs &+ self.writeLimitMs) }
        return next
    }

    package func tick(at now: Instant) -> Tick {
        guard self.isConnected else {
            let waitedMs = now.monotonicMs &- self.openedMs
            return waitedMs >= Self.connectLimitMs ? .closeUnconnected(afterMs: waitedMs) : .none
        }
        let silentInMs = now.monotonicMs &- self.silentInSinceMs
        if self.readLimitMs > 0, self.isReading, silentInMs >= self.readLimitMs {
            return .closeSilent(afterMs: silentInMs)
        }
        let silentOutMs = now.monotonicMs &- self.silentOutSinceMs
        return self.writeLimitMs > 0 && silentOutMs >= self.writeLimitMs ? .send : .none
    }
}
