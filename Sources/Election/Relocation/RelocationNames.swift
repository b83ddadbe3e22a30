/// The names of a relocation's files in the data directory.
enum RelocationNames {
    static let database = "broker.db"
    /// Endings of the files that are copied, in this order: a journal that is there when its copy begins undoes whatever
    /// of the database is copied after it.
    static let copied = ["-journal", "-wal", ""]
    /// The shared memory of the log is replaced by an empty file, which the next to open the database fills.
    static let emptied = "-shm"
    private static let copyPrefix = "broker.db.new-"
    private static let keptPrefix = "broker.db.stale-"
    private static let markerPrefix = "relocate."
    private static let copiedSuffix = ".copied"

    /// One relocation's files: `5`, or `5.2` where files of an earlier relocation 5 were there already.
    struct Generation: Hashable {
        let epoch: Epoch
        let text: String

        init(_ epoch: Epoch, attempt: Int) {
            self.epoch = epoch
            self.text = attempt == 1 ? "\(epoch)" : "\(epoch).\(attempt)"
        }

        init?(parsing text: Substring) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), parts.allSatisfy({ RelocationNames.number($0) != nil }),
                let epoch = RelocationNames.number(parts[0])
            else { return nil }
            self.epoch = Epoch(epoch)
            self.text = String(text)
        }

        func copy(_ ending: String) -> String { "\(copyPrefix)\(self.text)\(ending)" }
        func kept(_ ending: String) -> String { "\(keptPrefix)\(self.text)\(ending)" }
    }

    /// A copy under its temporary name.
    struct Copy: Hashable {
        let generation: Generation
        /// As in `broker.db-wal`; empty for the database itself.
        let ending: String

        init?(parsing name: String) {
            guard name.hasPrefix(copyPrefix) else { return nil }
            let rest = name.dropFirst(copyPrefix.utf8.count)
            let ending = (copied + [emptied]).first { !$0.isEmpty && rest.hasSuffix($0) } ?? ""
            guard let generation = Generation(parsing: rest.dropLast(ending.utf8.count)) else { return nil }
            self.generation = generation
            self.ending = ending
        }

        var name: String { self.generation.copy(self.ending) }
        var keptName: String { self.generation.kept(self.ending) }
        /// The name it is to get.
        var goal: String { RelocationNames.original(self.ending) }
        /// Whether what it takes the place of is to be kept.
        var isOfContent: Bool { self.ending != emptied }
    }

    static func original(_ ending: String) -> String { "\(database)\(ending)" }

    enum Marker: Hashable {
        /// `relocate.EPOCH`: the store is to be copied before it is opened.
        case requested(Epoch)
        /// `relocate.EPOCH.copied`: all copies of it are complete, and take the names that they were made for.
        case copied(Epoch)

        init?(parsing name: String) {
            guard name.hasPrefix(markerPrefix) else { return nil }
            var rest = name.dropFirst(markerPrefix.utf8.count)
            let isCopied = rest.hasSuffix(copiedSuffix)
            if isCopied { rest = rest.dropLast(copiedSuffix.utf8.count) }
            guard let epoch = RelocationNames.number(rest).map({ Epoch($0) }) else { return nil }
            self = isCopied ? .copied(epoch) : .requested(epoch)
        }

        var epoch: Epoch {
            switch self {
            case .requested(let epoch), .copied(let epoch): epoch
            }
        }

        var name: String {
            switch self {
            case .requested(let epoch): "\(markerPrefix)\(epoch)"
            case .copied(let epoch): "\(markerPrefix)\(epoch)\(copiedSuffix)"
            }
        }
    }

    /// Whether a name belongs to the kept files of this generation.
    static func isKept(_ name: String, of generation: Generation) -> Bool {
        self.copied.contains { generation.kept($0) == name }
    }

    /// Only what is written here: no sign, no leading zero.
    private static func number(_ text: Substring) -> Int64? {
        guard let number = Int64(text), number > 0, String(number) == text else { return nil }
        return number
    }
}
