import Glibc
import TestSupport
import Testing

@testable import Election

@Suite struct BeatFileTests {
    private let directory = TemporaryDirectory()

    private func record(_ counter: Int64) -> BeatRecord {
        BeatRecord(
            broker: Fixture.broker("a"), state: .master, epoch: Epoch(1), counter: counter, times: .standard,
            wallMilliseconds: 0)
    }

    @Test func beatsAreWrittenInPlaceAndReadPastTheCache() throws {
        var file = BeatFile(dataDirectory: self.directory.path, broker: Fixture.broker("a"))
        #expect(BeatSighting.look(at: "a", in: self.directory.path) == .none)
        try file.write(self.record(1))
        let identity = try FileIdentity.ofPath(self.directory.file("beats/a.beat"))
        for counter in Int64(2)...5 {
            try file.write(self.record(counter))
            #expect(BeatSighting.look(at: "a", in: self.directory.path) == .record(self.record(counter)))
        }
        #expect(try FileIdentity.ofPath(self.directory.file("beats/a.beat")) == identity, "readers may keep it open")
        #expect(TestFile.size(self.directory.file("beats/a.beat")) == BeatRecord.size)
        #expect(try FileNames.list(self.directory.file("beats")) == ["a.beat"], "no temporary name is left")
    }

    @Test func theNextRunPutsItsFileInPlaceOfTheLast() throws {
        var first = BeatFile(dataDirectory: self.directory.path, broker: Fixture.broker("a"))
        try first.write(self.record(7))
        var second = BeatFile(dataDirectory: self.directory.path, broker: Fixture.broker("a", instance: 2))
        try second.write(self.record(1))
        #expect(BeatSighting.look(at: "a", in: self.directory.path) == .record(self.record(1)))
    }

    @Test func aBeatWhoseFileLostItsNameMakesItAnewAndTellsWhatItDisplaces() throws {
        let (one, two) = (Fixture.broker("a"), Fixture.broker("a", instance: 2))
        var first = BeatFile(dataDirectory: self.directory.path, broker: one)
        var second = BeatFile(dataDirectory: self.directory.path, broker: two)
        try first.write(self.record(1))
        var record = self.record(1)
        record.broker = two
        try second.write(record)
        #expect(second.displaced == nil, "whatever an earlier run left is no rival")
        try first.write(self.record(2))
        #expect(first.displaced?.broker == two)
        #expect(BeatSighting.look(at: "a", in: self.directory.path) == .record(self.record(2)))
        try first.write(self.record(3))
        #expect(first.displaced == nil)
        try FileNames.remove(self.directory.file("beats/a.beat"))
        try first.write(self.record(4))
        #expect(BeatSighting.look(at: "a", in: self.directory.path) == .record(self.record(4)))
    }

    @Test func whatIsNoBeatIsNotBelieved() throws {
        try FileNames.makeDirectory(self.directory.file("beats"))
        let file = try FileHandle.open(self.directory.file("beats/x.beat"), O_CREAT | O_WRONLY)
        #expect(BeatSighting.look(at: "x", in: self.directory.path) == .unclear(.size(0)))
        try file.write([UInt8](repeating: 7, count: 4096), at: 0)
        #expect(BeatSighting.look(at: "x", in: self.directory.path) == .unclear(.heading))
        #expect(BeatSighting.look(at: "../x", in: self.directory.path) == .none, "no name leads out of the directory")
        try FileNames.makeDirectory(self.directory.file("beats/d.beat"))
        guard case .failed = BeatSighting.look(at: "d", in: self.directory.path) else {
            Issue.record("a directory is no beat")
            return
        }
    }
}
