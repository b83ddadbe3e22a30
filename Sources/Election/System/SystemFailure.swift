import CSystemCalls
import Glibc

/// A system call that failed on a path: the call, the path and its error number.
package struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let errorNumber: Int32

    package init(_ call: String, _ path: String, _ errorNumber: Int32) {
        self.call = call
        self.path = path
        self.errorNumber = errorNumber
    }

    /// The system's words for the error number.
    package var reason: String {
        var buffer = [CChar](repeating: 0, count: 160)
        sys_error_text(self.errorNumber, &buffer, Int32(buffer.count))
        return String(upToZero: buffer)
    }

    /// No room: nothing is wrong with the lock or the path.
    var isNoRoom: Bool { self.errorNumber == ENOSPC || self.errorNumber == EDQUOT }

    package var description: String { "\(self.call) \(self.path): \(self.reason)" }
}

extension String {
    /// The text of a C buffer up to its first zero byte.
    init(upToZero buffer: [CChar]) {
        self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
