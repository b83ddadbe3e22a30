import Glibc
import Server
import TestSupport
import Testing

@Suite struct DataDirectoryTests {
    private let scratch = TemporaryDirectory()

    @Test func aMissingDirectoryIsMadeAndTakenBackWhileEmpty() throws {
        let path = self.scratch.file("data")
        let made = try DataDirectory.prepare(path)
        #expect(made.isNew)
        #expect(!(try DataDirectory.prepare(path)).isNew)
        made.removeIfUnused()
        #expect(access(path, F_OK) != 0)
    }

    @Test func aDirectoryWithContentIsNeverRemoved() throws {
        let path = self.scratch.file("data")
        let made = try DataDirectory.prepare(path)
        #expect(TestFile.create(path + "/file"))
        made.removeIfUnused()
        #expect(access(path + "/file", F_OK) == 0)
    }

    @Test func aDirectoryThatWasThereIsNeverRemoved() throws {
        let path = self.scratch.file("data")
        _ = try DataDirectory.prepare(path)
        let found = try DataDirectory.prepare(path)
        found.removeIfUnused()
        #expect(access(path, F_OK) == 0)
    }

    @Test func aMissingParentIsNamedAndNotMade() {
        let path = self.scratch.file("none/data")
        let error = #expect(throws: StartError.self) { try DataDirectory.prepare(path) }
        #expect(error?.status == .cannotCreate)
        #expect(error?.description.contains(path) == true)
        #expect(error?.description.contains("create its parent directory first") == true)
        #expect(access(self.scratch.file("none"), F_OK) != 0)
    }

    @Test func aFileIsNoDataDirectory() throws {
        #expect(TestFile.create(self.scratch.file("file")))
        let path = self.scratch.file("file")
        for attempt in [path, path + "/below"] {
            let error = #expect(throws: StartError.self) { try DataDirectory.prepare(attempt) }
            #expect(error?.status == .cannotCreate)
        }
        let error = #expect(throws: StartError.self) { try DataDirectory.existing(path) }
        #expect(error?.status == .cannotCreate)
    }

    @Test func lookingAtAMissingDirectoryMakesNothing() {
        let path = self.scratch.file("data")
        let error = #expect(throws: StartError.self) { try DataDirectory.existing(path) }
        #expect(error?.status == .noInput)
        #expect(access(path, F_OK) != 0)
    }
}
