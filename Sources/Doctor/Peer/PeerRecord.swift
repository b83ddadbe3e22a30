import Election

/// What one doctor lets another know: the whole content of `doctor/NAME.SESSION.peer`.
///
/// Text, always 4096 bytes and under its name only when complete, read past the page cache and opened anew each time:
/// what was seen fresh on every file system, as with beats.
///
///     lockkeeper-doctor 1
///     key=value
///     crc=XXXXXXXX         of all bytes before this line
///     blanks up to 4095, then a newline
struct PeerRecord: Hashable, Sendable {
    static let size = 4096
    private static let heading = "lockkeeper-doctor 1"
    static let ending = ".peer"

    /// This run of the doctor.
    var session: String
    var name: String
    /// The doctor it wants to work with.
    var wanted: String
    /// The session of that doctor, once it was seen; empty before.
    var seen = ""
    /// Whether the power of its host is to be cut.
    var isToBeCut = false
    var host: String
    var bootID: String
    /// Grows several times a second while the process lives.
    var counter: Int64 = 0
    /// How many messages were sent; the last two are in the record.
    var sent: Int64 = 0
    var message = ""
    var previous = ""
    /// Blocks that are on the storage, while power is to be cut.
    var blocksDone: Int64 = 0

    func encoded() -> [UInt8] {
        let fields = [
            ("name", self.name), ("session", self.session), ("wanted", self.wanted), ("seen", self.seen),
            ("cut", self.isToBeCut ? "yes" : "no"),
            ("host", PercentCoding.encode(self.host)), ("boot_id", PercentCoding.encode(self.bootID)),
            ("counter", String(self.counter)), ("sent", String(self.sent)), ("blocks_done", String(self.blocksDone)),
            ("message", self.message), ("previous", self.previous),
        ]
        var bytes = Array((Self.heading + "\n" + fields.map { "\($0.0)=\($0.1)\n" }.joined()).utf8)
        bytes += Array("crc=\(CRC32.hexadecimal(of: bytes))\n".utf8)
        // Names and host are short, and messages are bounded where they are made.
        bytes += repeatElement(UInt8(ascii: " "), count: max(0, Self.size - bytes.count - 1))
        return bytes.prefix(Self.size - 1) + [UInt8(ascii: "\n")]
    }
}

extension PeerRecord {
    /// Nil for bytes that are no whole record of this version.
    init?(decoding bytes: [UInt8]) {
        guard bytes.count == Self.size, bytes.starts(with: Array((Self.heading + "\n").utf8)) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let mark = Array("crc=".utf8)
        guard let checksum = lines.first(where: { $0.starts(with: mark) }) else { return nil }
        let covered = Array(bytes[..<checksum.startIndex])
        guard Array(checksum) == mark + Array(CRC32.hexadecimal(of: covered).utf8) else { return nil }
        var fields: [String: String] = [:]
        for line in String(decoding: covered, as: UTF8.self).split(separator: "\n").dropFirst() {
            guard let equals = line.firstIndex(of: "=") else { return nil }
            fields[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        guard let name = fields["name"], BrokerIdentity.isValidName(name), let session = fields["session"],
            !session.isEmpty, let wanted = fields["wanted"], let seen = fields["seen"],
            let host = PercentCoding.decode(fields["host"] ?? ""),
            let bootID = PercentCoding.decode(fields["boot_id"] ?? ""),
            let counter = Int64(fields["counter"] ?? ""), let sent = Int64(fields["sent"] ?? ""),
            let blocksDone = Int64(fields["blocks_done"] ?? ""), let message = fields["message"],
            let previous = fields["previous"]
        else { return nil }
        self.init(
            session: session, name: name, wanted: wanted, seen: seen, isToBeCut: fields["cut"] == "yes", host: host,
            bootID: bootID, counter: counter, sent: sent, message: message, previous: previous, blocksDone: blocksDone)
    }
}
