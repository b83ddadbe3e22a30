import Glibc

/// Plain file access for tests that damage or inspect files.
package enum TestFile {
    /// Overwrites bytes in place. False when the file cannot be written.
    package static func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) -> Bool {
        let descriptor = open(path, O_WRONLY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count
    }

    /// Nil when there is no such file.
    package static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// The whole file; empty when it cannot be read.
    package static func bytes(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: self.size(path) ?? 0)
        let length = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(length, 0)))
    }

    /// Makes or replaces a file. False when it cannot be written.
    package static func write(_ path: String, _ bytes: [UInt8]) -> Bool {
        let descriptor = creat(path, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}

extension TestFile {
    /// Makes an empty file. False when there is one, or none can be made.
    package static func create(_ path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard descriptor >= 0 else { return false }
        return close(descriptor) == 0
    }
}
