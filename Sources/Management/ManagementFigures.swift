package import Election

/// What a broker knows of itself at one moment, without touching a file: the material of metrics and readiness.
package struct ManagementFigures: Sendable {
    package var version: String
    package var brokerName: String
    /// Nil until the first candidacy.
    package var snapshot: ElectionSnapshot?
    package var verdict: FileSystemVerdict?
    package var election = ElectionFigures()
    /// This broker is master, and its last good beat is younger than the age at which it stops serving.
    package var isServing = false
    /// The lease as last seen says that somebody serves, and was renewed a moment before that.
    package var hasMaster = false
    /// Since the last renewal that was seen, by this host's clock.
    package var leaseAge: Duration?
    /// Since the last own beat began, and the last good one.
    package var beatAge: Duration?
    package var goodBeatAge: Duration?
    /// Unix time.
    package var startedAtMilliseconds: Int64 = 0
    /// As the master last published them; empty on a standby.
    package var destinations: [QueueSummary] = []
    /// Likewise: messages that are to be sent later, and what they have in properties and bodies.
    package var scheduledMessages: Int64 = 0
    package var scheduledBytes: Int64 = 0
    package var connections = 0
    package var maximumConnections = 0
    package var store = StoreCounts()

    /// Since the process started.
    package struct StoreCounts: Hashable, Sendable {
        package var commits: Int64 = 0
        package var rows: Int64 = 0

        package init(commits: Int64 = 0, rows: Int64 = 0) {
            self.commits = commits
            self.rows = rows
        }
    }

    package init(version: String, brokerName: String) {
        self.version = version
        self.brokerName = brokerName
    }

    package var role: ElectionSnapshot.Role { self.snapshot?.role ?? .standby }

    /// Who holds the lease, as far as this broker has seen.
    package var holder: LeaseRow? {
        guard let lease = self.snapshot?.lease, lease.phase.isHeld else { return nil }
        return lease
    }
}
