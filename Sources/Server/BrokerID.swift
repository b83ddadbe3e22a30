import Glibc

/// The name by which clients of all times recognise the brokers of one data directory as one resource manager.
///
/// XA clients remember it with their transactions, so it must be the same after a takeover and after a restart. It
/// lies in the file `broker.id`, which the directory's first master makes and nobody changes.
enum BrokerID {
    static let fileName = "broker.id"

    /// Reads the id, or makes one.
    ///
    /// - Parameter chance: a number that no other directory has.
    static func of(directory: String, chance: UInt64) throws(StartError) -> String {
        let path = "\(directory)/\(Self.fileName)"
        if let id = try self.read(path) { return id }
        let id = "ID:lockkeeper-\(String(chance, radix: 16))"
        // Under another name first, so that a crash leaves either the whole line or no file.
        let temporary = "\(path).new"
        try self.write("\(id)\n", to: temporary)
        guard rename(temporary, path) == 0 else { throw self.failure("rename", temporary, errno) }
        return id
    }

    private static func read(_ path: String) throws(StartError) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw self.failure("read", path, errno)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw self.failure("read", path, errno) }
        let id = String(decoding: bytes.prefix(count).prefix { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        // An empty file is what is left of one that its maker could not write.
        return id.isEmpty ? nil : id
    }

    private static func write(_ text: String, to path: String) throws(StartError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw self.failure("make", path, errno) }
        defer { close(file) }
        var text = text
        let written = text.withUTF8 { Glibc.write(file, $0.baseAddress, $0.count) == $0.count }
        guard written, fsync(file) == 0 else { throw self.failure("write", path, errno) }
    }

    private static func failure(_ verb: String, _ path: String, _ code: CInt) -> StartError {
        StartError(
            .io, "cannot \(verb) \(path): \(systemErrorText(code)); check the permissions and the room of its disk")
    }
}
