/// Which processes of this host hold a lock on a file, by /proc/locks (proc(5)).
enum LocalLockHolders {
    /// Sorted; without those of open file descriptions, for which the kernel names no process, and without locks that
    /// other hosts hold. Empty where nothing can be read.
    static func of(_ paths: [String]) -> [Int32] {
        do throws(SystemFailure) {
            let table = try FileNames.contents(of: "/proc/locks", upTo: 1 << 20)
            var found: Set<Int32> = []
            for path in paths {
                guard let identity = try FileIdentity.ofPath(path) else { continue }
                found.formUnion(Self.parse(table, for: identity))
            }
            return found.sorted()
        } catch {
            return []
        }
    }

    /// Lines such as `4: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`; those that wait have an arrow in front.
    static func parse(_ table: String, for file: FileIdentity) -> [Int32] {
        table.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 8, words[1] != "->", let pid = Int32(words[4]), pid > 0 else { return nil }
            let place = words[5].split(separator: ":")
            guard place.count == 3, let major = UInt64(place[0], radix: 16), let minor = UInt64(place[1], radix: 16),
                let inode = UInt64(place[2])
            else { return nil }
            return file.isOf(major: major, minor: minor, inode: inode) ? pid : nil
        }
    }
}
