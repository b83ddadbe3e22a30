import Glibc

/// One directory mounted twice, as two hosts would have it: what locks and caches do between them is the mode's.
package final class TwoMounts {
    package enum Mode: String, Sendable {
        /// One lock table, one cache.
        case goodLocks = "good-locks"
        /// A lock table for each mount: every lock is granted twice.
        case falseLocks = "false-locks"
        /// False locks, and caches that never learn of the other side's writes.
        case staleCache = "stale-cache"
    }

    package struct CannotMount: Error {
        package let output: [String]
    }

    private let directory = TemporaryDirectory()

    package var first: String { self.directory.file("A") }
    package var second: String { self.directory.file("B") }
    /// What both show.
    package var backing: String { self.directory.file("backing") }

    package init(_ mode: Mode) throws {
        let script = try ChildProcess(
            "env", ["FSLAB_MODE=\(mode.rawValue)", Self.script, "up", self.directory.path], readsErrors: true)
        let output = script.readLines()
        guard script.wait() == 0 else { throw CannotMount(output: output) }
    }

    deinit {
        do {
            let script = try ChildProcess(Self.script, ["down", self.directory.path], readsErrors: true)
            _ = script.readLines()
            _ = script.wait()
        } catch {
            print("cannot unmount below \(self.directory.path): \(error)")
        }
    }

    /// Beside the checkout.
    private static let script: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(4).joined(separator: "/") + "/shared/fslab/two-mounts.sh"
    }()

    /// Mounting needs root, /dev/fuse, the program bindfs, and the laboratory beside the checkout.
    package static let isAvailable: Bool =
        geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0 && access(TwoMounts.script, X_OK) == 0
        && (access("/usr/bin/bindfs", X_OK) == 0 || access("/usr/local/bin/bindfs", X_OK) == 0)

    /// The process that serves the first mount, where there is one.
    package func serverOfFirst() throws -> Int32? {
        let search = try ChildProcess("pgrep", ["-f", "bindfs.*\(self.first)"])
        let pids = search.readLines().compactMap { Int32($0) }
        _ = search.wait()
        return pids.first
    }
}
