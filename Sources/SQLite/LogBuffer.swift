import CSQLite
import Synchronization

/// An SQLite file system that writes a write-ahead log in few large steps.
///
/// SQLite writes each page of a log by two calls, a header of 24 bytes and the page. With this file system what follows
/// on one another is kept in memory and written by one call, before the log is synced, read, cut, measured or closed.
/// All other files go to the file system below as they are.
///
/// Only for a connection with `synchronous=FULL`: others learn of a commit after the log's sync, and with it the
/// buffered part is there. A write that fails is reported by the call that needed it, to the same transaction.
package enum LogBuffer {
    /// Its name, made at the first call.
    ///
    /// - Parameter base: name of the file system that does the work; nil for SQLite's default. Where there is none of
    ///   that name, this is the result, and opening fails with it.
    package static func fileSystem(over base: String?) -> String? {
        self.made.withLock { made in
            if let name = made[base] { return name }
            guard let below = sqlite3_vfs_find(base) else { return base }
            let name = "log-buffer:\(String(cString: below.pointee.zName))"
            BufferedFileSystem.register(name, over: below)
            made[base] = name
            return name
        }
    }

    private static let made = Mutex<[String?: String]>([:])
}

/// `sqlite3_vfs` and what is below it. Never freed: SQLite keeps registered file systems.
private struct BufferedFileSystem {
    /// First, since SQLite knows only this.
    var vfs: sqlite3_vfs
    let below: UnsafeMutablePointer<sqlite3_vfs>

    static func register(_ name: String, over below: UnsafeMutablePointer<sqlite3_vfs>) {
        let storage = UnsafeMutablePointer<CChar>.allocate(capacity: name.utf8.count + 1)
        for (index, byte) in name.utf8CString.enumerated() { storage[index] = byte }
        var vfs = sqlite3_vfs()
        vfs.iVersion = 2
        vfs.szOsFile = Int32(BufferedLog.headerBytes) + below.pointee.szOsFile
        vfs.mxPathname = below.pointee.mxPathname
        vfs.zName = UnsafePointer(storage)
        vfs.xOpen = { vfs, path, file, flags, outFlags in
            BufferedFileSystem.open(base(of: vfs), path, file, flags, outFlags)
        }
        vfs.xDelete = { vfs, path, sync in base(of: vfs).pointee.xDelete(base(of: vfs), path, sync) }
        vfs.xAccess = { vfs, path, flags, out in base(of: vfs).pointee.xAccess(base(of: vfs), path, flags, out) }
        vfs.xFullPathname = { vfs, path, length, out in
            base(of: vfs).pointee.xFullPathname(base(of: vfs), path, length, out)
        }
        vfs.xRandomness = { vfs, count, out in base(of: vfs).pointee.xRandomness(base(of: vfs), count, out) }
        vfs.xSleep = { vfs, microseconds in base(of: vfs).pointee.xSleep(base(of: vfs), microseconds) }
        vfs.xCurrentTime = { vfs, out in base(of: vfs).pointee.xCurrentTime(base(of: vfs), out) }
        vfs.xGetLastError = { vfs, length, out in base(of: vfs).pointee.xGetLastError(base(of: vfs), length, out) }
        vfs.xCurrentTimeInt64 = { vfs, out in
            let below = base(of: vfs)
            if below.pointee.iVersion >= 2, let now = below.pointee.xCurrentTimeInt64 { return now(below, out) }
            var days = 0.0
            let code = below.pointee.xCurrentTime(below, &days)
            out?.pointee = sqlite3_int64(days * 86_400_000)
            return code
        }
        let own = UnsafeMutablePointer<Self>.allocate(capacity: 1)
        own.initialize(to: Self(vfs: vfs, below: below))
        UnsafeMutableRawPointer(own).withMemoryRebound(to: sqlite3_vfs.self, capacity: 1) {
            _ = sqlite3_vfs_register($0, 0)
        }
    }

    /// A log gets a buffer in front of the file below; any other file is just that file.
    private static func open(
        _ below: UnsafeMutablePointer<sqlite3_vfs>, _ path: UnsafePointer<CChar>?,
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        guard flags & SQLITE_OPEN_WAL != 0 else { return below.pointee.xOpen(below, path, file, flags, outFlags) }
        file.pointee.pMethods = nil
        let log = BufferedLog.at(file)
        let code = below.pointee.xOpen(below, path, BufferedLog.file(below: log), flags, outFlags)
        if code == SQLITE_OK {
            log.initialize(to: BufferedLog(file: sqlite3_file(pMethods: BufferedLog.methods)))
        }
        return code
    }
}

/// The one below, of a file system made here.
private func base(of vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> UnsafeMutablePointer<sqlite3_vfs> {
    UnsafeMutableRawPointer(vfs!).assumingMemoryBound(to: BufferedFileSystem.self).pointee.below
}

/// A log's file: what is not written yet, and behind it in memory the file below.
///
///     empty ──write──> holding [start, start + count) ──anything but the write that goes on there──> empty
private struct BufferedLog {
    /// First, since SQLite knows only this.
    let file: sqlite3_file
    private var bytes: UnsafeMutableRawPointer?
    private var count = 0
    private var start: sqlite3_int64 = 0

    /// Some thirty pages. SQLite's own file system writes only the last 17 bits of a length.
    private static let capacity = 124 << 10
    /// Where the file below begins: as `malloc` aligns.
    static let headerBytes = (MemoryLayout<BufferedLog>.size + 15) / 16 * 16

    init(file: sqlite3_file) { self.file = file }

    static func at(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<BufferedLog> {
        UnsafeMutableRawPointer(file!).assumingMemoryBound(to: BufferedLog.self)
    }

    static func file(below log: UnsafeMutablePointer<BufferedLog>) -> UnsafeMutablePointer<sqlite3_file> {
        (UnsafeMutableRawPointer(log) + self.headerBytes).assumingMemoryBound(to: sqlite3_file.self)
    }

    /// The buffer's turn is over: everything reaches the file below. What cannot be written is given up, since SQLite
    /// is told so and writes it again or not at all.
    mutating func flush(_ below: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        guard self.count > 0 else { return SQLITE_OK }
        defer { self.count = 0 }
        return below.pointee.pMethods.pointee.xWrite(below, self.bytes, Int32(self.count), self.start)
    }

    mutating func write(
        _ source: UnsafeRawPointer, _ length: Int, at offset: sqlite3_int64,
        _ below: UnsafeMutablePointer<sqlite3_file>
    ) -> Int32 {
        let goesOn = self.count > 0 && offset == self.start + sqlite3_int64(self.count)
        if !goesOn || self.count + length > Self.capacity {
            let code = self.flush(below)
            if code != SQLITE_OK { return code }
            self.start = offset
        }
        guard length <= Self.capacity, let bytes = self.bytes ?? sqlite3_malloc(Int32(Self.capacity)) else {
            return below.pointee.pMethods.pointee.xWrite(below, source, Int32(length), offset)
        }
        self.bytes = bytes
        (bytes + self.count).copyMemory(from: source, byteCount: length)
        self.count += length
        return SQLITE_OK
    }

    mutating func close(_ below: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        let written = self.flush(below)
        sqlite3_free(self.bytes)
        self.bytes = nil
        let code = below.pointee.pMethods.pointee.xClose(below)
        return written == SQLITE_OK ? code : written
    }

    /// Version 1: shared memory and mapped pages are of the database file.
    nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        methods.xClose = { file in
            let log = BufferedLog.at(file)
            return log.pointee.close(BufferedLog.file(below: log))
        }
        methods.xRead = { file, out, length, offset in
            withFlushed(file) { $1.pointee.pMethods.pointee.xRead($1, out, length, offset) }
        }
        methods.xWrite = { file, source, length, offset in
            let log = BufferedLog.at(file)
            guard let source else { return SQLITE_MISUSE }
            return log.pointee.write(source, Int(length), at: offset, BufferedLog.file(below: log))
        }
        methods.xTruncate = { file, size in
            withFlushed(file) { $1.pointee.pMethods.pointee.xTruncate($1, size) }
        }
        methods.xSync = { file, flags in withFlushed(file) { $1.pointee.pMethods.pointee.xSync($1, flags) } }
        methods.xFileSize = { file, out in
            withFlushed(file) { $1.pointee.pMethods.pointee.xFileSize($1, out) }
        }
        methods.xLock = { file, kind in withFlushed(file) { $1.pointee.pMethods.pointee.xLock($1, kind) } }
        methods.xUnlock = { file, kind in withFlushed(file) { $1.pointee.pMethods.pointee.xUnlock($1, kind) } }
        methods.xCheckReservedLock = { file, out in
            withFlushed(file) { $1.pointee.pMethods.pointee.xCheckReservedLock($1, out) }
        }
        methods.xFileControl = { file, operation, argument in
            withFlushed(file) { $1.pointee.pMethods.pointee.xFileControl($1, operation, argument) }
        }
        methods.xSectorSize = { file in
            let below = BufferedLog.file(below: BufferedLog.at(file))
            return below.pointee.pMethods.pointee.xSectorSize?(below) ?? 4_096
        }
        methods.xDeviceCharacteristics = { file in
            let below = BufferedLog.file(below: BufferedLog.at(file))
            return below.pointee.pMethods.pointee.xDeviceCharacteristics?(below) ?? 0
        }
        let kept = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        kept.initialize(to: methods)
        return UnsafePointer(kept)
    }()
}

/// Does something with the file below once everything before it has reached that.
private func withFlushed(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ body: (UnsafeMutablePointer<BufferedLog>, UnsafeMutablePointer<sqlite3_file>) -> Int32
) -> Int32 {
    let log = BufferedLog.at(file)
    let below = BufferedLog.file(below: log)
    let code = log.pointee.flush(below)
    return code == SQLITE_OK ? body(log, below) : code
}
