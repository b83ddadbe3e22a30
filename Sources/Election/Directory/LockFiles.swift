import CSystemCalls
import Glibc

/// The two lock files of a data directory: `lock.flock` with a whole-file flock, `lock.posix` with a whole-file lock of
/// the open file description. Two kinds, because each is local to one host on some file system; two files, because on
/// NFS the two kinds are one and would meet.
///
/// The files are never deleted, and this process opens each once: a second descriptor, closed, would end a POSIX lock.
/// Belongs to the elector's thread.
struct LockFiles: ~Copyable {
    static let flockName = "lock.flock"
    static let posixName = "lock.posix"
    static let longestLine = 1024

    private let directory: String
    /// On a network file system a write proves something only once the server has it.
    private let mustReachServer: Bool
    private var flock: FileHandle
    private var posix: FileHandle
    /// Of the files when they were opened. A file system that goes by paths answers for an open file with what has its
    /// name now.
    private var flockIdentity: FileIdentity?
    private var posixIdentity: FileIdentity?

    init(directory: String, mustReachServer: Bool) throws(SystemFailure) {
        let flock = try Self.open(Self.flockName, in: directory)
        let flockIdentity = try Self.identity(of: flock)
        let posix = try Self.open(Self.posixName, in: directory)
        let posixIdentity = try Self.identity(of: posix)
        self.directory = directory
        self.mustReachServer = mustReachServer
        self.flock = flock
        self.posix = posix
        self.flockIdentity = flockIdentity
        self.posixIdentity = posixIdentity
    }

    private static func open(_ name: String, in directory: String) throws(SystemFailure) -> FileHandle {
        let path = "\(directory)/\(name)"
        // What this host remembers under the name may be a file of an earlier generation.
        _ = try FileIdentity.onStorage(path)
        return try FileHandle.open(path, O_RDWR | O_CREAT)
    }

    /// Nil where the name means another file already: then it counts as replaced.
    private static func identity(of file: borrowing FileHandle) throws(SystemFailure) -> FileIdentity? {
        let named = try FileIdentity.onStorage(file.path)
        return try file.identity() == named ? named : nil
    }

    /// Tries the flock, and then, if that was granted or if told to, the other.
    ///
    /// What is granted stays held until ``release()``, whatever the other answered.
    mutating func attempt(everyKind: Bool) -> LockAttempt {
        let isOnNewFiles: Bool
        do throws(SystemFailure) {
            isOnNewFiles = try self.reopenReplaced()
        } catch {
            return LockAttempt(flock: .failed(error), posix: .notTried)
        }
        var attempt = self.tried(everyKind: everyKind)
        attempt.isOnNewFiles = isOnNewFiles
        return attempt
    }

    private mutating func tried(everyKind: Bool) -> LockAttempt {
        let flock = Self.answer(sys_flock_try(self.flock.descriptor), self.flock)
        guard flock == .granted || everyKind else { return LockAttempt(flock: flock, posix: .notTried) }
        let posix = Self.answer(sys_ofd_try(self.posix.descriptor), self.posix)
        guard flock == .granted, posix == .granted else { return LockAttempt(flock: flock, posix: posix) }
        // A file replaced between opening and locking gives a lock that nobody else will meet.
        switch self.identityCheck() {
        case .held: return LockAttempt(flock: flock, posix: posix)
        case .lost:
            self.release()
            return LockAttempt(flock: .notTried, posix: .notTried)
        case .unknown(let failure): return LockAttempt(flock: .failed(failure), posix: posix)
        }
    }

    private static func answer(_ result: Int32, _ file: borrowing FileHandle) -> LockAnswer {
        switch result {
        case 0: .granted
        case -EAGAIN, -EACCES: .refused
        default: .failed(SystemFailure("lock", file.path, -result))
        }
    }

    /// Gives both back; what is not held is no error. The descriptors stay open for the next try.
    mutating func release() {
        _ = sys_ofd_release(self.posix.descriptor)
        _ = sys_flock_release(self.flock.descriptor)
    }

    /// Are both files still the ones locked, and do writes through the locked descriptors succeed?
    func prove() -> LockCheck {
        let identity = self.identityCheck()
        guard identity == .held else { return identity }
        let flock = Self.proveWriting(self.flock, reaching: self.mustReachServer, name: Self.flockName)
        guard flock == .held else { return flock }
        return Self.proveWriting(self.posix, reaching: self.mustReachServer, name: Self.posixName)
    }

    /// Writes a line that names the holder into both, for people and for standbys that find no lease.
    func name(holder: String) throws(SystemFailure) {
        let line = Array(holder.utf8) + [UInt8(ascii: "\n")]
        try Self.replaceContents(of: self.flock, with: line)
        try Self.replaceContents(of: self.posix, with: line)
    }

    /// The line that the present or last holder left; empty if there is none.
    func holderLine() throws(SystemFailure) -> String {
        let bytes = try self.flock.read(upTo: Self.longestLine)
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// What another thread needs to prove the locks without sharing this value.
    func proof() throws(SystemFailure) -> LockProof {
        let flock = try self.flock.duplicate()
        let posix = try self.posix.duplicate()
        return LockProof(
            flock: flock, flockIdentity: self.flockIdentity, posix: posix, posixIdentity: self.posixIdentity)
    }

    // MARK: Private

    private static func replaceContents(of file: borrowing FileHandle, with line: [UInt8]) throws(SystemFailure) {
        // Never empty in between: cut only what is longer than the new line.
        try file.write(line, at: 0)
        try file.truncate(to: line.count)
    }

    /// True if a name meant another file than the one that is open.
    private mutating func reopenReplaced() throws(SystemFailure) -> Bool {
        var isOnNewFiles = false
        if try Self.loss(of: self.flock, self.flockIdentity, Self.flockName) != nil {
            self.flock = try Self.open(Self.flockName, in: self.directory)
            self.flockIdentity = try Self.identity(of: self.flock)
            isOnNewFiles = true
        }
        if try Self.loss(of: self.posix, self.posixIdentity, Self.posixName) != nil {
            self.posix = try Self.open(Self.posixName, in: self.directory)
            self.posixIdentity = try Self.identity(of: self.posix)
            isOnNewFiles = true
        }
        return isOnNewFiles
    }

    private func identityCheck() -> LockCheck {
        do throws(SystemFailure) {
            if let loss = try Self.loss(of: self.flock, self.flockIdentity, Self.flockName) { return .lost(loss) }
            if let loss = try Self.loss(of: self.posix, self.posixIdentity, Self.posixName) { return .lost(loss) }
            return .held
        } catch {
            return .unknown(error)
        }
    }

    private static func loss(
        of file: borrowing FileHandle, _ identity: FileIdentity?, _ name: String
    ) throws(SystemFailure) -> LockLoss? {
        // By the storage's word: another host may have replaced the file, and this one remember the old one's name.
        let named = try FileIdentity.onStorage(file.path)
        let open = try file.identity() == nil ? nil : identity
        return LockLoss.comparing(open, with: named, file: name)
    }

    static func proveWriting(_ file: borrowing FileHandle, reaching: Bool, name: String) -> LockCheck {
        do throws(SystemFailure) {
            // The first byte of the holder's line, which is the same in every line.
            try file.write(Self.firstByte, at: 0)
            if reaching { try file.synchronize() }
            return .held
        } catch {
            // A full disk says nothing about the lock.
            if error.isNoRoom { return .held }
            return .lost(LockLoss(file: name, evidence: .writeRefused(error)))
        }
    }

    /// Every holder's line starts with `broker=`.
    static let firstByte: [UInt8] = [UInt8(ascii: "b")]
}

extension LockLoss {
    /// Nil if the path still names the open file.
    static func comparing(_ open: FileIdentity?, with path: FileIdentity?, file: String) -> LockLoss? {
        guard let path else { return LockLoss(file: file, evidence: .removed) }
        return open == path ? nil : LockLoss(file: file, evidence: .replaced)
    }
}

/// Proves both locks from a thread of its own, by descriptors that share the locked open files.
///
/// Its descriptors are never re-used for other files while it lives, so that a check that is under way while the
/// elector lets go cannot write anywhere else; they do not keep the locks, which are given back explicitly.
final class LockProof: Sendable {
    private let flock: FileHandle
    private let flockIdentity: FileIdentity?
    private let posix: FileHandle
    private let posixIdentity: FileIdentity?

    fileprivate init(
        flock: consuming FileHandle, flockIdentity: FileIdentity?, posix: consuming FileHandle,
        posixIdentity: FileIdentity?
    ) {
        self.flock = flock
        self.flockIdentity = flockIdentity
        self.posix = posix
        self.posixIdentity = posixIdentity
    }

    /// Do both names still mean the locked files, and does a write through each locked descriptor succeed?
    ///
    /// Goes by what this host knows of the names, which costs no call to a server: a file that another host replaced
    /// shows to ``LockFiles/prove()``, with each beat, and no commit outruns the beats.
    func check() -> LockCheck {
        do throws(SystemFailure) {
            let flock = try FileIdentity.ofPath(self.flock.path)
            if let loss = LockLoss.comparing(self.flockIdentity, with: flock, file: LockFiles.flockName) {
                return .lost(loss)
            }
            let posix = try FileIdentity.ofPath(self.posix.path)
            if let loss = LockLoss.comparing(self.posixIdentity, with: posix, file: LockFiles.posixName) {
                return .lost(loss)
            }
        } catch {
            return .unknown(error)
        }
        let flock = LockFiles.proveWriting(self.flock, reaching: false, name: LockFiles.flockName)
        guard flock == .held else { return flock }
        return LockFiles.proveWriting(self.posix, reaching: false, name: LockFiles.posixName)
    }
}
