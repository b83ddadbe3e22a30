/// Times how long a congested peer has taken nothing.
struct StallWatch {
    private var since: Int64
    private var bytes: Int?
    private var events = 0

    init(since: Int64) {
        self.since = since
    }

    /// Milliseconds since the peer last took something of what waits for it.
    mutating func observe(waitingBytes bytes: Int, waitingEvents events: Int, atMs now: Int64) -> Int64 {
        if let before = self.bytes, before != bytes || self.events != events { self.since = now }
        self.bytes = bytes
        self.events = events
        return now &- self.since
    }
}
