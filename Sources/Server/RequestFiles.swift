package import BrokerCore
import Election
import Glibc

/// What an operator asks of the master, as it stands in a file: a line each.
///
///     remove JOBID
///     remove-due FIRST_MS LAST_MS
///     commit XID
///     rollback XID
package enum OperatorRequest: Hashable, Sendable {
    case removeSchedule(String)
    case removeSchedules(ClosedRange<Int64>)
    case resolve(XATransactionID, commits: Bool)

    var text: String {
        switch self {
        case .removeSchedule(let jobID): "remove \(jobID)\n"
        case .removeSchedules(let range): "remove-due \(range.lowerBound) \(range.upperBound)\n"
        case .resolve(let id, let commits): "\(commits ? "commit" : "rollback") \(id)\n"
        }
    }

    /// Nil for what no program of this version has written.
    init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        switch words[0] {
        case "remove":
            self = .removeSchedule(String(words[1]))
        case "remove-due":
            let numbers = words[1].split(separator: " ").map { Int64($0) }
            guard numbers.count == 2, let first = numbers[0], let last = numbers[1], first <= last else { return nil }
            self = .removeSchedules(first...last)
        case "commit", "rollback":
            guard let id = XATransactionID(String(words[1])) else { return nil }
            self = .resolve(id, commits: words[0] == "commit")
        default:
            return nil
        }
    }
}

/// What the master says when it has carried out all of a request, durably, or none of it.
enum OperatorAnswer: Hashable, Sendable {
    case done
    /// What was to be changed is not there, or not any more.
    case notFound
    case refused(String)

    var text: String {
        switch self {
        case .done: "done"
        case .notFound: "not found"
        case .refused(let reason): "refused: \(reason)"
        }
    }

    /// What a program of another version says, it has refused.
    init(_ text: String) {
        switch text {
        case Self.done.text: self = .done
        case Self.notFound.text: self = .notFound
        default: self = .refused(text)
        }
    }
}

/// The folder in the data directory through which operators reach the master, from any host that mounts it.
///
/// Who may write there is who may write the store. The master makes the folder, looks into it with its beats, carries
/// out what it finds, and answers each `NAME.request` by `NAME.answer`; the asker removes that. A file comes under its
/// name when it is whole. What is asked has no effect when it is done a second time, so that a request which a master
/// left behind as it died is done by the next; where that finds nothing left to do, it says so.
struct RequestFiles: Sendable {
    static let folder = "requests"
    private static let maximumBytes = 1 << 20
    private let path: String

    init(directory: String) { self.path = "\(directory)/\(Self.folder)" }

    // MARK: The master's side

    func make() { mkdir(self.path, 0o750) }

    /// Everything that is asked, by name. A file that can't be read is left for the next look.
    func requests() -> [(name: String, requests: [OperatorRequest?])] {
        self.names(ending: ".request").compactMap { name in
            guard let text = self.text(of: "\(name).request") else { return nil }
            return (name, text.split(separator: "\n").map { OperatorRequest($0) })
        }
    }

    /// Answers a request and takes it away.
    func answer(_ name: String, _ answer: OperatorAnswer) throws(SystemFailure) {
        try self.write("\(answer.text)\n", as: "\(name).answer")
        try FileNames.remove("\(self.path)/\(name).request")
    }

    // MARK: The asker's side

    /// Leaves a request.
    func ask(_ requests: [OperatorRequest], name: String) throws(SystemFailure) {
        try self.write(requests.map(\.text).joined(), as: "\(name).request")
    }

    /// The answer, which is taken away; nil while there is none.
    func takeAnswer(_ name: String) -> OperatorAnswer? {
        guard let text = self.text(of: "\(name).answer") else { return nil }
        unlink("\(self.path)/\(name).answer")
        return OperatorAnswer(text.split(separator: "\n").first.map { String($0) } ?? "")
    }

    /// Takes a request back. False where the master has taken it.
    func withdraw(_ name: String) -> Bool { unlink("\(self.path)/\(name).request") == 0 }

    /// Of a request of this process.
    static func name(atMs now: Int64) -> String { "operator-\(getpid())-\(now)" }

    /// Lets a moment pass until the next look for an answer.
    static func pause(milliseconds: Int32) { poll(nil, 0, milliseconds) }

    // MARK: Files

    private func names(ending suffix: String) -> [String] {
        do throws(SystemFailure) {
            return try FileNames.list(self.path)
                .filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
                .map { String($0.dropLast(suffix.count)) }
                .sorted()
        } catch {
            return []
        }
    }

    private func text(of name: String) -> String? {
        do throws(SystemFailure) {
            // Whatever stands there under such a name, opening it must not wait.
            let file = try FileHandle.open("\(self.path)/\(name)", O_RDONLY | O_NONBLOCK)
            let bytes = try file.read(upTo: Self.maximumBytes + 1)
            return bytes.count > Self.maximumBytes ? nil : String(decoding: bytes, as: UTF8.self)
        } catch {
            return nil
        }
    }

    /// Under another name first, so that nobody reads a half of it.
    private func write(_ text: String, as name: String) throws(SystemFailure) {
        let temporary = "\(self.path)/.\(name).new"
        do throws(SystemFailure) {
            let file = try FileHandle.open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Array(text.utf8), at: 0)
            try file.synchronize()
            try FileNames.rename(temporary, to: "\(self.path)/\(name)")
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
