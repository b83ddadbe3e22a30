import CSystemCalls
import Election
import Glibc

/// The first page of a file, mapped shared.
final class SharedMap {
    private static let length: Int64 = 4096
    private let memory: UnsafeMutableRawPointer

    /// - Throws: `ENODEV` where the file system cannot map files.
    init(path: String) throws(SystemFailure) {
        let file = try FileHandle.open(path, O_RDWR)
        var memory: UnsafeMutableRawPointer?
        let result = sys_map_shared(file.descriptor, Self.length, &memory)
        guard result == 0, let memory else { throw SystemFailure("mmap", path, -result) }
        self.memory = memory
    }

    deinit { sys_unmap(self.memory, Self.length) }

    var value: UInt64 {
        get { sys_load_64(self.memory) }
        set { sys_store_64(self.memory, newValue) }
    }
}
