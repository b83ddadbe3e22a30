import Election

/// The side that does what the other one's examination asks for, until it is told the outcome.
struct PeerServant {
    static let helperKey = "helper"
    static let kill = "kill"
    static let about = "about"
    static let field = "field"
    static let danger = "danger"
    static let cause = "cause"
    static let clock = "clock"
    static let cut = "cut"
    static let outcome = "outcome"

    let channel: PeerChannel
    let site: LocalSite
    let scratch: Scratch
    let facts: HostFacts
    let verdict: FileSystemVerdict
    /// What people are told while they wait.
    let tell: (String) -> Void

    /// How the examination ended.
    struct Outcome {
        let status: Int32
        /// The report, in the form this side asked for.
        let report: String
    }

    /// Serves until the outcome comes.
    func run() throws(DoctorError) -> Outcome {
        while true {
            // Between two requests the other side may be in a step with itself, or be counting down.
            let request = try self.channel.receive(within: .seconds(900), for: "the next step")
            switch request.verb {
            case Self.outcome: return try self.take(request)
            case Self.cut: try self.beCut(request)
            default: try self.channel.send(try self.answer(request))
            }
        }
    }

    private func answer(_ request: Message) throws(DoctorError) -> Message {
        switch request.verb {
        case Self.about: return self.facts.message
        case Self.field: return self.facts.field(at: Int(try request.number("index", in: 0...100)))
        case Self.danger: return self.facts.danger(Int(try request.number("index", in: 0...100)))
        case Self.cause: return Self.cause(try request.text("granted"), self.verdict)
        case Self.clock:
            return .answer([
                "boot_us": String(DoctorClock.microseconds()), "wall_ms": String(DoctorClock.wallMilliseconds()),
            ])
        default: break
        }
        let helper = Int(try request.number(Self.helperKey, in: 0...1))
        if request.verb == Self.kill {
            try self.site.kill(helper: helper)
            return .answer()
        }
        do throws(DoctorError) {
            try self.site.begin(request, helper: helper)
            return try self.site.finish(request, helper: helper)
        } catch {
            return .failed(error.description)
        }
    }

    private static func cause(_ granted: String, _ verdict: FileSystemVerdict) -> Message {
        let kinds = granted.split(separator: ",").compactMap { LockKind(rawValue: String($0)) }
        let cause = FalseLockCause(verdict, granted: Set(kinds))
        return .answer(["word": cause.word.rawValue, "sentence": cause.sentence, "remedy": cause.remedy])
    }

    private func take(_ message: Message) throws(DoctorError) -> Outcome {
        let file = try message.text("file")
        let length = Int(try message.number("length", in: 0...1 << 20))
        guard !file.contains("/"), !file.hasPrefix(".") else { throw .garbled("the report's name") }
        let bytes: [UInt8]
        do throws(SystemFailure) {
            let whole = (length + 4095) / 4096 * 4096
            bytes = try ProbeFile.wholeContent(of: "\(self.scratch.directory)/\(file)", upTo: max(4096, whole))
        } catch {
            throw .unusable(error)
        }
        guard bytes.count >= length, CRC32.hexadecimal(of: Array(bytes.prefix(length))) == message["crc"] else {
            throw .garbled("the report, which differs between the hosts")
        }
        let outcome = Outcome(
            status: Int32(clamping: try message.number("status", in: 0...255)),
            report: String(decoding: bytes.prefix(length), as: UTF8.self))
        try self.channel.send(.answer())
        return outcome
    }

    /// Tells the operator to cut this host's power, and goes on saying how many blocks are on the storage.
    private func beCut(_ request: Message) throws(DoctorError) {
        let deadline = Deadline(in: request.duration)
        try self.channel.send(.answer())
        self.tell(
            "CUT THE POWER OF THIS HOST NOW: pull its plug, or reset or pause the virtual machine. Its helper holds the "
                + "locks and writes; \(self.channel.peer.name) measures when they are freed.")
        var told = Int64.max
        while !deadline.isOver {
            let done = try self.ask(Message(.blocksDone))
            try self.channel.tellBlocksDone(try done.number("done"))
            let rest = deadline.rest.wholeMilliseconds / 10_000
            if rest < told { self.tell("still alive; \(deadline.rest.wholeMilliseconds / 1000) s left for the cut") }
            told = rest
            self.channel.look()
            // The other side has given up waiting, or has seen what it wanted to see.
            if self.channel.hasNews { break }
            DoctorClock.pause(microseconds: 200_000)
        }
    }

    private func ask(_ task: Message) throws(DoctorError) -> Message {
        try self.site.begin(task, helper: 0)
        return try self.site.finish(task, helper: 0)
    }
}
