import CSystemCalls
import Glibc

/// Who a broker is: the name it was given, this run of it, and where it runs.
package struct BrokerIdentity: Hashable, Sendable {
    /// Chosen by the operator and unique among the brokers of a directory; also a file name, see ``isValidName(_:)``.
    package let name: String
    package let instance: InstanceID
    package let host: String
    package let process: ProcessPlace

    package init(name: String, instance: InstanceID, host: String, process: ProcessPlace) {
        self.name = name
        self.instance = instance
        self.host = host
        self.process = process
    }

    /// Letters, digits, `.`, `_` and `-`, at most 64, not starting with a dot: safe as a file name and in SQL and logs.
    package static func isValidName(_ name: String) -> Bool {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= 64, bytes.first != UInt8(ascii: ".") else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// This process, under the name given.
    ///
    /// - Throws: ``SystemFailure`` where the kernel gives no random number, for then the instance could not be told
    ///   from another.
    package static func ofThisProcess(name: String) throws(SystemFailure) -> BrokerIdentity {
        let random = sys_random_64()
        guard random != 0 else { throw SystemFailure("getrandom", "instance id", EIO) }
        var buffer = [CChar](repeating: 0, count: 256)
        let named = gethostname(&buffer, buffer.count - 1) == 0
        let text = String(upToZero: buffer)
        let host = named && !text.isEmpty ? text : "unknown"
        return BrokerIdentity(
            name: name, instance: InstanceID(random), host: host, process: try .ofThisProcess())
    }
}

/// Where a process runs, precisely enough to say from another process of the same host that it is gone.
package struct ProcessPlace: Hashable, Sendable {
    /// Changes with each boot of the host.
    package let bootID: String
    /// Process ids of different name spaces (containers) mean different processes.
    package let pidNamespace: String
    package let pid: Int32
    /// Start of the process in clock ticks since boot: tells a re-used process id.
    package let startedTicks: Int64

    package init(bootID: String, pidNamespace: String, pid: Int32, startedTicks: Int64) {
        self.bootID = bootID
        self.pidNamespace = pidNamespace
        self.pid = pid
        self.startedTicks = startedTicks
    }

    package static func ofThisProcess() throws(SystemFailure) -> ProcessPlace {
        let bootID = try FileNames.contents(of: "/proc/sys/kernel/random/boot_id").prefix { !$0.isNewline }
        var target = [CChar](repeating: 0, count: 128)
        let found = sys_link_target("/proc/self/ns/pid", &target, Int32(target.count)) == 0
        let namespace = found ? String(upToZero: target) : ""
        let about = ProcessEntry(parsing: try FileNames.contents(of: "/proc/self/stat"))
        return ProcessPlace(
            bootID: String(bootID), pidNamespace: namespace, pid: getpid(), startedTicks: about?.startedTicks ?? 0)
    }

    /// What this process can say about the one at that place.
    package func look(from here: ProcessPlace) -> ProcessLife {
        guard self.bootID == here.bootID, self.pidNamespace == here.pidNamespace else { return .notVisible }
        let text: String
        do {
            text = try FileNames.contents(of: "/proc/\(self.pid)/stat")
        } catch {
            return error.errorNumber == ENOENT || error.errorNumber == ESRCH ? .gone : .notVisible
        }
        guard let entry = ProcessEntry(parsing: text) else { return .notVisible }
        if self.startedTicks != 0 && entry.startedTicks != self.startedTicks { return .gone }
        switch entry.state {
        case "T", "t": return .stopped
        case "Z", "X", "x": return .gone
        default: return .running
        }
    }
}

/// What can be said about a process elsewhere.
package enum ProcessLife: String, Hashable, Sendable {
    case running
    /// Stopped by a signal or a debugger: it holds its locks and does nothing.
    case stopped
    /// Provably ended.
    case gone
    /// On another host, before a reboot, or in another container: nothing can be said.
    case notVisible = "not visible from this host"
}

/// The fields of /proc/PID/stat that matter here (proc(5)).
struct ProcessEntry {
    let state: Character
    let startedTicks: Int64

    /// The command's name may hold blanks and parentheses, so fields are counted from the last closing one.
    init?(parsing text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let ticks = Int64(fields[19]) else { return nil }
        self.state = state
        self.startedTicks = ticks
    }
}
