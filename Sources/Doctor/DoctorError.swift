package import Election

/// Why an examination could not be begun or finished. Each description is one line that names thing and remedy.
package enum DoctorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The examination was asked for in a way that cannot be.
    case usage(String)
    case noDirectory(String)
    case notADirectory(String)
    /// The directory itself cannot be used.
    case unusable(SystemFailure)
    /// The peer did not show itself in time.
    case noPeer(String)
    /// The peer was there, and has gone silent, ended or started anew.
    case peerLost(String)
    /// A step takes longer than it may: the storage hangs.
    case hangs(String)
    /// A helper process ended by itself, or cannot be started.
    case helper(String)
    /// Something was said that cannot be understood, such as by another version of the doctor.
    case garbled(String)

    package var description: String {
        switch self {
        case .usage(let text), .noPeer(let text), .peerLost(let text), .hangs(let text), .helper(let text): text
        case .noDirectory(let path): "the directory \(path) does not exist: name an existing one"
        case .notADirectory(let path): "\(path) is not a directory: name one"
        case .unusable(let failure): "the directory cannot be examined: \(failure); check mount and permissions"
        case .garbled(let text): "not understood: \(text); use the same version of lockkeeper on both hosts"
        }
    }
}
