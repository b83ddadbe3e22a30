package import Election
package import SQLiteStore

/// What `lockkeeper status` says of a data directory: the lease for who is master, and for what waits the store where
/// it can be read from outside, else the summary that the master keeps in the lease database.
package struct StatusReport: Sendable {
    let election: ElectionStatus
    let queues: [Queue]
    let source: Source
    /// Messages that are to be sent later; nil where the store cannot be read from outside.
    let scheduled: Int64?

    struct Queue {
        let name: String
        let kind: String
        let messages: Int64
        /// Nil where nobody serves the queue.
        let traffic: QueueSummary?
    }

    /// Where the depths come from.
    enum Source: String {
        /// Exact, as of now.
        case store = "broker.db"
        /// As of the last second in which a master served.
        case summary = "lease.db"
    }

    /// - Parameter store: nil where the store cannot be read from outside.
    package init(_ election: ElectionStatus, _ store: StoreReport?) {
        self.election = election
        let isServing = election.standing == .serving
        let summaries = election.queues
        self.scheduled = store?.scheduled
        guard let store else {
            self.source = .summary
            self.queues = summaries.map {
                Queue(name: $0.destination, kind: $0.kind, messages: $0.messages, traffic: isServing ? $0 : nil)
            }
            return
        }
        self.source = .store
        var queues = store.queues.map { queue in
            let summary = summaries.first { $0.kind == "queue" && $0.destination == queue.name }
            return Queue(
                name: queue.name, kind: "queue", messages: queue.messages, traffic: isServing ? summary : nil)
        }
        // What was never stored is known to the master alone.
        let stored = Set(store.queues.map(\.name))
        for summary in summaries where isServing && (summary.kind != "queue" || !stored.contains(summary.destination)) {
            queues.append(
                Queue(
                    name: summary.destination, kind: summary.kind, messages: summary.messages, traffic: summary))
        }
        self.queues = queues
    }

    /// Whether anybody serves: what a script that watches the directory asks for.
    package var hasMaster: Bool { self.election.standing == .serving }

    /// Reads both files of a directory, and the beats of its brokers.
    package static func read(_ directory: DataDirectory) throws(StartError) -> StatusReport {
        let election: ElectionStatus
        do throws(ElectionStatusError) {
            election = try ElectionStatus.read(directory: directory.path)
        } catch {
            throw StartError(error)
        }
        do throws(StoreInspectionError) {
            return StatusReport(election, try StoreInspector.report(onDirectory: directory.path))
        } catch {
            switch error {
            case .missing, .locked, .needsRecovery, .outdated, .notReadable, .io: return StatusReport(election, nil)
            case .schema: throw StartError(.configuration, error.description)
            case .corrupt: throw StartError(.io, error.description)
            }
        }
    }
}
