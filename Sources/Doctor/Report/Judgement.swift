import Election

/// What all findings together mean for two brokers.
struct Judgement: Hashable, Sendable {
    /// Nil: not known.
    var safe: Bool?
    /// Why not, or why it is not known; the weightiest first.
    var because: [String] = []
    var remedies: [String] = []
    /// What an operator should know although it is safe.
    var warnings: [String] = []
    /// What a yes is good for.
    var scope = ""

    struct Evidence {
        var findings: [Finding]
        var locks: [LockKind: Examination.LockState]
        var hosts: [HostFacts]
        /// Why the kinds that were granted twice were, by the host that can say.
        var cause: FalseLock?
        /// Whether a second doctor took part.
        var hasPeer: Bool
        var interruption: DoctorError?
    }

    /// The words of a ``FalseLockCause``, which a peer may have found.
    struct FalseLock: Hashable, Sendable {
        var word: String
        var sentence: String
        var remedy: String
    }

    init(_ evidence: Evidence) {
        self.weighMounts(evidence.hosts)
        self.weighSharedDisk(evidence.hosts)
        self.weighLocks(evidence)
        for finding in evidence.findings where !Self.lockChecks.contains(finding.check) {
            switch finding.outcome {
            case .bad: self.because.append(Self.sentence(finding))
            case .warning: self.warnings.append(Self.sentence(finding))
            case .ok, .info, .skipped: break
            }
        }
        if let interruption = evidence.interruption {
            self.safe = self.because.isEmpty ? nil : false
            self.because.append(interruption.description)
        } else if !self.because.isEmpty {
            self.safe = false
        } else {
            self.weighReach(evidence)
        }
    }

    // MARK: Private

    private static func sentence(_ finding: Finding) -> String {
        "\(finding.check.rawValue) (\(finding.between)): \(finding.text)"
    }

    private static let lockChecks: Set<Check> = [.lockFlock, .lockFcntl, .lockOFD]

    private mutating func weighMounts(_ hosts: [HostFacts]) {
        for host in hosts {
            for danger in host.refusals {
                self.because.append("\(host.label) has it mounted with \(danger.option): \(danger.reason)")
                self.remedies.append("\(host.label): \(danger.remedy)")
            }
            for danger in host.warnings { self.warnings.append("\(host.label): \(danger)") }
        }
    }

    private mutating func weighLocks(_ evidence: Evidence) {
        var falseKinds: [LockKind] = []
        var between: [String] = []
        for kind in LockKind.allCases {
            switch evidence.locks[kind] {
            case .isFalse(let places):
                falseKinds.append(kind)
                for place in places where !between.contains(place) { between.append(place) }
            case .fails(let why):
                self.because.append("\(kind.rawValue) locks cannot be taken: \(why)")
                self.remedies.append(Self.remedyOfFailure(evidence.hosts))
            case .holds, nil: break
            }
        }
        guard !falseKinds.isEmpty else { return }
        let decides = [LockKind.flock, .ofd].contains { evidence.locks[$0] == .holds }
        let names = falseKinds.map(\.rawValue)
        let which =
            names.count == 1 ? names[0] : "\(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
        var text = "\(which) locks are false: granted to both (\(between.joined(separator: ", ")))"
        if let cause = evidence.cause { text += "; \(cause.sentence)" }
        if decides {
            let other = falseKinds.contains(.flock) ? "fcntl locks" : "flock"
            self.warnings.append("\(text); only \(other) decide\(other == "flock" ? "s" : "") between brokers here")
        } else {
            self.because.append(text)
            // The mount's own remedy may be there already, with the host's name.
            if let cause = evidence.cause, !self.remedies.contains(where: { $0.hasSuffix(cause.remedy) }) {
                self.remedies.append(cause.remedy)
            }
        }
    }

    private static func remedyOfFailure(_ hosts: [HostFacts]) -> String {
        hosts.contains { $0.field("file_system") == "nfs3" }
            ? "start rpc.statd on client and server, and see that it can write its state"
            : "use a file system that has file locks, or mount it so that it has"
    }

    /// Two hosts that mount a file system made for one destroy it.
    private mutating func weighSharedDisk(_ hosts: [HostFacts]) {
        guard hosts.count > 1, hosts.allSatisfy(\.isOfOneHost), Set(hosts.map(\.bootID)).count == hosts.count else {
            return
        }
        let kind = hosts[0].field("file_system")
        self.because.append("\(kind) is made for one host, and two have it mounted: they destroy it")
        self.remedies.append(
            "unmount it on all hosts but one, check it with fsck, and use a cluster file system or NFS")
    }

    private mutating func weighReach(_ evidence: Evidence) {
        guard evidence.hasPeer else {
            if evidence.hosts.allSatisfy(\.isOfOneHost) {
                self.safe = true
                self.scope = "both on this host: the file system belongs to it alone"
            } else {
                self.safe = nil
                self.because.append("what holds within one host says nothing about two")
                self.remedies.append("run it on both hosts at once, each with --peer and the name of the other")
            }
            return
        }
        self.safe = true
        let bootIDs = Set(evidence.hosts.map(\.bootID))
        if bootIDs.count < evidence.hosts.count {
            self.warnings.append(
                "both doctors ran on one host, over mounts of its own: run them on the two hosts that will have brokers"
            )
        }
    }
}
