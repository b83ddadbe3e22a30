import Glibc

/// A directory of a test's own, deleted with everything in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/lockkeeper-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("mkdtemp failed: errno \(errno)") }
        self.path = String(cString: made)
    }

    deinit { Self.remove(self.path) }

    package func file(_ name: String) -> String { "\(self.path)/\(name)" }

    /// Names of what is in it, sorted.
    package func contents() -> [String] { Self.list(self.path) }

    /// Names of what is in a directory, sorted.
    package static func contents(of path: String) -> [String] { self.list(path) }

    private static func list(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        // A test may have taken the permission to write away.
        chmod(path, 0o700)
        for name in self.list(path) {
            let child = "\(path)/\(name)"
            var status = stat()
            let isDirectory = lstat(child, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            if isDirectory { self.remove(child) } else { unlink(child) }
        }
        rmdir(path)
    }
}
