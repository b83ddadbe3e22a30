@testable import Election

/// The data directory as the storage truly has it. What a host sees of it is ``SimulatedView``'s matter.
final class SimulatedSharedDirectory {
    /// A value with all it ever was, for hosts that see what was true a while ago.
    struct Remembered<Value> {
        private var past: [(time: Nanoseconds, value: Value)]

        init(_ value: Value) { self.past = [(.min, value)] }

        /// There is always one.
        var value: Value { self.past[self.past.count - 1].value }

        func value(at time: Nanoseconds) -> Value {
            var index = self.past.count - 1
            while index > 0, self.past[index].time > time { index -= 1 }
            return self.past[index].value
        }

        mutating func set(_ value: Value, at time: Nanoseconds) { self.past.append((time, value)) }
    }

    /// One inode of a beat file. Nil: torn by a writer's end.
    final class BeatInode {
        let number: Int
        var record: Remembered<BeatRecord?>

        init(_ number: Int, _ record: BeatRecord?) {
            self.number = number
            self.record = Remembered(record)
        }
    }

    /// One inode of `lease.db`.
    final class LeaseInode {
        let number: Int
        var row: Remembered<LeaseRow?>
        /// The process in the middle of a transaction on it.
        weak var writer: SimulatedProcess?
        /// Its last writer ended in the middle of a transaction: read-only looks are refused until another writes.
        var isJournalHot = false

        init(_ number: Int, _ row: LeaseRow?) {
            self.number = number
            self.row = Remembered(row)
        }
    }

    /// One inode of the store.
    final class StoreInode {
        let number: Int
        var fence: Epoch
        var messages: Set<Int>
        /// Of the term that opened it last, in the order of terms.
        var lastOpener = -1
        var writes = 0

        init(_ number: Int, fence: Epoch, messages: Set<Int>) {
            self.number = number
            self.fence = fence
            self.messages = messages
        }
    }

    let locks: SimulatedLocks
    private var inodes = 0
    /// Inodes of `lock.flock` and `lock.posix`; nil: removed.
    var flockFile: Int?
    var posixFile: Int?
    /// When somebody from outside last removed or replaced one of them, or a dead host's locks were freed.
    var locksChangedAt: Nanoseconds = -.max / 2
    var probeFiles: [Int]?
    var holderLine = ""
    /// In the order of their names.
    var beats: [(name: String, inode: BeatInode)] = []
    var epochs = Remembered<[Epoch]>([])
    var lease: LeaseInode?
    /// The marker of an ordered relocation, with the epoch of who is to do it.
    var relocation: Epoch?
    var store: StoreInode
    var isFull = false
    var fullUntil: Nanoseconds = 0

    init(_ site: SimulatedSite) {
        self.locks = SimulatedLocks(site)
        self.store = StoreInode(0, fence: .none, messages: [])
    }

    func nextInode() -> Int {
        self.inodes += 1
        return self.inodes
    }

    func link(_ name: String, to inode: BeatInode) {
        if let index = self.beats.firstIndex(where: { $0.name == name }) {
            self.beats[index].inode = inode
        } else {
            self.beats.append((name, inode))
            self.beats.sort { $0.name < $1.name }
        }
    }
}
