@testable import Election

/// The directory as it was copied at some moment.
struct SimulatedBackup {
    let takenAt: Nanoseconds
    let beats: [(name: String, record: BeatRecord?)]
    let epochs: [Epoch]
    let lease: LeaseRow?
    let hasLease: Bool
    let relocation: Epoch?
    let fence: Epoch
    let messages: Set<Int>
}

extension SimulatedWorld {
    private func process(_ target: SimulatedFault.Target) -> SimulatedProcess? {
        switch target {
        case .seat(let number): return self.seats[number].process
        case .master(let otherwise):
            return self.seats.lazy.compactMap(\.process).first { $0.candidacy?.pulse.phase == .master }
                ?? self.seats[otherwise].process
        }
    }

    private func host(_ target: SimulatedFault.Target) -> SimulatedHost {
        switch target {
        case .seat(let number): return self.hosts[self.seats[number].hostNumber]
        case .master(let otherwise):
            return self.process(target)?.host ?? self.hosts[self.seats[otherwise].hostNumber]
        }
    }

    func inject(_ fault: SimulatedFault) {
        self.judge.note("fault: \(fault)")
        if fault.isLockFault { self.judge.lockFaultHappened() }
        switch fault {
        case .stop(let target, let span): self.process(target)?.stop(for: span)
        case .ambush(let target, let moment, let span):
            self.process(target)?.ambush = SimulatedProcess.Ambush(moment: moment, stop: span)
        case .kill(let target): self.process(target)?.end()
        case .leave(let target):
            guard let process = self.process(target) else { return }
            process.isLeaving = true
            process.after(0) { process.candidacy?.leave() }
        case .powerCut(let target, let span): self.powerCut(self.host(target), span)
        case .cutOff(let target, let span): self.cutOff(self.host(target), span)
        case .hang(let target, let span): self.process(target)?.hangUntil = self.now + span
        case .lockLost:
            guard let process = self.process(.master(otherwise: 0)) else { return }
            self.directory.locks.loseAll(of: process)
            self.directory.locksChangedAt = self.now
            self.judge.lockTaken(from: process)
        case .lockFileReplaced(let isRemoved, let isFlock):
            let file = isRemoved ? nil : self.directory.nextInode()
            if isFlock { self.directory.flockFile = file } else { self.directory.posixFile = file }
            self.directory.locksChangedAt = self.now
            for process in self.seats.compactMap(\.process) where process.candidacy?.pulse.phase == .master {
                self.judge.expect(
                    [.lockLost, .leaseSuperseded], of: process, within: 2500 * .millisecond, "lock file replaced")
            }
        case .restore(_, let inPlace): self.restore(inPlace: inPlace)
        case .full(let span):
            self.directory.isFull = true
            self.directory.fullUntil = max(self.directory.fullUntil, self.now + span)
            self.schedule(after: span) { self.directory.isFull = false }
        case .wallJump(let target, let span): self.host(target).jumpWall(by: span)
        case .twin(let number, let host, let span): self.addTwin(of: self.seats[number], on: host, span)
        case .slow, .stale, .leaseUnclear: self.disturb(fault)
        }
    }

    /// Faults in what one host gets to see, for a while.
    private func disturb(_ fault: SimulatedFault) {
        switch fault {
        case .slow(let target, let each, let span):
            let host = self.host(target)
            host.slowness = each
            self.restoreSight(of: host, after: span) { $0.slowness = 0 }
        case .stale(let target, let what, let behind, let span):
            let host = self.host(target)
            let freshness = behind.map { .behind($0, since: self.now) } ?? SimulatedHost.Freshness.frozen(self.now)
            switch what {
            case .beats: host.beatsSeen = freshness
            case .lease: host.leaseSeen = freshness
            case .listings: host.listingsSeen = freshness
            }
            self.restoreSight(of: host, after: span) {
                switch what {
                case .beats: $0.beatsSeen = .live
                case .lease: $0.leaseSeen = .live
                case .listings: $0.listingsSeen = .live
                }
            }
        case .leaseUnclear(let target, let span):
            let host = self.host(target)
            host.isLeaseUnclear = true
            self.restoreSight(of: host, after: span) { $0.isLeaseUnclear = false }
        default: break
        }
    }

    private func restoreSight(
        of host: SimulatedHost, after span: Nanoseconds, _ mend: @escaping (SimulatedHost) -> Void
    ) {
        host.disturbedAt = self.now
        self.schedule(after: span) {
            mend(host)
            host.disturbedAt = self.now
        }
    }

    private func powerCut(_ host: SimulatedHost, _ span: Nanoseconds) {
        guard host.isUp else { return }
        host.goDown()
        for seat in self.seats where seat.hostNumber == host.number { seat.process?.end() }
        switch self.site.deadHost {
        case .keptUntilRestart: break
        case .freedAfterLease:
            let lease = self.plan.settings.serverLease.wholeNanoseconds
            self.schedule(after: self.chance.span(lease / 2, lease)) {
                if !host.isUp { self.freeAll(of: host) }
            }
        case .freedByCluster:
            self.schedule(after: self.chance.span(5 * .second, 30 * .second)) {
                if !host.isUp { self.freeAll(of: host) }
            }
        }
        self.schedule(after: span) { self.boot(host) }
    }

    private func freeAll(of host: SimulatedHost) {
        self.directory.locks.freeAll(ofHost: host.number)
        self.directory.locksChangedAt = self.now
    }

    private func boot(_ host: SimulatedHost) {
        guard !host.isUp else { return }
        host.boot(at: self.now)
        host.disturbedAt = self.now
        // A new boot makes the server drop what it kept for the old one, when the client tells it.
        let isKept = self.site.isShared && !self.site.hasFalseLocks
        let told = isKept ? self.chance.span(100 * .millisecond, 5 * .second) : 0
        let dead = self.directory.locks.owners(ofHost: host.number)
        self.schedule(after: told) {
            self.directory.locks.freeAll(of: dead)
            self.directory.locksChangedAt = self.now
        }
        for seat in self.seats where seat.hostNumber == host.number {
            self.schedule(after: self.chance.span(.second, 10 * .second)) { self.start(seat) }
        }
    }

    private func cutOff(_ host: SimulatedHost, _ span: Nanoseconds) {
        guard host.isUp, !host.isCutOff, self.site.isShared else { return }
        host.isCutOff = true
        host.disturbedAt = self.now
        let since = self.now
        if self.site.deadHost == .freedAfterLease {
            let lease = self.plan.settings.serverLease.wholeNanoseconds
            self.schedule(after: lease) {
                guard host.isCutOff, host.disturbedAt == since else { return }
                self.judge.note("the server frees the locks of \(host.name)")
                self.judge.lockFaultHappened()
                self.freeAll(of: host)
            }
        }
        if self.site.kind == .ocfs2 || self.site.kind == .gfs2, span > 25 * .second {
            // It ends itself before the others free its locks.
            self.schedule(after: 20 * .second) {
                host.isCutOff = false
                self.powerCut(host, 10 * .second)
            }
            return
        }
        self.schedule(after: span) {
            host.isCutOff = false
            host.disturbedAt = self.now
        }
    }

    // MARK: Backup

    /// Backups are taken when the plan will want them.
    func takeBackup() {
        self.backup = SimulatedBackup(
            takenAt: self.now, beats: self.directory.beats.map { ($0.name, $0.inode.record.value) },
            epochs: self.directory.epochs.value, lease: self.directory.lease?.row.value,
            hasLease: self.directory.lease != nil, relocation: self.directory.relocation,
            fence: self.directory.store.fence, messages: self.directory.store.messages)
    }

    private func restore(inPlace: Bool) {
        guard let backup = self.backup else { return }
        let directory = self.directory
        self.judge.restored(backup)
        directory.epochs.set(backup.epochs, at: self.now)
        directory.relocation = backup.relocation
        if inPlace {
            for (name, record) in backup.beats {
                directory.beats.first { $0.name == name }?.inode.record.set(record, at: self.now)
            }
            if backup.hasLease { directory.lease?.row.set(backup.lease, at: self.now) }
            directory.store.fence = backup.fence
            directory.store.messages = backup.messages
            directory.store.writes += 1
        } else {
            directory.beats = backup.beats.map { name, record in
                (name, SimulatedSharedDirectory.BeatInode(directory.nextInode(), record))
            }
            directory.lease =
                backup.hasLease ? SimulatedSharedDirectory.LeaseInode(directory.nextInode(), backup.lease) : nil
            directory.store = SimulatedSharedDirectory.StoreInode(
                directory.nextInode(), fence: backup.fence, messages: backup.messages)
            directory.flockFile = directory.nextInode()
            directory.posixFile = directory.nextInode()
            directory.locksChangedAt = self.now
        }
    }

    // MARK: Twins

    private func addTwin(of seat: SimulatedSeat, on host: Int, _ span: Nanoseconds) {
        let twin = SimulatedSeat(name: seat.name, number: self.seats.count, hostNumber: host)
        self.add(twin)
        self.start(twin)
        self.schedule(after: max(span, 5 * .second)) {
            twin.isRetired = true
            twin.process?.end()
        }
    }

    // MARK: The end of the faults

    /// From here on everything works, as far as it can.
    func mend() {
        self.judge.note("the faults end")
        self.directory.isFull = false
        self.directory.fullUntil = min(self.directory.fullUntil, self.now)
        for seat in self.seats {
            seat.process?.ambush = nil
            seat.process?.hangUntil = 0
            seat.process?.goOn()
        }
        for host in self.hosts {
            host.isCutOff = false
            host.slowness = 0
            host.isLeaseUnclear = false
            (host.beatsSeen, host.leaseSeen, host.listingsSeen) = (.live, .live, .live)
            host.disturbedAt = self.now
            if !host.isUp { self.boot(host) }
        }
        self.judge.mended()
    }
}
