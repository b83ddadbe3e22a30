package import Configuration
import Glibc

/// Reads a broker's configuration file, with the environment behind its placeholders.
package enum ConfigurationSource {
    /// - Parameter definitions: values of placeholders from the command line.
    /// - Returns: what the file says, nil where it has errors; and everything there is to say about it.
    /// - Throws: where the file cannot be read at all.
    package static func read(
        _ path: String, definitions: [String: String]
    ) throws(StartError) -> (file: BrokerFile?, diagnostics: [Diagnostic]) {
        let limits = XMLLimits()
        let bytes = try self.bytes(of: path, limit: limits.size + 1)
        let placeholders = Placeholders.standard(file: path, definitions: definitions) { name in
            getenv(name).map { String(cString: $0) }
        }
        return BrokerFile.read(bytes, path: path, placeholders: placeholders, limits: limits) { path in
            do throws(StartError) {
                return try self.bytes(of: path, limit: limits.size)
            } catch {
                return nil
            }
        }
    }

    /// The beginning of a file, at most `limit` bytes of it.
    private static func bytes(of path: String, limit: Int) throws(StartError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.failure(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw self.failure(path, errno)
            }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private static func failure(_ path: String, _ code: CInt) -> StartError {
        let status: ExitStatus =
            switch code {
            case ENOENT, ENOTDIR, EISDIR: .noInput
            case EACCES, EPERM: .noPermission
            default: .io
            }
        return StartError(status, "cannot read the configuration file \(path): \(systemErrorText(code))")
    }
}
