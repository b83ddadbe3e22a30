import CSystemCalls
import Glibc

/// What the storage says of a file.
struct FileStatus: Hashable, Sendable {
    let identity: FileIdentity
    let bytes: Int64
    let modifiedNanoseconds: Int64
    let owner: UInt32
    let group: UInt32
    let mode: UInt32

    /// Asks the storage and not this host's cache; nil where there is no such name.
    static func ask(_ path: String) throws(SystemFailure) -> FileStatus? {
        var status = storage_status()
        let result = sys_ask_status(path, &status)
        if result == -ENOENT { return nil }
        guard result == 0 else { throw SystemFailure("statx", path, -result) }
        return FileStatus(status)
    }

    /// As ``ask(_:)``, also where this host remembers the name as missing or as another file's.
    static func fresh(_ path: String) throws(SystemFailure) -> FileStatus? {
        // NFS goes by the directory's change attribute, FUSE by time only, unless the lookup is one for making a name.
        _ = try Self.ask(FileNames.parts(of: path).directory)
        _ = try FileNames.lookUpAgain(path)
        return try Self.ask(path)
    }

    private init(_ status: storage_status) {
        self.identity = FileIdentity(device: status.device, inode: status.inode)
        self.bytes = status.size
        self.modifiedNanoseconds = status.modified_ns
        self.owner = status.owner
        self.group = status.group
        self.mode = status.mode
    }

    var isFile: Bool { self.mode & UInt32(S_IFMT) == UInt32(S_IFREG) }
}

/// Copies files to new inodes, by what the storage holds and not by what this host has cached of it.
enum FileCopy {
    private static let chunkBytes = 1 << 20
    /// So much is copied between two reports of progress.
    private static let reportedBytes: Int64 = 64 << 20

    /// Makes `to`, which must not exist, an equal file of the same owner and permissions, and returns its length once
    /// all of it is on the storage. What was made of it before a failure stays.
    ///
    /// - Parameters:
    ///   - shares: the blocks are to be shared where the file system can, which takes no time and no room.
    ///   - progress: called from time to time while there is more to be copied.
    static func copy(
        _ from: String, to: String, sharingBlocks shares: Bool, progress: () -> Void = {}
    ) throws(SystemFailure) -> Int64 {
        let status = try Self.existing(from)
        let target = try Self.make(to, like: status)
        let isShared = shares ? try Self.share(from, target) : false
        let bytes = isShared ? status.bytes : try Self.transfer(from, status.bytes, to: target, progress)
        try target.synchronize()
        return bytes
    }

    /// Makes `to`, which must not exist, an empty file of the same owner and permissions.
    static func copyNothing(of from: String, to: String) throws(SystemFailure) {
        try Self.make(to, like: try Self.existing(from)).synchronize()
    }

    private static func existing(_ path: String) throws(SystemFailure) -> FileStatus {
        guard let status = try FileStatus.ask(path) else { throw SystemFailure("open", path, ENOENT) }
        return status
    }

    private static func make(_ path: String, like other: FileStatus) throws(SystemFailure) -> FileHandle {
        let made = try FileHandle.open(path, O_WRONLY | O_CREAT | O_EXCL)
        try made.give(to: other)
        return made
    }

    private static func share(_ from: String, _ target: borrowing FileHandle) throws(SystemFailure) -> Bool {
        let source = try FileHandle.open(from, O_RDONLY)
        switch sys_clone_file(target.descriptor, source.descriptor) {
        case 0: return true
        case -EOPNOTSUPP, -ENOTTY, -EINVAL, -EXDEV, -ENOSYS, -EPERM: return false
        case let result: throw SystemFailure("clone", from, -result)
        }
    }

    /// Returns how many bytes there were: fewer than `bytes` where the file was cut meanwhile.
    private static func transfer(
        _ from: String, _ bytes: Int64, to target: borrowing FileHandle, _ progress: () -> Void
    ) throws(SystemFailure) -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 4096)
        defer { buffer.deallocate() }
        var source = try FileHandle.openDirect(from)
        var done: Int64 = 0
        while done < bytes {
            var count: Int
            do throws(SystemFailure) {
                count = try source.read(into: buffer, at: done)
            } catch {
                // Some file systems open for direct reads and then refuse them, or refuse those behind an odd end.
                guard error.errorNumber == EINVAL else { throw error }
                source = try FileHandle.open(from, O_RDONLY)
                try source.forgetPages()
                count = try source.read(into: buffer, at: done)
            }
            count = min(count, Int(bytes - done))
            guard count > 0 else { break }
            try target.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: Int(done))
            done += Int64(count)
            if done % Self.reportedBytes < Int64(count) {
                // In pieces, so that the last call does not have all of it to send.
                try target.synchronize()
                progress()
            }
        }
        return done
    }
}

extension FileIdentity {
    fileprivate init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    /// Whether a table of the kernel's means this file.
    func isOf(major: UInt64, minor: UInt64, inode: UInt64) -> Bool {
        // As glibc packs the two (makedev(3)).
        let ownMajor = (self.device >> 8) & 0xfff | (self.device >> 32) & ~0xfff
        let ownMinor = self.device & 0xff | (self.device >> 12) & ~0xff
        return self.inode == inode && ownMajor == major && ownMinor & 0xffff_ffff == minor
    }

    /// The identity of what the path names by the storage's word, whatever this host remembers of the name.
    static func onStorage(_ path: String) throws(SystemFailure) -> FileIdentity? {
        try FileStatus.fresh(path)?.identity
    }
}

extension FileHandle {
    /// Reads once, from the offset on. 0: the end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemFailure) -> Int {
        while true {
            let count = pread(self.descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            let number = errno
            guard number == EINTR else { throw SystemFailure("read", self.path, number) }
        }
    }

    /// Drops what this host keeps of the file's content, apart from what it has still to write.
    func forgetPages() throws(SystemFailure) {
        let result = sys_forget_pages(self.descriptor)
        guard result == 0 else { throw SystemFailure("posix_fadvise", self.path, -result) }
    }

    /// Gives the file the owner and the permissions of another, as far as this user may.
    func give(to other: FileStatus) throws(SystemFailure) {
        let result = sys_give_to(self.descriptor, other.owner, other.group, other.mode)
        // Who may not give files away owns the other one, or is let in by its group.
        guard result == 0 || result == -EPERM else { throw SystemFailure("fchown", self.path, -result) }
    }
}

extension FileNames {
    /// `a/b` and `c` of `a/b/c`.
    static func parts(of path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }

    /// Makes the kernel look the name up again, also one that it remembers as missing. True: the name is there.
    ///
    /// Never makes anything: it asks for a hard link across two mounts, which is refused after the lookup.
    package static func lookUpAgain(_ path: String) throws(SystemFailure) -> Bool {
        switch sys_force_lookup(path) {
        case -EEXIST: return true
        case -EXDEV, -ENOENT, -EPERM, -EROFS: return false
        case let result: throw SystemFailure("link", path, -result)
        }
    }

    /// Gives the file a second name unless that is taken. Nil: this file system has no hard links.
    static func linkIfAbsent(_ from: String, to: String) throws(SystemFailure) -> Bool? {
        guard Glibc.link(from, to) != 0 else { return true }
        switch errno {
        case EEXIST: return false
        case EPERM, ENOSYS, EOPNOTSUPP, EMLINK: return nil
        case let number: throw SystemFailure("link", from, number)
        }
    }

    /// Puts the directory's names, as they are now, on the storage.
    static func synchronize(_ directory: String) throws(SystemFailure) {
        let handle = try FileHandle.open(directory, O_RDONLY | O_DIRECTORY)
        do throws(SystemFailure) {
            try handle.synchronize()
        } catch {
            // Where directories cannot be synchronised, names are on the storage when their call returns.
            guard error.errorNumber == EINVAL || error.errorNumber == EROFS else { throw error }
        }
    }

    /// Bytes that an ordinary user may still write there; nil where the file system does not say.
    static func freeBytes(_ path: String) -> Int64? {
        var bytes: Int64 = 0
        return sys_free_bytes(path, &bytes) == 0 ? bytes : nil
    }
}
