import Election
import Glibc

/// A file that stays open under its scratch name.
final class KeptFile {
    let file: FileHandle

    init(_ file: consuming FileHandle) { self.file = file }
}

/// Names, contents and syncs.
extension Worker {
    /// `file pages` → ``: a file of whole pages of zeros.
    func make(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let pages = try self.value(task, "pages", in: 1...256)
        let content = Array((task["content"] ?? "").utf8.prefix(4096))
        try self.system { () throws(SystemFailure) in
            try ProbeFile.make(path, pages: Int(pages), content: content)
        }
        return .answer()
    }

    /// `file places` → `sum`: the numbers that stand in the file, past the page cache.
    func number(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let places = Int(try self.value(task, "places", in: 1...64))
        let bytes = try self.system { () throws(SystemFailure) in
            try ProbeFile.wholeContent(of: path, upTo: 4096)
        }
        var sum: UInt64 = 0
        for place in 0..<places { sum &+= ProbeFile.number(in: Array(bytes.dropFirst(place * 8))) }
        return .answer(["sum": String(sum)])
    }

    /// `prefix names` → `won` as hexadecimal digits, one bit a name: creates each exclusively, all of them at the pace of
    /// whoever else does.
    func race(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task, "prefix")
        let names = Int(try self.value(task, "names", in: 1...256))
        var won = [UInt8](repeating: 0, count: (names + 3) / 4)
        for index in 0..<names {
            let isOurs = try self.system { () throws(SystemFailure) in
                try ProbeFile.createExclusively("\(path).\(index)")
            }
            guard isOurs else { continue }
            won[index / 4] |= 1 << UInt8(index % 4)
            // The loser is behind and catches up meanwhile, so that both come to the next name together.
            DoctorClock.pause(microseconds: 400)
        }
        return .answer(["won": won.map { String($0, radix: 16) }.joined()])
    }

    static let recordBytes = 512

    /// `file writer count kind?` → `done short`: appends records that say who wrote them, under a lock of the file itself
    /// where a kind is given: NFS looks at the file again only when that is locked.
    func append(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let writer = task["writer"] ?? "?"
        let count = try self.value(task, "count", in: 1...1000)
        let kind = task["kind"] == nil ? nil : try self.kind(task)
        let lock = try self.system { () throws(SystemFailure) in
            try kind.map { kind throws(SystemFailure) in
                try ProbeLock(kind, path: path)
            }
        }
        let deadline = Deadline(in: .seconds(10))
        return try self.system { () throws(SystemFailure) in
            let file = try FileHandle.open(path, O_WRONLY | O_APPEND)
            var (done, short) = (0, 0)
            for index in 0..<count where !deadline.isOver {
                if let lock, !Self.wait(for: lock, until: deadline) { break }
                defer { lock?.release() }
                let isWhole = try ProbeFile.append(Self.record(writer, Int(index)), to: file)
                if isWhole { done += 1 } else { short += 1 }
                DoctorClock.pause(microseconds: 50)
            }
            try file.synchronize()
            return .answer(["done": String(done), "short": String(short)])
        }
    }

    private static func wait(for lock: ProbeLock, until deadline: Deadline) -> Bool {
        while true {
            switch lock.attempt() {
            case .granted: return true
            case .failed: return false
            case .refused, .notTried: if deadline.isOver { return false }
            }
            DoctorClock.pause(microseconds: 100)
        }
    }

    private static func record(_ writer: String, _ index: Int) -> [UInt8] {
        let head = Array("\(writer) \(index) ".utf8)
        let tail = Array(" \(CRC32.hexadecimal(of: head))\n".utf8)
        return head + [UInt8](repeating: UInt8(ascii: "."), count: Self.recordBytes - head.count - tail.count) + tail
    }

    /// `file` → a count for each writer, and `torn`: records that nobody wrote so.
    func records(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let bytes = try self.system { () throws(SystemFailure) in
            try ProbeFile.wholeContent(of: path, upTo: 1 << 20)
        }
        var found: [String: Set<Int>] = [:]
        var torn = 0
        for start in stride(from: 0, to: bytes.count, by: Self.recordBytes) {
            let record = Array(bytes[start..<min(start + Self.recordBytes, bytes.count)])
            let words = String(decoding: record.prefix(40), as: UTF8.self).split(separator: " ")
            guard words.count > 1, let index = Int(words[1]), Self.record(String(words[0]), index) == record else {
                torn += 1
                continue
            }
            found[String(words[0]), default: []].insert(index)
        }
        var fields = ["torn": String(torn)]
        for (writer, indexes) in found { fields["by_\(writer)"] = String(indexes.count) }
        return .answer(fields)
    }

    /// `file count ms` → the times of writing and syncing one page, in microseconds.
    func synchronize(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let count = try self.value(task, "count", in: 1...10_000)
        let deadline = try self.time(task)
        return try self.system { () throws(SystemFailure) in
            try ProbeFile.make(path, pages: 64)
            let file = try FileHandle.open(path, O_WRONLY)
            let page = [UInt8](repeating: 0x55, count: 4096)
            var times: [Int64] = []
            for index in 0..<count where !deadline.isOver || times.isEmpty {
                let start = DoctorClock.microseconds()
                try file.write(page, at: Int(index % 64) * 4096)
                try file.synchronize()
                times.append(DoctorClock.microseconds() - start)
            }
            let spread = Spread(times)
            return .answer([
                "count": String(times.count), "p50_us": String(spread.at(0.5)), "p90_us": String(spread.at(0.9)),
                "p99_us": String(spread.at(0.99)), "max_us": String(spread.at(1)),
            ])
        }
    }

    /// `file` → `inode device same content` of what the name means, opened anew.
    func identity(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        return try self.system { () throws(SystemFailure) in
            guard let named = try FileIdentity.ofPath(path) else { return .answer(["found": "no"]) }
            let file = try FileHandle.open(path, O_RDONLY)
            let open = try file.identity()
            let content = try file.read(upTo: 64).prefix { $0 != 0 }
            return .answer([
                "found": "yes", "inode": String(named.inode), "device": String(named.device),
                "same": open == named ? "yes" : "no", "content": String(decoding: content, as: UTF8.self),
            ])
        }
    }

    /// `file to` → ``
    func rename(_ task: Message) throws(WorkError) -> Message {
        let (from, to) = (try self.path(task), try self.path(task, "to"))
        try self.system { () throws(SystemFailure) in try FileNames.rename(from, to: to) }
        return .answer()
    }

    /// `file content` → ``: puts another file in the place of the name.
    func replace(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let content = Array((task["content"] ?? "").utf8.prefix(4096))
        try self.system { () throws(SystemFailure) in try ProbeFile.make(path, content: content) }
        return .answer()
    }

    /// `file` → ``: keeps it open until this worker ends.
    func keep(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        self.kept[path] = try self.system { () throws(SystemFailure) in
            KeptFile(try FileHandle.open(path, O_RDWR))
        }
        return .answer()
    }

    /// `file ms` → `seen waited_us`: waits until the name means another file than the one kept.
    func waitReplaced(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let deadline = try self.time(task)
        guard let kept = self.kept[path] else { throw .doctor(.garbled("wait-replaced of a file that is not kept")) }
        return try self.system { () throws(SystemFailure) in
            let start = DoctorClock.microseconds()
            var isSeen = false
            while true {
                isSeen = try Self.isReplaced(kept.file, path)
                if isSeen || deadline.isOver { break }
                DoctorClock.pause(microseconds: 2000)
            }
            return .answer([
                "seen": isSeen ? "yes" : "no", "waited_us": String(DoctorClock.microseconds() - start),
            ])
        }
    }

    private static func isReplaced(_ file: borrowing FileHandle, _ path: String) throws(SystemFailure) -> Bool {
        do throws(SystemFailure) {
            let open = try file.identity()
            let named = try FileIdentity.ofPath(path)
            return open == nil || named != open
        } catch {
            // How an NFS server says that the open file has lost its name.
            if error.errorNumber == ESTALE { return true }
            throw error
        }
    }
}

/// Order statistics of a few measurements.
struct Spread {
    private let sorted: [Int64]

    init(_ values: [Int64]) { self.sorted = values.sorted() }

    /// The value that this share of all does not exceed; 0 where there is none.
    func at(_ share: Double) -> Int64 {
        guard let last = self.sorted.indices.last else { return 0 }
        return self.sorted[min(last, max(0, Int((Double(self.sorted.count) * share).rounded(.up)) - 1))]
    }
}
