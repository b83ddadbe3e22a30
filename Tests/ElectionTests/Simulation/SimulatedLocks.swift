@testable import Election

/// The lock tables of all hosts and of the server, as they truly are.
final class SimulatedLocks {
    enum Kind: Hashable {
        case flock
        /// fcntl, of a process or of an open file description: the file system makes no difference.
        case posix
    }

    private struct Hold {
        let file: Int
        let kind: Kind
        let owner: ObjectIdentifier
        let host: Int
    }

    private let site: SimulatedSite
    private var holds: [Hold] = []
    /// Locks that were taken away from a process that does not know it.
    private var lost: [(file: Int, owner: ObjectIdentifier)] = []

    init(_ site: SimulatedSite) { self.site = site }

    private func isLocal(_ kind: Kind) -> Bool {
        switch kind {
        case .flock: self.site.isFlockFalse
        case .posix: self.site.isPosixFalse
        }
    }

    private func isRefused(_ kind: Kind, _ file: Int, to process: SimulatedProcess) -> Bool {
        self.holds.contains { hold in
            hold.file == file && hold.kind == kind && hold.owner != ObjectIdentifier(process)
                && (hold.host == process.host.number || !self.isLocal(kind))
        }
    }

    /// True if it is held by this process now.
    func take(_ kind: Kind, _ file: Int, by process: SimulatedProcess) -> Bool {
        guard !self.isRefused(kind, file, to: process) else { return false }
        self.lost.removeAll { $0.file == file && $0.owner == ObjectIdentifier(process) }
        if !self.isHeld(kind, file, by: process) {
            self.holds.append(
                Hold(file: file, kind: kind, owner: ObjectIdentifier(process), host: process.host.number))
        }
        return true
    }

    /// As ``take(_:_:by:)``, without keeping it.
    func mayTake(_ kind: Kind, _ file: Int, by process: SimulatedProcess) -> Bool {
        !self.isRefused(kind, file, to: process)
    }

    func isHeld(_ kind: Kind, _ file: Int, by process: SimulatedProcess) -> Bool {
        self.holds.contains { $0.file == file && $0.kind == kind && $0.owner == ObjectIdentifier(process) }
    }

    func isHeldByAnybody(_ kind: Kind, _ file: Int) -> Bool {
        self.holds.contains { $0.file == file && $0.kind == kind }
    }

    func isLost(_ file: Int, by process: SimulatedProcess) -> Bool {
        self.lost.contains { $0.file == file && $0.owner == ObjectIdentifier(process) }
    }

    func release(_ kind: Kind, _ file: Int, by process: SimulatedProcess) {
        self.holds.removeAll { $0.file == file && $0.kind == kind && $0.owner == ObjectIdentifier(process) }
    }

    /// The kernel of a living host frees what an ended process held.
    func releaseAll(of process: SimulatedProcess) {
        self.holds.removeAll { $0.owner == ObjectIdentifier(process) }
        self.lost.removeAll { $0.owner == ObjectIdentifier(process) }
    }

    /// What the storage kept for a host is free now; processes of it that live do not know.
    func freeAll(ofHost host: Int) {
        for hold in self.holds where hold.host == host { self.lost.append((hold.file, hold.owner)) }
        self.holds.removeAll { $0.host == host }
    }

    /// The storage forgets the locks of one process, which goes on as if it had them.
    func loseAll(of process: SimulatedProcess) {
        for hold in self.holds where hold.owner == ObjectIdentifier(process) {
            self.lost.append((hold.file, hold.owner))
        }
        self.holds.removeAll { $0.owner == ObjectIdentifier(process) }
    }

    /// Who of a host holds anything.
    func owners(ofHost host: Int) -> [ObjectIdentifier] {
        self.holds.filter { $0.host == host }.map(\.owner)
    }

    func freeAll(of owners: [ObjectIdentifier]) {
        self.holds.removeAll { owners.contains($0.owner) }
    }

    /// Who has this kind of lock on the file, of all others.
    func holders(_ kind: Kind, _ file: Int, besides process: SimulatedProcess) -> [ObjectIdentifier] {
        self.holds.filter { $0.file == file && $0.kind == kind && $0.owner != ObjectIdentifier(process) }.map(\.owner)
    }
}
