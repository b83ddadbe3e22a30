import CSystemCalls
import Glibc

/// `probe.flock`, `probe.posix`, `probe.ofd`: locked by the master in three ways and tried by the standbys, so that what
/// each kind of lock is worth between two hosts is known before a fail-over needs it (DESIGN 5.3, step 9).
///
/// They decide nothing. Each is opened once by the master and once for each try; a standby never holds one for longer
/// than the try takes.
struct ProbeFiles {
    /// Kept open: closing any descriptor of a file ends this process's POSIX lock on it.
    private final class Held {
        let flock: FileHandle
        let posix: FileHandle
        let ofd: FileHandle

        init(flock: consuming FileHandle, posix: consuming FileHandle, ofd: consuming FileHandle) {
            self.flock = flock
            self.posix = posix
            self.ofd = ofd
        }
    }

    private var held: Held?

    static func path(of kind: LockMatrix.Kind, in directory: String) -> String {
        "\(directory)/probe.\(kind.rawValue)"
    }

    /// Takes all three.
    ///
    /// - Throws: ``SystemFailure`` also where one is refused: a standby may just be trying it, or the lock is false in a
    ///   way that the standbys will find.
    mutating func hold(in directory: String) throws(SystemFailure) {
        guard self.held == nil else { return }
        self.held = Held(
            flock: try Self.taken(.flock, in: directory), posix: try Self.taken(.posix, in: directory),
            ofd: try Self.taken(.ofd, in: directory))
    }

    private static func taken(_ kind: LockMatrix.Kind, in directory: String) throws(SystemFailure) -> FileHandle {
        let file = try FileHandle.open(Self.path(of: kind, in: directory), O_RDWR | O_CREAT)
        switch Self.take(kind, file) {
        case .granted, .notTried: return file
        case .refused: throw SystemFailure("lock", file.path, EAGAIN)
        case .failed(let failure): throw failure
        }
    }

    /// Nil where no master has made the files yet.
    static func attempt(in directory: String) throws(SystemFailure) -> LockMatrix? {
        var matrix = LockMatrix(flock: .notTried, posix: .notTried, ofd: .notTried)
        for kind in LockMatrix.Kind.allCases {
            do throws(SystemFailure) {
                // Closing gives back what was granted.
                let file = try FileHandle.open(Self.path(of: kind, in: directory), O_RDWR)
                matrix[kind] = Self.take(kind, file)
            } catch {
                if error.errorNumber == ENOENT { return nil }
                throw error
            }
        }
        return matrix
    }

    private static func take(_ kind: LockMatrix.Kind, _ file: borrowing FileHandle) -> LockAnswer {
        let result =
            switch kind {
            case .flock: sys_flock_try(file.descriptor)
            case .posix: sys_posix_try(file.descriptor)
            case .ofd: sys_ofd_try(file.descriptor)
            }
        switch result {
        case 0: return .granted
        case -EAGAIN, -EACCES: return .refused
        default: return .failed(SystemFailure("lock", file.path, -result))
        }
    }
}
