import CSystemCalls
import Election
import Glibc

/// File calls of the doctor beyond those of ``FileHandle``.
enum ProbeFile {
    /// Makes a file of whole pages that nobody ever sees shorter: written under another name, then renamed.
    static func make(_ path: String, pages: Int = 1, content: [UInt8] = []) throws(SystemFailure) {
        let temporary = path + ".tmp"
        let file = try FileHandle.open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        let rest = max(0, pages * 4096 - content.count)
        try file.write(content + [UInt8](repeating: 0, count: rest), at: 0)
        try file.synchronize()
        try FileNames.rename(temporary, to: path)
    }

    /// False: somebody else made it before.
    static func createExclusively(_ path: String) throws(SystemFailure) -> Bool {
        do throws(SystemFailure) {
            _ = try FileHandle.open(path, O_WRONLY | O_CREAT | O_EXCL)
            return true
        } catch {
            if error.errorNumber == EEXIST { return false }
            throw error
        }
    }

    /// Appends with one call of write(2). False: the call took less than all of it.
    static func append(_ bytes: [UInt8], to file: borrowing FileHandle) throws(SystemFailure) -> Bool {
        let written = bytes.withUnsafeBytes { raw in Glibc.write(file.descriptor, raw.baseAddress, raw.count) }
        guard written >= 0 else { throw SystemFailure("append", file.path, errno) }
        return written == bytes.count
    }

    /// Up to `limit` bytes, past the page cache where the file system can.
    static func wholeContent(of path: String, upTo limit: Int) throws(SystemFailure) -> [UInt8] {
        let file = try FileHandle.openDirect(path)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 4096)
        defer { memory.deallocate() }
        var done = 0
        // A read that does not end at a page was the last: the next would not be aligned.
        while done < limit && done % 4096 == 0 {
            let got = pread(file.descriptor, memory.baseAddress.map { $0 + done }, limit - done, off_t(done))
            if got < 0 {
                let number = errno
                if number == EINTR { continue }
                throw SystemFailure("read", path, number)
            }
            if got == 0 { break }
            done += got
        }
        return [UInt8](UnsafeRawBufferPointer(memory).prefix(done))
    }

    /// The number in the first eight bytes, through the page cache.
    static func number(at offset: Int, of file: borrowing FileHandle) throws(SystemFailure) -> UInt64 {
        var value: UInt64 = 0
        let got = withUnsafeMutableBytes(of: &value) { pread(file.descriptor, $0.baseAddress, 8, off_t(offset)) }
        guard got >= 0 else { throw SystemFailure("read", file.path, errno) }
        return got == 8 ? UInt64(littleEndian: value) : 0
    }

    static func write(_ number: UInt64, at offset: Int, to file: borrowing FileHandle) throws(SystemFailure) {
        try file.write(Self.bytes(number), at: offset)
    }

    static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }

    static func number(in bytes: [UInt8]) -> UInt64 {
        bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64($1.offset * 8) }
    }

    /// Length of what the name means now, by stat(2); nil where it means nothing.
    static func length(_ path: String) throws(SystemFailure) -> Int64? {
        var about = stat()
        guard stat(path, &about) == 0 else {
            let number = errno
            if number == ENOENT { return nil }
            throw SystemFailure("stat", path, number)
        }
        return Int64(about.st_size)
    }

    /// Whether the path is a directory; nil where nothing has that name.
    static func isDirectory(_ path: String) throws(SystemFailure) -> Bool? {
        var about = stat()
        guard stat(path, &about) == 0 else {
            let number = errno
            if number == ENOENT || number == ENOTDIR { return nil }
            throw SystemFailure("stat", path, number)
        }
        return about.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes a directory that is empty; one that is not, or that is gone, stays as it is.
    static func removeDirectory(_ path: String) throws(SystemFailure) {
        guard rmdir(path) == 0 else {
            let number = errno
            if number == ENOENT || number == ENOTEMPTY || number == EEXIST { return }
            throw SystemFailure("rmdir", path, number)
        }
    }
}
