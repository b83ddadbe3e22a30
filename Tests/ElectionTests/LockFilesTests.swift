import Glibc
import TestSupport
import Testing

@testable import Election

/// Locks that are really taken: two open file descriptions in one process conflict as two processes do.
@Suite struct LockFilesTests {
    private static let both = LockAttempt(flock: .granted, posix: .granted)
    private let directory = TemporaryDirectory()

    private func open() throws -> LockFiles { try LockFiles(directory: self.directory.path, mustReachServer: true) }

    @Test func theSecondIsRefusedUntilTheFirstLetsGo() throws {
        var first = try self.open()
        var second = try self.open()
        #expect(first.attempt(everyKind: false) == Self.both)
        #expect(second.attempt(everyKind: false) == LockAttempt(flock: .refused, posix: .notTried))
        #expect(second.attempt(everyKind: true) == LockAttempt(flock: .refused, posix: .refused))
        #expect(first.attempt(everyKind: false) == Self.both, "asking again changes nothing")
        first.release()
        #expect(second.attempt(everyKind: false) == Self.both)
    }

    @Test func closingTheHoldersDescriptorsFreesTheLocks() throws {
        var second = try self.open()
        do {
            var first = try self.open()
            #expect(first.attempt(everyKind: false) == Self.both)
            #expect(second.attempt(everyKind: false).flock == .refused)
        }
        #expect(second.attempt(everyKind: false) == Self.both)
    }

    @Test func aProofSharesTheLocksAndKeepsNone() throws {
        var first = try self.open()
        var second = try self.open()
        _ = first.attempt(everyKind: false)
        let proof = try first.proof()
        #expect(proof.check() == .held)
        do {
            let other = try first.proof()
            #expect(other.check() == .held)
        }
        #expect(
            second.attempt(everyKind: true) == LockAttempt(flock: .refused, posix: .refused), "one proof was closed")
        first.release()
        #expect(second.attempt(everyKind: false) == Self.both, "a proof that is still open keeps nobody out")
        #expect(proof.check() == .held, "its files are still those of the names: that alone proves no lock")
    }

    @Test(arguments: [LockFiles.flockName, LockFiles.posixName])
    func oneLockHeldElsewhereIsADisagreement(name: String) throws {
        let isFlock = name == LockFiles.flockName
        let holder = try ForeignLock(name, in: self.directory)
        #expect(holder.isGranted)
        var broker = try self.open()
        let attempt = broker.attempt(everyKind: true)
        #expect(attempt.flock == (isFlock ? .refused : .granted))
        #expect(attempt.posix == (isFlock ? .granted : .refused))
        broker.release()
        withExtendedLifetime(holder) {}
    }

    @Test(arguments: [LockFiles.flockName, LockFiles.posixName])
    func aRemovedOrReplacedFileIsALostLock(name: String) throws {
        var locks = try self.open()
        _ = locks.attempt(everyKind: false)
        let proof = try locks.proof()
        #expect(unlink(self.directory.file(name)) == 0)
        #expect(locks.prove() == .lost(LockLoss(file: name, evidence: .removed)))
        #expect(proof.check() == .lost(LockLoss(file: name, evidence: .removed)))
        _ = try FileHandle.open(self.directory.file(name), O_RDWR | O_CREAT)
        #expect(locks.prove() == .lost(LockLoss(file: name, evidence: .replaced)))
        #expect(proof.check() == .lost(LockLoss(file: name, evidence: .replaced)))
    }

    @Test func aRefusedBrokerFollowsToTheNewFile() throws {
        var first = try self.open()
        var second = try self.open()
        _ = first.attempt(everyKind: false)
        #expect(second.attempt(everyKind: false).flock == .refused)
        for name in [LockFiles.flockName, LockFiles.posixName] { unlink(self.directory.file(name)) }
        let attempt = second.attempt(everyKind: false)
        #expect(
            attempt == LockAttempt(flock: .granted, posix: .granted, isOnNewFiles: true),
            "the names decide, and not the files they had")
        #expect(second.prove() == .held)
        #expect(first.prove() == .lost(LockLoss(file: LockFiles.flockName, evidence: .replaced)))
    }

    @Test func theHolderNamesItselfAndProofsKeepTheLine() throws {
        var locks = try self.open()
        #expect(try locks.holderLine() == "")
        _ = locks.attempt(everyKind: false)
        try locks.name(holder: "broker=first host=somewhere pid=1 epoch=1")
        try locks.name(holder: "broker=b host=h pid=12 epoch=2")
        #expect(locks.prove() == .held)
        #expect(try locks.proof().check() == .held)
        #expect(try locks.holderLine() == "broker=b host=h pid=12 epoch=2")
        #expect(TestFile.size(self.directory.file(LockFiles.posixName)) == 31)
    }

    @Test func aDirectoryWithoutPermissionIsNamed() throws {
        let failure = #expect(throws: SystemFailure.self) {
            _ = try LockFiles(directory: self.directory.file("missing"), mustReachServer: false)
        }
        #expect(failure?.errorNumber == ENOENT)
        #expect(failure?.description == "open \(self.directory.file("missing"))/lock.flock: No such file or directory")
    }
}
