import Glibc

/// Exit statuses by class of failure, with the numbers of `sysexits.h`.
package enum ExitStatus: Int32, Sendable {
    /// Not a failure of the command: it says that there is no master. The number that init scripts use for "not running".
    case nobodyServes = 3
    case usage = 64
    /// What the command line names is not there.
    case dataError = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case io = 74
    case temporaryFailure = 75
    case noPermission = 77
    case configuration = 78
}

/// Why the process cannot do what it was asked: one line for the operator that names the thing and the remedy.
package struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
    package let status: ExitStatus
    package let description: String

    package init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}

/// An error number of the system in words.
package func systemErrorText(_ code: CInt) -> String { String(cString: strerror(code)) }
