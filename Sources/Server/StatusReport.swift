package import Election
package import SQLiteStore

/// What `lockkeeper status` says of a data directory: the lease for who is master, and for what waits the store where
/// it can be read from outside, else the summary that the master keeps in the lease database.
package struct StatusReport: Sendable {
    private let election: ElectionStatus
    private let queues: [Queue]
    private let source: Source

    private struct Queue {
        let name: String
        let kind: String
        let messages: Int64
        /// Nil where nobody serves the queue.
        let traffic: QueueSummary?
    }

    /// Where the depths come from.
    private enum Source: String {
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

    /// Reads both files of a directory.
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

// MARK: - For people

extension StatusReport {
    /// Lines for a terminal.
    package var text: String {
        let lease = self.election.lease
        var rows = [
            ("directory", self.election.directory), ("master", self.masterText), ("epoch", "\(lease.epoch)"),
            ("elected", "\(WallTime.readable(lease.acquiredAtMilliseconds)) UTC"), ("lease", self.leaseText),
        ]
        if let newest = self.election.history.first {
            rows.append(("last event", "\(newest.event), \(WallTime.readable(newest.happenedAtMilliseconds)) UTC"))
        }
        let width = rows.map(\.0.count).max() ?? 0
        let head = rows.map { "\(Self.padded($0.0, width))  \($0.1)" }.joined(separator: "\n")
        return "\(head)\n\n\(self.table)\n"
    }

    private var masterText: String {
        let holder = self.election.lease.holder
        let who = "\(holder.name) on \(holder.host), pid \(holder.process.pid)"
        return switch self.election.standing {
        case .serving: "\(who), serving"
        case .starting: "\(who), elected and opening its store"
        case .stale: "unknown: \(who) does not renew its lease (\(self.election.holderLife.rawValue))"
        case .dead: "none: \(who) has ended without giving its lease back"
        case .released: "none: \(who) was stopped"
        case .steppedDown: "none: \(who) stepped down; the log and ha_history in lease.db say why"
        }
    }

    private var leaseText: String {
        let ms = self.election.age.wholeMilliseconds
        let age = ms < 10_000 ? "\(ms) ms" : "\(ms / 1000) s"
        return "renewed \(age) ago, by the clocks of the two hosts"
    }

    private var table: String {
        guard !self.queues.isEmpty else { return "no queues" }
        var rows = [["destination", "messages", "consumers", "producers", "enqueued", "dequeued"]]
        for queue in self.queues {
            let traffic = queue.traffic.map { [$0.consumers, $0.producers, $0.enqueued, $0.dequeued] }
            let cells = traffic?.map { "\($0)" } ?? ["-", "-", "-", "-"]
            rows.append(["\(queue.kind)://\(queue.name)", "\(queue.messages)"] + cells)
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.indices.map { $0 == 0 ? Self.padded(row[0], widths[0]) : Self.padded(row[$0], widths[$0], left: true) }
                .joined(separator: "  ")
        }
        let note = self.source == .summary ? "\n(depths as the last master published them)" : ""
        return lines.joined(separator: "\n") + note
    }

    private static func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return left ? space + text : text + space
    }
}

// MARK: - For programs

extension StatusReport {
    /// One JSON object. Names are kept stable; times are Unix milliseconds.
    package var json: String {
        let lease = self.election.lease
        let holder = lease.holder
        var fields = [
            ("directory", Self.quoted(self.election.directory)),
            ("standing", Self.quoted(self.election.standing.rawValue)),
            ("has_master", self.election.standing == .serving ? "true" : "false"),
            ("holder", Self.quoted(holder.name)), ("host", Self.quoted(holder.host)),
            ("pid", "\(holder.process.pid)"), ("instance", Self.quoted("\(holder.instance)")),
            ("epoch", "\(lease.epoch)"), ("acquired_at_ms", "\(lease.acquiredAtMilliseconds)"),
            ("renewed_at_ms", "\(lease.renewedAtMilliseconds)"),
            ("lease_age_ms", "\(self.election.age.wholeMilliseconds)"),
            ("depths_from", Self.quoted(self.source.rawValue)),
        ]
        let queues = self.queues.map { queue in
            let numbers: [(String, Int64?)] = [
                ("consumers", queue.traffic?.consumers), ("producers", queue.traffic?.producers),
                ("enqueued", queue.traffic?.enqueued), ("dequeued", queue.traffic?.dequeued),
            ]
            return Self.object(
                [
                    ("name", Self.quoted(queue.name)), ("kind", Self.quoted(queue.kind)),
                    ("messages", "\(queue.messages)"),
                ] + numbers.map { ($0.0, $0.1.map { "\($0)" } ?? "null") })
        }
        fields.append(("destinations", "[\(queues.joined(separator: ","))]"))
        return Self.object(fields)
    }

    private static func object(_ fields: [(String, String)]) -> String {
        "{\(fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}"
    }

    /// RFC 8259, section 7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
            case let other: result.unicodeScalars.append(other)
            }
        }
        return result + "\""
    }
}
