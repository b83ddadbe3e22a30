import TestSupport
import Testing

@testable import Election

@Suite struct LocalLockHoldersTests {
    @Test func theKernelsTableIsReadByDeviceAndInode() throws {
        let directory = TemporaryDirectory()
        #expect(TestFile.create(directory.file("a")))
        let identity = try #require(try FileIdentity.ofPath(directory.file("a")))
        let table = """
            1: FLOCK  ADVISORY  WRITE 71 00:00:1 0 EOF
            1: -> FLOCK  ADVISORY  WRITE 72 00:00:1 0 EOF
            2: OFDLCK ADVISORY  WRITE -1 00:00:1 0 EOF
            nonsense
            3: POSIX  ADVISORY  WRITE x 00:00:1 0 EOF
            """
        #expect(LocalLockHolders.parse(table, for: identity) == [])
        #expect(LocalLockHolders.of([directory.file("a"), directory.file("none")]) == [])
    }

    @Test func aLockOfThisProcessIsFound() throws {
        let directory = TemporaryDirectory()
        let lock = try ForeignLock(LockFiles.flockName, in: directory)
        #expect(lock.isGranted)
        let own = try ProcessPlace.ofThisProcess().pid
        #expect(LocalLockHolders.of([directory.file(LockFiles.flockName)]) == [own])
    }
}
