import Glibc

/// The host's name, as the default of the broker's.
package enum HostName {
    package static func current() throws(StartError) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else {
            throw StartError(.software, "the host has no name: \(systemErrorText(errno)); choose one with --name NAME")
        }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
