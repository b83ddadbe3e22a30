import Testing

@testable import Election

@Suite struct BeatRecordTests {
    private static func record(_ state: BeatRecord.State = .master, peers: Int = 2) -> BeatRecord {
        BeatRecord(
            broker: BrokerIdentity(
                name: "a", instance: InstanceID(0xfeed), host: "höst 1%\n",
                process: ProcessPlace(bootID: "b-1", pidNamespace: "pid:[402]", pid: 77, startedTicks: 12345)),
            state: state, epoch: Epoch(9), counter: 1234, times: .standard, wallMilliseconds: 1_770_000_000_123,
            peers: (0..<peers).map {
                BeatRecord.Peer(
                    name: String(repeating: "n", count: 60) + "\($0)", instance: InstanceID(UInt64($0)),
                    counter: Int64.max)
            })
    }

    @Test(arguments: BeatRecord.State.allCases)
    func everyStateReadsBackAsWritten(state: BeatRecord.State) throws {
        let record = Self.record(state)
        let bytes = record.encoded()
        #expect(bytes.count == BeatRecord.size)
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(try BeatRecord(decoding: bytes) == record)
    }

    @Test func asManyPeersAsFitAreKept() throws {
        let bytes = Self.record(peers: 200).encoded()
        #expect(bytes.count == BeatRecord.size)
        #expect(try BeatRecord(decoding: bytes).peers.count == BeatRecord.maximumPeers)
    }

    @Test func whatPeopleAreToldTravelsAlongAsFarAsThereIsRoom() throws {
        let entry = HistoryEntry(
            happenedAtMilliseconds: 1_770_000_000_456, event: "lock.false", epoch: .none, broker: "", host: "", pid: 0,
            otherBroker: "b", otherHost: "höst 2", otherPID: 12, otherEpoch: 8, durationMilliseconds: nil,
            detail: "granted to both; 100 % of the\nlocks")
        var record = Self.record()
        record.alarms = ["lock.false", "view.stale"]
        record.lockView = "flock:refused,posix:granted,ofd:granted"
        record.notes = [BeatNote(number: 1, entry: entry), BeatNote(number: 2, entry: entry)]
        let read = try BeatRecord(decoding: record.encoded())
        #expect(read == record)
        let reported = try #require(read.notes.first).reported(by: read.broker)
        #expect(reported.broker == "a" && reported.pid == 77 && reported.detail == entry.detail)
        record.notes = (0..<100).map { BeatNote(number: $0, entry: entry) }
        let cut = try BeatRecord(decoding: record.encoded())
        #expect(cut.peers == record.peers && cut.alarms == record.alarms)
        #expect((5..<40).contains(cut.notes.count) && cut.notes == Array(record.notes.prefix(cut.notes.count)))
    }

    @Test(arguments: ["", "1", "1 2 e 3 - - - - - x y", "x 2 e 3 - - - - - d", "1 2 %zz 3 - - - - - d"])
    func whatIsNoNoteIsRefused(text: String) {
        #expect(BeatNote(parsing: text) == nil)
    }

    @Test func aRecordThatCannotFitKeepsItsSize() {
        var record = Self.record(peers: 20)
        record.broker = BrokerIdentity(
            name: "a", instance: InstanceID(1), host: String(repeating: "ü", count: 3000),
            process: record.broker.process)
        #expect(record.encoded().count == BeatRecord.size)
    }

    @Test func peopleCanReadIt() {
        let text = String(decoding: Self.record().encoded(), as: UTF8.self)
        #expect(text.hasPrefix("lockkeeper-beat 1\nname=a\ninstance=000000000000feed\n"))
        #expect(text.contains("\nstate=MASTER\nepoch=9\ncounter=1234\nbeat_ms=500\n"))
    }

    @Test func unknownKeysOfANewerBrokerAreSkipped() throws {
        let bytes = Self.changing(Self.record()) { $0.replacing("state=MASTER\n", with: "state=MASTER\ncolour=blue\n") }
        #expect(try BeatRecord(decoding: bytes) == Self.record())
    }

    @Test(arguments: [
        ("state=MASTER", "state=KING", "state"), ("epoch=9", "epoch=nine", "epoch"),
        ("pid=77", "pid=99999999999", "pid"),
        ("name=a", "name=../a", "name"), ("counter=1234\n", "", "counter"), ("beat_ms=500", "beat_ms=-1", "beat_ms"),
        ("beat_ms=500", "beat_ms=9223372036854775807", "beat_ms"),
        ("instance=000000000000feed", "instance=1", "instance"),
        ("boot_id=b-1", "boot_id=%zz", "boot_id"), ("wall_ms=", "wall_ms\n", "wall_ms"), ("peer=n", "peer=/n", "peer"),
    ])
    func malformedFieldsAreNamed(old: String, new: String, field: String) {
        let bytes = Self.changing(Self.record()) { text in
            text.ranges(of: old).first.map { text[..<$0.lowerBound] + new + text[$0.upperBound...] } ?? text
        }
        #expect(throws: BeatRecordError.field(field)) { try BeatRecord(decoding: bytes) }
    }

    @Test func tornAndForeignBytesAreRefused() {
        let old = Self.record().encoded()
        var newer = Self.record()
        newer.counter = 1235
        newer.wallMilliseconds += 500
        let new = newer.encoded()
        #expect(throws: BeatRecordError.checksum) { try BeatRecord(decoding: Array(new[..<250] + old[250...])) }
        #expect(throws: BeatRecordError.size(0)) { try BeatRecord(decoding: []) }
        #expect(throws: BeatRecordError.size(4095)) { try BeatRecord(decoding: Array(old.dropLast())) }
        #expect(throws: BeatRecordError.heading) { try BeatRecord(decoding: [UInt8](repeating: 0, count: 4096)) }
        let blank = Array("lockkeeper-beat 1\n".utf8) + [UInt8](repeating: 0x20, count: 4096 - 18)
        #expect(throws: BeatRecordError.checksum) { try BeatRecord(decoding: blank) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func noBytesTrapTheReader(seed: UInt64) {
        let good = Self.record().encoded()
        var chance = SeededChance(seed: seed)
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                bytes[Int.random(in: 0..<700, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
            }
            do throws(BeatRecordError) {
                // What changed was the blanks at the end, then.
                let decoded = try BeatRecord(decoding: bytes)
                #expect(decoded == Self.record(), "a changed record was believed, seed \(seed)")
            } catch {
                #expect(bytes != good, "seed \(seed)")
            }
        }
    }

    /// The record's text changed, with a checksum that fits again.
    private static func changing(_ record: BeatRecord, _ change: (String) -> String) -> [UInt8] {
        let text = String(decoding: record.encoded(), as: UTF8.self)
        let body = change(String(text[..<(text.ranges(of: "crc=").last?.lowerBound ?? text.endIndex)]))
        var bytes = Array(body.utf8)
        bytes += Array("crc=\(CRC32.hexadecimal(of: bytes))\n".utf8)
        bytes += repeatElement(UInt8(ascii: " "), count: BeatRecord.size - 1 - bytes.count)
        return bytes + [UInt8(ascii: "\n")]
    }
}

@Suite struct CRC32Tests {
    @Test func theCheckValueOfTheStandardComesOut() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(CRC32.hexadecimal(of: []) == "00000000")
    }
}

@Suite struct PercentCodingTests {
    @Test(arguments: ["", "plain", "a b", "100%", "ü\n\u{0}", "%41"])
    func textsReadBackAsWritten(text: String) {
        let coded = PercentCoding.encode(text)
        #expect(coded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        #expect(PercentCoding.decode(coded) == text)
    }

    @Test(arguments: ["%", "%1", "%zz"])
    func halfACodeIsNoText(text: String) {
        #expect(PercentCoding.decode(text) == nil)
    }
}
