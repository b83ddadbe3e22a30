import Election

/// Puts two parties through all checks, one after the other.
///
/// The same script serves one host, where both parties are processes of it, and two hosts, where the second is the
/// peer's. It touches no file itself: parties do, in processes of their own, so that a hanging call is an answer.
final class Examination {
    struct Plan {
        let first: Party
        let second: Party
        /// Pairs of processes that share a host, where ``first`` and ``second`` do not.
        let neighbours: [(Party, Party)]
        /// What all scratch names begin with.
        let prefix: String
        let mode: StoreMode
        /// What is under way, for people who wait.
        let tell: (String) -> Void
    }

    /// What became of one kind of lock, in all directions together.
    enum LockState: Hashable {
        case holds
        /// Granted to both, between the parties named.
        case isFalse(between: [String])
        /// The call itself fails.
        case fails(String)
    }

    let plan: Plan
    private(set) var findings: [Finding] = []
    var locks: [LockKind: LockState] = [:]
    /// Microseconds that the second party's clock is ahead of the first's, and by how much that may be wrong.
    var clockOffset: (microseconds: Int64, uncertainty: Int64) = (0, 0)
    private var names = 0

    init(_ plan: Plan) { self.plan = plan }

    var first: Party { self.plan.first }
    var second: Party { self.plan.second }
    var both: String { "\(self.first.label), \(self.second.label)" }

    /// All checks that need no operator.
    func run() throws(DoctorError) {
        self.plan.tell("locks")
        try self.examineLocks()
        try self.examineCounting()
        try self.examinePingPong()
        self.plan.tell("names")
        try self.examineCreation()
        try self.examineRenaming()
        self.plan.tell("syncs")
        try self.examineSyncs()
        self.plan.tell("visibility")
        try self.examineSight(from: self.first, to: self.second, offset: self.clockOffset.microseconds)
        try self.examineSight(from: self.second, to: self.first, offset: -self.clockOffset.microseconds)
        try self.examineMemory(from: self.first, to: self.second)
        try self.examineMemory(from: self.second, to: self.first)
        self.plan.tell("appends and SQLite")
        try self.examineAppending()
        try self.examineSQLite()
    }

    // MARK: For the checks

    func add(_ finding: Finding) { self.findings.append(finding) }

    /// A name that nothing has had before: what a host remembers of old names is no help and no harm.
    func file(_ purpose: String) -> String {
        self.names += 1
        return "\(self.plan.prefix)\(self.names)-\(purpose)"
    }

    /// Both parties at the same time.
    func together(_ mine: Message, _ theirs: Message) throws(DoctorError) -> (Message, Message) {
        try self.together(self.first, mine, self.second, theirs)
    }

    func together(
        _ one: Party, _ task: Message, _ other: Party, _ otherTask: Message
    ) throws(DoctorError) -> (Message, Message) {
        // The farther one first: its message takes longer.
        try other.site.begin(otherTask, helper: other.helper)
        try one.site.begin(task, helper: one.helper)
        let answer = try one.site.finish(task, helper: one.helper)
        return (answer, try other.site.finish(otherTask, helper: other.helper))
    }

    /// Adds the finding for a check that could not be carried out. True if it could.
    func succeeded(
        _ answers: [Message], _ check: Check, _ between: String, otherwise outcome: Finding.Outcome = .bad
    ) -> Bool {
        guard let failure = answers.compactMap(\.failure).first else { return true }
        self.add(Finding(check, between, outcome, "failed: \(failure)"))
        return false
    }

    func holds(_ kind: LockKind) -> Bool { self.locks[kind] == .holds }

    /// A kind of lock that decides between brokers here.
    var deciding: LockKind? { [LockKind.flock, .ofd].first(where: self.holds) }
}
