import Election

/// One host's view of the examined directory, before anything is tried.
struct HostFacts: Sendable {
    let label: String
    let host: String
    let bootID: String
    /// The verdict on the file system, as its log line has it.
    let fields: [(key: String, value: String)]
    let refusals: [MountDanger]
    let warnings: [MountDanger]

    init(label: String, host: String, bootID: String, verdict: FileSystemVerdict) {
        self.label = label
        self.host = host
        self.bootID = bootID
        self.fields = verdict.fields
        self.refusals = verdict.refusals
        self.warnings = verdict.warnings
    }

    func field(_ key: String) -> String { self.fields.first { $0.key == key }?.value ?? "" }

    /// Locks on it hold, but no second host can have it.
    var isOfOneHost: Bool { self.field("locks") == LockReach.oneHost.rawValue }

    // MARK: Between doctors

    var message: Message {
        .answer([
            "host": self.host, "boot_id": self.bootID, "fields": String(self.fields.count),
            "refusals": String(self.refusals.count), "warnings": String(self.warnings.count),
        ])
    }

    /// One field; what would not fit into a message is cut.
    func field(at index: Int) -> Message {
        guard self.fields.indices.contains(index) else { return .failed("there is no field \(index)") }
        return .answer(["key": self.fields[index].key, "value": String(self.fields[index].value.prefix(400))])
    }

    /// One of all dangers, refusals first.
    func danger(_ index: Int) -> Message {
        let all = self.refusals + self.warnings
        guard all.indices.contains(index) else { return .failed("there is no danger \(index)") }
        return .answer(["option": all[index].option, "reason": all[index].reason, "remedy": all[index].remedy])
    }

    /// Asks the peer for all of it.
    init(of site: PeerSite) throws(DoctorError) {
        let about = try site.ask(Message(PeerServant.about))
        self.label = site.label
        self.host = try about.text("host")
        self.bootID = try about.text("boot_id")
        var fields: [(key: String, value: String)] = []
        for index in 0..<Int(try about.number("fields", in: 0...50)) {
            let field = try site.ask(Message(PeerServant.field, ["index": String(index)]))
            fields.append((try field.text("key"), try field.text("value")))
        }
        self.fields = fields
        let refused = Int(try about.number("refusals", in: 0...20))
        let warned = Int(try about.number("warnings", in: 0...20))
        var dangers: [MountDanger] = []
        for index in 0..<(refused + warned) {
            let danger = try site.ask(Message(PeerServant.danger, ["index": String(index)]))
            dangers.append(
                MountDanger(
                    option: try danger.text("option"), reason: try danger.text("reason"),
                    remedy: try danger.text("remedy")))
        }
        self.refusals = Array(dangers.prefix(refused))
        self.warnings = Array(dangers.dropFirst(refused))
    }
}
