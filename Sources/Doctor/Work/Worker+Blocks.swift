import Election
import Glibc
import Synchronization

/// Numbered blocks, written and synced one after the other while somebody's power is cut.
///
/// Block N is written to `FILE` and synced, then its number to `FILE.done` and synced. Whatever is cut, the number that
/// was told last is on the storage, and `FILE` is never behind `FILE.done`.
extension Worker {
    /// `file` → ``: starts writing on a thread of its own, until this process ends.
    func blocksStart(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let writer = BlockWriter(path)
        try self.system { () throws(SystemFailure) in
            try ProbeFile.make(path, pages: BlockWriter.pages)
            try ProbeFile.make(path + ".done")
            try PosixThread.start(name: "doctor-blocks", stackBytes: 1 << 19) { writer.run() }
        }
        self.blocks = writer
        return .answer()
    }

    /// → `done`: the last block whose number is on the storage.
    func blocksDone() -> Message {
        .answer(["done": String(self.blocks?.done ?? 0), "failure": self.blocks?.failure ?? ""])
    }

    /// `file told` → `written numbered missing`: what is on the storage now, and how many of the blocks told are not.
    func blocksCheck(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let told = UInt64(try self.value(task, "told", in: 0...Int64.max))
        let (blocks, numbered) = try self.system { () throws(SystemFailure) in
            (
                try ProbeFile.wholeContent(of: path, upTo: BlockWriter.pages * 4096),
                ProbeFile.number(in: try ProbeFile.wholeContent(of: path + ".done", upTo: 4096))
            )
        }
        let found = stride(from: 0, to: blocks.count, by: 4096).map { start in
            BlockWriter.number(ofPage: Array(blocks[start..<min(start + 4096, blocks.count)]))
        }
        let written = found.compactMap { $0 }.max() ?? 0
        let due = max(told, numbered)
        // The pages are a ring: of all that was written the last round is still there, but for the page that the block
        // after the last was being written to.
        let first = due >= UInt64(BlockWriter.pages) ? due - UInt64(BlockWriter.pages) + 2 : 1
        var missing = 0
        if due > 0 {
            for number in first...due {
                let page = found[Int((number - 1) % UInt64(BlockWriter.pages))]
                // A newer block may have taken the place.
                if page == nil || page ?? 0 < number { missing += 1 }
            }
        }
        return .answer([
            "written": String(written), "numbered": String(numbered), "told": String(told),
            "missing": String(missing), "torn": String(found.count { $0 == nil }),
        ])
    }
}

/// Writes blocks until the process ends.
final class BlockWriter: Sendable {
    static let pages = 64

    private let path: String
    private let last = Atomic<UInt64>(0)
    /// Guards why writing stopped.
    private let stopped = Mutex("")

    init(_ path: String) { self.path = path }

    var done: UInt64 { self.last.load(ordering: .acquiring) }
    var failure: String { self.stopped.withLock { $0 } }

    func run() {
        do throws(SystemFailure) {
            let blocks = try FileHandle.open(self.path, O_WRONLY)
            let numbers = try FileHandle.open(self.path + ".done", O_WRONLY)
            var number: UInt64 = 0
            while true {
                number += 1
                try blocks.write(Self.page(number), at: Int((number - 1) % UInt64(Self.pages)) * 4096)
                try blocks.synchronize()
                try ProbeFile.write(number, at: 0, to: numbers)
                try numbers.synchronize()
                self.last.store(number, ordering: .releasing)
                DoctorClock.pause(microseconds: 2000)
            }
        } catch {
            self.stopped.withLock { $0 = error.description }
        }
    }

    /// A page that shows whether all of it was written: the number again and again, and a checksum.
    static func page(_ number: UInt64) -> [UInt8] {
        var page: [UInt8] = []
        for _ in 0..<511 { page += ProbeFile.bytes(number) }
        return page + ProbeFile.bytes(UInt64(CRC32.of(page)))
    }

    /// 0 for a page that was never written; nil for one that was written in part.
    static func number(ofPage page: [UInt8]) -> UInt64? {
        guard page.count == 4096 else { return nil }
        if !page.contains(where: { $0 != 0 }) { return 0 }
        let number = ProbeFile.number(in: page)
        return page == Self.page(number) ? number : nil
    }
}
