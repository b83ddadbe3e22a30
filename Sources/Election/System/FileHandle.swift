import CSystemCalls
import Glibc

/// A file's identity while it exists: two paths or descriptors of one file have the same.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64

    init(_ about: stat) {
        self.device = UInt64(about.st_dev)
        self.inode = UInt64(about.st_ino)
    }

    /// The identity of what the path names now, or nil where it names nothing.
    package static func ofPath(_ path: String) throws(SystemFailure) -> FileIdentity? {
        var about = stat()
        guard stat(path, &about) == 0 else {
            let number = errno
            if number == ENOENT { return nil }
            throw SystemFailure("stat", path, number)
        }
        return FileIdentity(about)
    }
}

/// An open file. Closed with its owner.
package struct FileHandle: ~Copyable {
    package let descriptor: Int32
    package let path: String

    private init(adopting descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        // Nothing useful can be done about an error of close: the descriptor is gone in any case.
        _ = close(self.descriptor)
    }

    /// Opens with the flags given; O_CLOEXEC is added. Files made are readable by all, writable by their owner.
    package static func open(_ path: String, _ flags: Int32) throws(SystemFailure) -> FileHandle {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemFailure("open", path, errno) }
        return FileHandle(adopting: descriptor, path: path)
    }

    /// Opens for reading past the page cache, or through it where the file system has no direct reads.
    package static func openDirect(_ path: String) throws(SystemFailure) -> FileHandle {
        let descriptor = sys_open_direct(path)
        if descriptor >= 0 { return FileHandle(adopting: descriptor, path: path) }
        guard descriptor == -EINVAL else { throw SystemFailure("open", path, -descriptor) }
        return try Self.open(path, O_RDONLY)
    }

    /// Another descriptor of the same open file: it shares the locks, and closing it gives none of them back.
    func duplicate() throws(SystemFailure) -> FileHandle {
        let descriptor = dup(self.descriptor)
        guard descriptor >= 0 else { throw SystemFailure("dup", self.path, errno) }
        return FileHandle(adopting: descriptor, path: self.path)
    }

    /// The identity of the open file, or nil once it has no name left in any directory.
    package func identity() throws(SystemFailure) -> FileIdentity? {
        var about = stat()
        guard fstat(self.descriptor, &about) == 0 else { throw SystemFailure("fstat", self.path, errno) }
        return about.st_nlink == 0 ? nil : FileIdentity(about)
    }

    /// Writes all bytes at the offset.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemFailure) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = pwrite(self.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if written < 0 {
                let number = errno
                if number == EINTR { continue }
                throw SystemFailure("write", self.path, number)
            }
            done += written
        }
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(SystemFailure) {
        // A closure that throws a typed error widens it, so the result is carried out as a value.
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(SystemFailure) in try self.write(raw, at: offset) }
        }
        try result.get()
    }

    /// Reads up to `count` bytes from the start of the file into memory aligned for direct reads.
    package func read(upTo count: Int) throws(SystemFailure) -> [UInt8] {
        let alignment = 4096
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: alignment)
        defer { memory.deallocate() }
        var done = 0
        while done < count {
            let got = pread(self.descriptor, memory.baseAddress.map { $0 + done }, count - done, off_t(done))
            if got < 0 {
                let number = errno
                if number == EINTR { continue }
                throw SystemFailure("read", self.path, number)
            }
            if got == 0 { break }
            done += got
        }
        return [UInt8](UnsafeRawBufferPointer(memory).prefix(done))
    }

    /// Sends the data, and what is needed to read it back, to the storage.
    package func synchronize() throws(SystemFailure) {
        guard fsync(self.descriptor) == 0 else { throw SystemFailure("fsync", self.path, errno) }
    }

    package func truncate(to length: Int) throws(SystemFailure) {
        guard ftruncate(self.descriptor, off_t(length)) == 0 else { throw SystemFailure("ftruncate", self.path, errno) }
    }
}

/// What concerns names in directories and not open files.
package enum FileNames {
    /// The names in a directory, without `.` and `..`, in no particular order. Empty where the directory is missing.
    package static func list(_ path: String) throws(SystemFailure) -> [String] {
        guard let directory = opendir(path) else {
            let number = errno
            if number == ENOENT { return [] }
            throw SystemFailure("opendir", path, number)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes the name; a name that is missing already is no error.
    package static func remove(_ path: String) throws(SystemFailure) {
        guard unlink(path) == 0 else {
            let number = errno
            if number == ENOENT { return }
            throw SystemFailure("unlink", path, number)
        }
    }

    /// Puts `from` in place of whatever `to` names.
    package static func rename(_ from: String, to: String) throws(SystemFailure) {
        guard Glibc.rename(from, to) == 0 else { throw SystemFailure("rename", from, errno) }
    }

    /// Gives `from` the name `to` unless that is taken. False: it is taken, and `from` is as before.
    package static func renameIfAbsent(_ from: String, to: String) throws(SystemFailure) -> Bool {
        let result = sys_rename_if_absent(from, to)
        if result == 0 { return true }
        if result == -EEXIST { return false }
        guard result == -ENOSYS || result == -EINVAL else { throw SystemFailure("rename", from, -result) }
        // A hard link is as exclusive as the rename that this file system lacks.
        guard link(from, to) == 0 else {
            let number = errno
            if number == EEXIST { return false }
            throw SystemFailure("link", from, number)
        }
        try Self.remove(from)
        return true
    }

    /// Makes the directory unless it is there.
    package static func makeDirectory(_ path: String) throws(SystemFailure) {
        guard mkdir(path, 0o755) == 0 else {
            let number = errno
            if number == EEXIST { return }
            throw SystemFailure("mkdir", path, number)
        }
    }

    /// The first bytes of a small file, such as those under /proc.
    package static func contents(of path: String, upTo count: Int = 65_536) throws(SystemFailure) -> String {
        let file = try FileHandle.open(path, O_RDONLY)
        return String(decoding: try file.read(upTo: count), as: UTF8.self)
    }
}
