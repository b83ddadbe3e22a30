package import Election
import Glibc
import SQLiteStore

extension StoreOpenError {
    /// The class of failure that a process ends with.
    var exitStatus: ExitStatus {
        switch self {
        case .noDirectory, .notADirectory, .readOnlyFileSystem: .cannotCreate
        case .notWritable: .noPermission
        case .locked, .fenced, .gateClosed: .temporaryFailure
        case .schema: .configuration
        case .corrupt, .full, .io: .io
        }
    }
}

extension StartError {
    /// Why this process cannot take part in the election.
    init(_ error: ElectionError) {
        switch error {
        case .badName: self.init(.usage, "\(error.description); choose another with --name NAME")
        case .exitAfterServerLease: self.init(.usage, error.description)
        case .noDirectory, .notADirectory: self.init(.cannotCreate, error.description)
        case .unusableDirectory(let failure): self.init(ExitStatus(of: failure), error.description)
        case .newerLease: self.init(.configuration, error.description)
        case .system(let failure): self.init(.software, failure.description)
        }
    }

    /// Why the store can't be looked at.
    init(_ error: StoreInspectionError) {
        let status: ExitStatus =
            switch error {
            case .missing: .noInput
            case .locked, .needsRecovery, .outdated: .temporaryFailure
            case .notReadable: .noPermission
            case .schema: .configuration
            case .corrupt, .io: .io
            }
        self.init(status, error.description)
    }

    /// Why there is no status to show.
    package init(_ error: ElectionStatusError) {
        let status: ExitStatus =
            switch error {
            case .noDirectory, .notADirectory, .neverUsed: .noInput
            case .unreadable: .io
            case .newer: .configuration
            case .unclear: .temporaryFailure
            }
        self.init(status, error.description)
    }
}

extension StartError {
    /// Why nobody took over in spite of a lock.
    package init(_ refusal: EscapeRefusal) {
        let status: ExitStatus =
            switch refusal {
            case .neverUsed: .noInput
            case .locksAreFree, .moves, .processRunsHere, .heldOnThisHost, .clusterSaysAlive: .unavailable
            case .serverLease, .notSilentLongEnough, .raced: .temporaryFailure
            case .newerLease: .configuration
            case .failed(let failure): ExitStatus(of: failure)
            case .leaseFailed, .epochsExhausted: .io
            }
        self.init(status, refusal.description)
    }
}

extension ExitStatus {
    package init(of failure: SystemFailure) {
        switch failure.errorNumber {
        case EPERM, EACCES: self = .noPermission
        case EROFS: self = .cannotCreate
        default: self = .io
        }
    }
}
