import CSystemCalls
import Glibc

/// Who uses a data directory now, found out by looking alone.
package struct DirectoryUse: Hashable, Sendable {
    /// A broker seen alive there.
    package struct User: Hashable, Sendable {
        package let name: String
        package let host: String
        package let pid: Int32
        /// What shows it: `beats` or `lease`.
        package let evidence: String
    }

    package let users: [User]
    /// Whether somebody else holds `lock.posix`, as far as this host can see; nil where that cannot be asked.
    package let isLockHeld: Bool?
    /// What the holder wrote into the lock file; empty where there is none.
    package let holderLine: String

    package var isInUse: Bool { !self.users.isEmpty || self.isLockHeld == true }

    /// Watches beats and lease for three beats of the slowest broker, at most five seconds. Takes no lock and writes
    /// nothing.
    package static func look(at directory: String) throws(SystemFailure) -> DirectoryUse {
        let before = try Signs(of: directory)
        var users: [User] = []
        if !before.isEmpty {
            let period = min(max(before.slowestBeat * 3, .milliseconds(1500)), .seconds(5))
            sys_sleep_ns(period.wholeNanoseconds)
            users = try Signs(of: directory).users(movedSince: before)
        }
        let held = Self.isLockHeld(in: directory)
        return DirectoryUse(users: users, isLockHeld: held, holderLine: held == true ? Self.line(in: directory) : "")
    }

    // MARK: Private

    /// All counters that a live broker moves.
    private struct Signs {
        var beats: [BeatRecord] = []
        var lease: LeaseRow?

        init(of directory: String) throws(SystemFailure) {
            let ending = ".beat"
            for file in try FileNames.list("\(directory)/\(BeatFile.directoryName)") where file.hasSuffix(ending) {
                let name = String(file.dropLast(ending.count))
                if case .record(let record) = BeatSighting.look(at: name, in: directory) { self.beats.append(record) }
            }
            if case .row(let row) = LeaseReader.look(in: directory) { self.lease = row }
        }

        var isEmpty: Bool { self.beats.isEmpty && self.lease == nil }

        var slowestBeat: Duration {
            max(self.beats.map(\.times.beat).max() ?? .zero, self.lease?.times.beat ?? .zero)
        }

        func users(movedSince before: Signs) -> [User] {
            var users: [User] = []
            func add(_ broker: BrokerIdentity, _ evidence: String) {
                guard !users.contains(where: { $0.name == broker.name }) else { return }
                users.append(
                    User(name: broker.name, host: broker.host, pid: broker.process.pid, evidence: evidence))
            }
            for beat in self.beats where beat.state != .stopped {
                let old = before.beats.first { $0.broker.name == beat.broker.name }
                if old?.broker.instance != beat.broker.instance || old?.counter != beat.counter {
                    add(beat.broker, "beats")
                }
            }
            if let lease = self.lease, lease.phase == .acquired || lease.phase == .active {
                let old = before.lease
                if old?.holder.instance != lease.holder.instance || old?.counter != lease.counter {
                    add(lease.holder, "lease")
                }
            }
            return users
        }
    }

    private static func isLockHeld(in directory: String) -> Bool? {
        do throws(SystemFailure) {
            let file = try FileHandle.open("\(directory)/\(LockFiles.posixName)", O_RDONLY)
            let answer = sys_ofd_query(file.descriptor)
            return answer < 0 ? nil : answer == 1
        } catch {
            return error.errorNumber == ENOENT ? false : nil
        }
    }

    private static func line(in directory: String) -> String {
        do throws(SystemFailure) {
            let text = try FileNames.contents(
                of: "\(directory)/\(LockFiles.flockName)", upTo: LockFiles.longestLine)
            return String(text.prefix { !$0.isNewline })
        } catch {
            return ""
        }
    }
}
