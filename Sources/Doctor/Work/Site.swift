import Election

/// Where tasks are carried out: on this host by helper processes, or on the peer's by its doctor.
protocol Site: AnyObject {
    /// As reports call it.
    var label: String { get }
    /// Starts a task that may take as long as it says, in one of the site's two helpers.
    func begin(_ task: Message, helper: Int) throws(DoctorError)
    /// The answer to the task begun last.
    func finish(_ task: Message, helper: Int) throws(DoctorError) -> Message
    /// Ends a helper as `kill -9` does, and with it its locks.
    func kill(helper: Int) throws(DoctorError)
}

extension Message {
    /// What the task itself may take, beside file calls.
    var duration: Duration { .milliseconds(min(max(0, Int64(self["ms"] ?? "") ?? 0), 600_000)) }
}

/// One process that takes part: a helper of a site.
struct Party {
    let site: any Site
    let helper: Int
    let label: String

    func ask(_ task: Message) throws(DoctorError) -> Message {
        try self.site.begin(task, helper: self.helper)
        return try self.site.finish(task, helper: self.helper)
    }

    func kill() throws(DoctorError) { try self.site.kill(helper: self.helper) }
}

/// Helper processes of this doctor: a hanging file call hangs one of them, and the doctor can say so.
final class LocalSite: Site {
    let label: String
    private let program: String
    private let arguments: [String]
    /// What the calls of one task may take.
    private let limit: Duration
    private let all: Helpers
    private var helpers: [ChildProgram?] = [nil, nil]

    /// - Parameter command: program and arguments of a helper; the scratch directory is added.
    init(label: String, command: [String], scratch: Scratch, limit: Duration, helpers: Helpers) {
        self.label = label
        self.all = helpers
        self.program = command.first ?? ""
        self.arguments = command.dropFirst() + [scratch.directory]
        self.limit = limit
    }

    func begin(_ task: Message, helper index: Int) throws(DoctorError) {
        guard try self.helper(index).send(line: task.line) else { throw self.ended(task) }
    }

    func finish(_ task: Message, helper index: Int) throws(DoctorError) -> Message {
        let limit = task.duration + self.limit
        switch try self.helper(index).receive(within: limit) {
        case .line(let line): return try Message(parsing: line)
        case .silence:
            throw .hangs(
                "\(task.verb) on \(self.label): a file call has not returned for \(limit.wholeMilliseconds / 1000) s")
        case .end: throw self.ended(task)
        }
    }

    func kill(helper index: Int) throws(DoctorError) {
        guard let helper = self.helpers[index] else { return }
        self.helpers[index] = nil
        self.all.forget(helper)
        guard helper.end() else {
            throw .hangs("kill -9 on \(self.label): the process does not end, because a file call of it hangs")
        }
    }

    private func helper(_ index: Int) throws(DoctorError) -> ChildProgram {
        if let helper = self.helpers[index] { return helper }
        do throws(SystemFailure) {
            let helper = try self.all.start { () throws(SystemFailure) in
                try ChildProgram(self.program, self.arguments)
            }
            guard let helper else { throw SystemFailure("spawn", self.program, 0) }
            self.helpers[index] = helper
            return helper
        } catch {
            throw .helper("a helper process cannot be started: \(error)")
        }
    }

    private func ended(_ task: Message) -> DoctorError {
        .helper("the helper process on \(self.label) ended by itself during \(task.verb)")
    }
}

/// The peer's helpers, reached through the peer's doctor.
final class PeerSite: Site {
    /// What sending to and fro may take beside the task.
    static let grace = Duration.seconds(15)

    let label: String
    private let channel: PeerChannel
    private let limit: Duration

    init(label: String, channel: PeerChannel, limit: Duration) {
        self.label = label
        self.channel = channel
        self.limit = limit
    }

    func begin(_ task: Message, helper: Int) throws(DoctorError) {
        try self.channel.send(task.with(PeerServant.helperKey, String(helper)))
    }

    func finish(_ task: Message, helper: Int) throws(DoctorError) -> Message {
        try self.channel.receive(within: task.duration + self.limit + Self.grace, for: task.verb)
    }

    func kill(helper: Int) throws(DoctorError) {
        _ = try self.ask(Message(PeerServant.kill, [PeerServant.helperKey: String(helper)]))
    }

    /// Something for the doctor itself and not for a helper.
    func ask(_ message: Message) throws(DoctorError) -> Message {
        try self.channel.send(message)
        let answer = try self.channel.receive(
            within: message.duration + self.limit + Self.grace, for: message.verb)
        if let failure = answer.failure { throw .peerLost("\(self.label): \(failure)") }
        return answer
    }
}
