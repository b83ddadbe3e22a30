import CSystemCalls
import Election
import Glibc

/// One exclusive lock of one kind on one file of the doctor's own, tried without waiting.
final class ProbeLock {
    let kind: LockKind
    let file: FileHandle

    /// Opens the file, and makes it where it is missing.
    init(_ kind: LockKind, path: String) throws(SystemFailure) {
        self.kind = kind
        self.file = try FileHandle.open(path, O_RDWR | O_CREAT)
    }

    func attempt() -> LockAnswer {
        let result =
            switch self.kind {
            case .flock: sys_flock_try(self.file.descriptor)
            case .fcntl: sys_fcntl_try(self.file.descriptor, 0, 0)
            case .ofd: sys_ofd_try(self.file.descriptor)
            }
        switch result {
        case 0: return .granted
        case -EAGAIN, -EACCES: return .refused
        default: return .failed(SystemFailure("lock", self.file.path, -result))
        }
    }

    /// Gives the lock back; one that is not held is no error.
    func release() {
        switch self.kind {
        case .flock: _ = sys_flock_release(self.file.descriptor)
        case .fcntl: _ = sys_fcntl_release(self.file.descriptor, 0, 0)
        case .ofd: _ = sys_ofd_release(self.file.descriptor)
        }
    }
}

/// POSIX locks on single places of one file, as CTDB's ping_pong takes them.
final class ProbeRange {
    let file: FileHandle
    private let width: Int64

    init(path: String, width: Int64) throws(SystemFailure) {
        self.file = try FileHandle.open(path, O_RDWR)
        self.width = width
    }

    func attempt(place: Int64) -> LockAnswer {
        let result = sys_fcntl_try(self.file.descriptor, place * self.width, self.width)
        switch result {
        case 0: return .granted
        case -EAGAIN, -EACCES: return .refused
        default: return .failed(SystemFailure("lock", self.file.path, -result))
        }
    }

    func release(place: Int64) { _ = sys_fcntl_release(self.file.descriptor, place * self.width, self.width) }
}
