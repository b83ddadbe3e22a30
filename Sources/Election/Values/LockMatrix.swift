/// What each kind of lock answered a standby on the probe files while the master held them (DESIGN 5.3, step 9).
package struct LockMatrix: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case flock, posix, ofd
    }

    package var flock: LockAnswer
    package var posix: LockAnswer
    package var ofd: LockAnswer

    package init(flock: LockAnswer, posix: LockAnswer, ofd: LockAnswer) {
        self.flock = flock
        self.posix = posix
        self.ofd = ofd
    }

    package subscript(kind: Kind) -> LockAnswer {
        get {
            switch kind {
            case .flock: self.flock
            case .posix: self.posix
            case .ofd: self.ofd
            }
        }
        set {
            switch kind {
            case .flock: self.flock = newValue
            case .posix: self.posix = newValue
            case .ofd: self.ofd = newValue
            }
        }
    }

    /// The kinds that do not hold between the two hosts.
    package var granted: [Kind] { Kind.allCases.filter { self[$0] == .granted } }

    /// Nil for anything but what ``description`` writes of three answers.
    package init?(parsing text: String) {
        self.init(flock: .notTried, posix: .notTried, ofd: .notTried)
        let words = text.split(separator: ",")
        guard words.count == Kind.allCases.count else { return nil }
        for (kind, word) in zip(Kind.allCases, words) {
            let parts = word.split(separator: ":")
            guard parts.count == 2, parts[0] == kind.rawValue, let answer = LockAnswer(word: parts[1]) else {
                return nil
            }
            self[kind] = answer
        }
    }

    /// `flock:refused,posix:granted,ofd:granted`, as beats and `status` show it.
    package var description: String {
        Kind.allCases.map { "\($0.rawValue):\(self[$0].word)" }.joined(separator: ",")
    }
}

extension LockAnswer {
    fileprivate init?(word: Substring) {
        switch word {
        case "granted": self = .granted
        case "refused": self = .refused
        case "untried": self = .notTried
        case "error": self = .failed(SystemFailure("lock", "another host", 0))
        default: return nil
        }
    }

    /// The word of column `lock_probe.answer`; `untried` never gets there.
    var word: String {
        switch self {
        case .granted: "granted"
        case .refused: "refused"
        case .notTried: "untried"
        case .failed: "error"
        }
    }
}
