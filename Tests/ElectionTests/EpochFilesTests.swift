import Glibc
import TestSupport
import Testing

@testable import Election

@Suite struct EpochFilesTests {
    private let directory = TemporaryDirectory()
    private var files: EpochFiles { EpochFiles(directory: self.directory.path) }

    @Test func anEpochIsClaimedOnce() throws {
        #expect(try self.files.highest() == .none)
        #expect(try self.files.claim(Epoch(1), line: "broker=a") == .claimed)
        #expect(try self.files.claim(Epoch(1), line: "broker=b") == .taken)
        #expect(try self.files.highest() == Epoch(1))
        #expect(try FileNames.contents(of: self.directory.file("epoch.1")) == "broker=a\n", "the loser writes nothing")
    }

    @Test func onlyNamesThatAreEpochsCount() throws {
        let names = [
            "epoch.7", "epoch.0", "epoch.-9", "epoch.+9", "epoch.010", "epoch.9.bak", "epoch.", "xepoch.9",
            "epoch.99999999999999999999",
        ]
        for name in names { _ = try FileHandle.open(self.directory.file(name), O_CREAT | O_WRONLY) }
        #expect(try self.files.highest() == Epoch(7))
    }

    @Test func theNewestFewAreKept() throws {
        for number in Int64(1)...30 { _ = try self.files.claim(Epoch(number), line: "") }
        try self.files.prune()
        #expect(self.directory.contents() == (23...30).map { "epoch.\($0)" })
        #expect(try self.files.highest() == Epoch(30))
    }

    @Test func twoClaimantsAtOnceGetOneEpochBetweenThem() async throws {
        let path = self.directory.path
        for number in Int64(1)...20 {
            let claims = await withTaskGroup(of: EpochFiles.Claim?.self) { group in
                for name in ["a", "b", "c", "d"] {
                    group.addTask {
                        do throws(SystemFailure) {
                            return try EpochFiles(directory: path).claim(Epoch(number), line: name)
                        } catch {
                            return nil
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(claims.filter { $0 == .claimed }.count == 1)
            #expect(claims.filter { $0 == .taken }.count == 3)
        }
    }
}
