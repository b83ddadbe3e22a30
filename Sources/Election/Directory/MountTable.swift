/// One line of /proc/self/mountinfo (proc(5)).
struct Mount: Hashable, Sendable {
    let point: String
    /// For example `ext4`, `nfs4`, `fuse.sshfs`.
    let type: String
    let source: String
    /// Of the mount and of the file system, in this order.
    let options: [String]
    /// `major:minor` of st_dev, as /sys names file systems too.
    let device: String

    init(point: String, type: String, source: String, options: [String], device: String = "") {
        self.point = point
        self.type = type
        self.source = source
        self.options = options
        self.device = device
    }

    /// The value of `key=value`, or an empty text for an option without one; nil where it is not set.
    func option(_ key: String) -> String? {
        for option in self.options {
            if option == key { return "" }
            if option.hasPrefix(key + "=") { return String(option.dropFirst(key.count + 1)) }
        }
        return nil
    }
}

/// The mounts of this process's name space.
struct MountTable {
    let mounts: [Mount]

    static func ofThisProcess() throws(SystemFailure) -> MountTable {
        MountTable(parsing: try FileNames.contents(of: "/proc/self/mountinfo", upTo: 1 << 20))
    }

    init(parsing text: String) {
        self.mounts = text.split(separator: "\n").compactMap(Self.mount)
    }

    /// The mount that holds an absolute path without symbolic links: the last one at the longest matching point.
    func mount(holding path: String) -> Mount? {
        var best: Mount?
        for mount in self.mounts {
            let isAbove = mount.point == "/" || path == mount.point || path.hasPrefix(mount.point + "/")
            if isAbove && mount.point.utf8.count >= (best?.point.utf8.count ?? 0) { best = mount }
        }
        return best
    }

    /// `36 35 98:0 /root /point options optional... - type source options`
    ///
    /// The source may be empty, and OCFS2 leaves an empty option behind `localflocks`.
    private static func mount(_ line: Substring) -> Mount? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
        let options = fields[5].split(separator: ",") + fields[dash + 3].split(separator: ",")
        return Mount(
            point: Self.unescaped(fields[4]), type: String(fields[dash + 1]), source: Self.unescaped(fields[dash + 2]),
            options: options.map(String.init), device: String(fields[2]))
    }

    /// Blanks, tabs, newlines and backslashes stand there as a backslash and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
