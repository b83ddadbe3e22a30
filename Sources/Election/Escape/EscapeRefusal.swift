/// Why nobody may take over from the holder of a lock, or why it did not work out. One line each, with the remedy.
package enum EscapeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// No broker ever ran here: there are no lock files.
    case neverUsed(directory: String)
    /// The locks can be had as they are.
    case locksAreFree
    /// Lease or beats moved while we watched: somebody lives.
    case moves(EscapeParty)
    /// The holder's process is on this host, where it can be ended for certain.
    case processRunsHere(EscapeParty, ProcessLife)
    /// The kind of lock that this cluster file system keeps per host is held: by a process of this host.
    case heldOnThisHost
    /// The cluster frees the locks of a node that it knows to be dead: it says that the node lives.
    case clusterSaysAlive(fileSystem: String, EscapeParty?)
    /// The server frees the locks of a client whose lease ran out.
    case serverLease(remaining: Duration)
    /// Not watched for as long as the longest take-over time in any record.
    case notSilentLongEnough(watched: Duration, needed: Duration)
    /// Another broker, or another take-over, has this epoch by now.
    case raced(Epoch)
    case epochsExhausted
    /// A newer program wrote `lease.db`.
    case newerLease(String)
    /// A file could not be looked at or made. What was done stays, and harms nobody.
    case failed(SystemFailure)
    case leaseFailed(String)

    package var description: String {
        switch self {
        case .neverUsed(let directory):
            "no broker has ever run on \(directory): there are no locks to take over"
        case .locksAreFree:
            "nobody holds the locks: no take-over is needed; start a broker, or let a standby go on by itself"
        case .moves(let party):
            "\(party) lives: its lease or beat moved while we watched; stop it there, and a standby takes over at once"
        case .processRunsHere(let party, .stopped):
            "the process of \(party) is on this host and is stopped: let it go on with kill -CONT \(party.pid), or end "
                + "it with kill -9 \(party.pid), and a standby takes over at once"
        case .processRunsHere(let party, _):
            "the process of \(party) runs on this host: end it with kill -9 \(party.pid), and a standby takes over at "
                + "once"
        case .heldOnThisHost:
            "only the fcntl lock is held, which this file system keeps for each host by itself: see which process of "
                + "this host holds it with lslocks, and end that"
        case .clusterSaysAlive(let fileSystem, let party):
            "\(fileSystem) still holds the lock for \(party?.description ?? "its holder"), so the cluster says that the "
                + "node lives: wait until it has declared it dead, or fence the node"
        case .serverLease(let remaining):
            "the NFSv4 server frees the lock of a dead client by itself: wait another \(remaining.wholeSeconds) s"
        case .notSilentLongEnough(let watched, let needed):
            "the holder was watched for \(watched.wholeSeconds) s only, and may be silent for \(needed.wholeSeconds) s: "
                + "try again later"
        case .raced(let epoch):
            "epoch \(epoch) was claimed by another broker or another take-over meanwhile: see lockkeeper status"
        case .epochsExhausted: "the epochs of this directory have run out: its epoch files are damaged"
        case .newerLease(let text): text
        case .failed(let failure):
            "the take-over could not be finished: \(failure); nothing is lost: remove the cause and run it again"
        case .leaseFailed(let text):
            "the take-over could not be finished: lease.db: \(text); nothing is lost: remove the cause and run it again"
        }
    }
}

/// A broker, as people are told of it.
package struct EscapeParty: Hashable, Sendable, CustomStringConvertible {
    package let broker: String
    package let host: String
    package let pid: Int32
    package let epoch: Epoch

    init(_ broker: BrokerIdentity, _ epoch: Epoch) {
        self.broker = broker.name
        self.host = broker.host
        self.pid = broker.process.pid
        self.epoch = epoch
    }

    init(_ row: LeaseRow) { self.init(row.holder, row.epoch) }

    package var description: String {
        "broker \(self.broker) on \(self.host) (process \(self.pid), epoch \(self.epoch))"
    }
}

extension EscapeRefusal {
    static func files<Value: ~Copyable>(
        _ body: () throws(SystemFailure) -> Value
    ) throws(EscapeRefusal) -> Value {
        do throws(SystemFailure) {
            return try body()
        } catch {
            throw .failed(error)
        }
    }

    static func lease<Value>(_ body: () throws(LeaseError) -> Value) throws(EscapeRefusal) -> Value {
        do throws(LeaseError) {
            return try body()
        } catch {
            switch error {
            case .system(let failure): throw .failed(failure)
            case .newer(let text): throw .newerLease(text)
            case .sqlite, .foreign, .notOpen: throw .leaseFailed(error.description)
            }
        }
    }
}

extension Duration {
    /// Rounded up, as countdowns are.
    var wholeSeconds: Int64 { (self.wholeMilliseconds + 999) / 1000 }
}
