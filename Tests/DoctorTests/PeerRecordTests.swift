import TestSupport
import Testing

@testable import Doctor

@Suite struct PeerRecordTests {
    static let sample = PeerRecord(
        session: "00112233445566aa", name: "a", wanted: "b", seen: "ffee", isToBeCut: true, host: "host one",
        bootID: "x-y",
        counter: 7, sent: 3, message: "hold file=x kind=ofd", previous: "ok answer=granted", blocksDone: 12)

    @Test func aRecordIsOnePageAndComesBack() throws {
        let bytes = Self.sample.encoded()
        #expect(bytes.count == PeerRecord.size)
        #expect(PeerRecord(decoding: bytes) == Self.sample)
    }

    @Test func theLongestMessagesFit() throws {
        var record = Self.sample
        record.message = String(repeating: "m", count: Message.longest)
        record.previous = String(repeating: "p", count: Message.longest)
        record.host = String(repeating: "h", count: 64)
        record.name = String(repeating: "n", count: 64)
        record.wanted = String(repeating: "w", count: 64)
        #expect(PeerRecord(decoding: record.encoded()) == record)
    }

    @Test func tornAndForeignBytesAreNoRecord() {
        let bytes = Self.sample.encoded()
        #expect(PeerRecord(decoding: Array(bytes.dropLast())) == nil)
        #expect(PeerRecord(decoding: []) == nil)
        #expect(PeerRecord(decoding: [UInt8](repeating: 0, count: PeerRecord.size)) == nil)
        var other = Self.sample
        other.counter = 8
        other.sent = 4
        let torn = Array(other.encoded().prefix(200)) + bytes.dropFirst(200)
        #expect(torn != bytes && torn != other.encoded())
        #expect(PeerRecord(decoding: torn) == nil)
    }

    @Test func anyDamageIsNoticedAndNoneIsFatal() {
        let bytes = Self.sample.encoded()
        let length = bytes.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") } ?? 0
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            var damaged = bytes
            let place = Int.random(in: 0...length, using: &random)
            damaged[place] ^= UInt8.random(in: 1...255, using: &random)
            #expect(PeerRecord(decoding: damaged) == nil, "byte \(place)")
        }
    }
}
