/// What one lock call said.
package enum LockAnswer: Hashable, Sendable {
    case granted
    /// Somebody else holds it.
    case refused
    /// Not asked this time.
    case notTried
    /// The call itself failed: nothing is known.
    case failed(SystemFailure)
}

/// One try at both locks of the directory.
package struct LockAttempt: Hashable, Sendable {
    /// `lock.flock`
    package var flock: LockAnswer
    /// `lock.posix`
    package var posix: LockAnswer
    /// The names meant other files than at the last try: what was refused then says nothing about these.
    package var isOnNewFiles: Bool

    package init(flock: LockAnswer, posix: LockAnswer, isOnNewFiles: Bool = false) {
        self.flock = flock
        self.posix = posix
        self.isOnNewFiles = isOnNewFiles
    }
}

/// One kind of lock was granted while the other is held by somebody else: the granted kind means nothing here.
package struct LockDisagreement: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case flock, posix = "fcntl"
    }

    /// The kind that was granted although another broker is master: the false one.
    package let granted: Kind
    package var refused: Kind { self.granted == .flock ? .posix : .flock }

    package init(granted: Kind) {
        self.granted = granted
    }
}

/// Why a held lock is held no longer.
package struct LockLoss: Hashable, Sendable, CustomStringConvertible {
    package enum Evidence: Hashable, Sendable {
        /// The name is gone from the directory.
        case removed
        /// The name now means another file, whose lock is free.
        case replaced
        /// Writing through the locked descriptor failed: how NFSv4 reports a lost lock.
        case writeRefused(SystemFailure)
    }

    package let file: String
    package let evidence: Evidence

    package init(file: String, evidence: Evidence) {
        self.file = file
        self.evidence = evidence
    }

    package var description: String {
        switch self.evidence {
        case .removed: "\(self.file) was removed"
        case .replaced: "\(self.file) was replaced by another file"
        case .writeRefused(let failure): "writing through the locked \(self.file) failed: \(failure.reason)"
        }
    }
}

/// What a master finds when it looks at its locks.
package enum LockCheck: Hashable, Sendable {
    case held
    case lost(LockLoss)
    /// The look itself failed; time goes on until the step-down.
    case unknown(SystemFailure)
}
