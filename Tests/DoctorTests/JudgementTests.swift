import Testing

@testable import Doctor
@testable import Election

@Suite struct JudgementTests {
    private typealias State = Examination.LockState

    private static func facts(
        _ label: String, _ magic: UInt64, _ type: String, _ options: String = "rw", boot: String? = nil
    ) -> HostFacts {
        HostFacts(
            label: label, host: "host-\(label)", bootID: boot ?? "boot-\(label)",
            verdict: FileSystemVerdict(
                path: "/data", magic: magic,
                mount: Mount(
                    point: "/data", type: type, source: "src", options: options.split(separator: ",").map(String.init)))
        )
    }

    private static let nfs = [facts("a", 0x6969, "nfs4", "vers=4.2"), facts("b", 0x6969, "nfs4", "vers=4.2")]
    private static let holding: [LockKind: State] = [.flock: .holds, .fcntl: .holds, .ofd: .holds]

    private static func judge(
        _ locks: [LockKind: State] = holding, _ findings: [Finding] = [], hosts: [HostFacts] = nfs,
        hasPeer: Bool = true,
        interruption: DoctorError? = nil
    ) -> Judgement {
        Judgement(
            Judgement.Evidence(
                findings: findings, locks: locks, hosts: hosts,
                cause: Judgement.FalseLock(word: "unknown", sentence: "nobody knows why", remedy: "do this"),
                hasPeer: hasPeer, interruption: interruption))
    }

    @Test func allGoodIsSafe() {
        let judgement = Self.judge()
        #expect(judgement.safe == true)
        #expect(judgement.because.isEmpty && judgement.warnings.isEmpty)
    }

    @Test func allKindsFalseIsUnsafeAndNamesAllThree() {
        let between = State.isFalse(between: ["a -> b", "b -> a"])
        let judgement = Self.judge([.flock: between, .fcntl: between, .ofd: between])
        #expect(judgement.safe == false)
        #expect(judgement.because.count == 1)
        #expect(judgement.because.first?.hasPrefix("flock, fcntl and ofd locks are false") == true)
        #expect(judgement.because.first?.contains("nobody knows why") == true)
        #expect(judgement.remedies == ["do this"])
    }

    @Test(arguments: [
        ([LockKind.fcntl, .ofd], "only flock decides"), ([.flock], "only fcntl locks decide"),
        ([.fcntl], "only flock decides"),
    ])
    func oneKindThatHoldsDecides(kinds: [LockKind], words: String) {
        var locks = Self.holding
        for kind in kinds { locks[kind] = .isFalse(between: ["a -> b"]) }
        let judgement = Self.judge(locks)
        #expect(judgement.safe == true)
        #expect(judgement.warnings.first?.contains(words) == true, "\(judgement.warnings)")
    }

    @Test(arguments: LockKind.allCases) func aLockThatCannotBeTakenIsUnsafe(kind: LockKind) {
        var locks = Self.holding
        locks[kind] = .fails("No locks available")
        let judgement = Self.judge(locks)
        #expect(judgement.safe == false)
        #expect(judgement.because.first?.contains("No locks available") == true)
        #expect(!judgement.remedies.isEmpty)
    }

    @Test func findingsCountByTheirOutcome() {
        let findings = [
            Finding(.create, "a, b", .bad, "twice"), Finding(.replaced, "a -> b", .warning, "late"),
            Finding(.map, "a -> b", .info, "none"), Finding(.sync, "a", .ok, "fast"),
            Finding(.lockFlock, "a, b", .bad, "said by the locks"),
        ]
        let judgement = Self.judge(Self.holding, findings)
        #expect(judgement.safe == false)
        #expect(judgement.because == ["create.exclusive (a, b): twice"])
        #expect(judgement.warnings == ["rename.replaced (a -> b): late"])
    }

    @Test func refusedMountsAreUnsafeWhateverTheLocksSaid() {
        let hosts = [Self.facts("a", 0x6969, "nfs", "vers=3,nolock"), Self.facts("b", 0x6969, "nfs", "vers=3")]
        let judgement = Self.judge(hosts: hosts)
        #expect(judgement.safe == false)
        #expect(judgement.because.first?.hasPrefix("a has it mounted with nolock") == true)
    }

    @Test func aDiskOfTwoHostsIsUnsafeUnlessTheyAreOne() {
        func hosts(_ boots: [String]) -> [HostFacts] {
            zip(["a", "b"], boots).map { Self.facts($0, 0xEF53, "ext4", boot: $1) }
        }
        #expect(Self.judge(hosts: hosts(["x", "y"])).safe == false)
        let one = Self.judge(hosts: hosts(["x", "x"]))
        #expect(one.safe == true)
        #expect(one.warnings.first?.contains("one host") == true)
    }

    @Test func aloneOnlyAFileSystemOfOneHostIsKnown() {
        let local = Self.judge(hosts: [Self.facts("a", 0xEF53, "ext4")], hasPeer: false)
        #expect(local.safe == true)
        #expect(local.scope.contains("this host"))
        let shared = Self.judge(hosts: [Self.nfs[0]], hasPeer: false)
        #expect(shared.safe == nil)
        #expect(shared.remedies.first?.contains("--peer") == true)
    }

    @Test func anInterruptedExaminationKnowsOnlyWhatIsBad() {
        let hang = DoctorError.hangs("x hangs")
        #expect(Self.judge(interruption: hang).safe == nil)
        let bad = [Finding(.create, "a, b", .bad, "twice")]
        #expect(Self.judge(Self.holding, bad, interruption: hang).safe == false)
        #expect(Self.judge(interruption: hang).because == ["x hangs"])
    }
}
