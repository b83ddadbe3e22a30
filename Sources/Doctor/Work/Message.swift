import Election

/// One line between a doctor and its helper, or between two doctors: a word and named values.
///
///     hold file=a.1f.ofd kind=ofd
///
/// Values are percent-encoded where they hold anything but printable ASCII; order of the fields means nothing.
struct Message: Hashable, Sendable {
    /// Longer ones do not fit a peer's record.
    static let longest = 1500

    let verb: String
    private(set) var fields: [String: String]

    init(_ verb: String, _ fields: [String: String] = [:]) {
        self.verb = verb
        self.fields = fields
    }

    init(_ verb: Verb, _ fields: [String: String] = [:]) { self.init(verb.rawValue, fields) }

    init(parsing line: String) throws(DoctorError) {
        let words = line.split(separator: " ")
        guard let verb = words.first else { throw .garbled("an empty message") }
        var fields: [String: String] = [:]
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: "="),
                let value = PercentCoding.decode(String(word[word.index(after: equals)...]))
            else { throw .garbled(String(line.prefix(60))) }
            fields[String(word[..<equals])] = value
        }
        self.init(String(verb), fields)
    }

    var line: String {
        let fields = self.fields.sorted { $0.key < $1.key }
        return ([self.verb] + fields.map { "\($0.key)=\(PercentCoding.encode($0.value))" }).joined(separator: " ")
    }

    func with(_ key: String, _ value: String) -> Message {
        var changed = self
        changed.fields[key] = value
        return changed
    }

    // MARK: Fields

    subscript(key: String) -> String? { self.fields[key] }

    func text(_ key: String) throws(DoctorError) -> String {
        guard let value = self.fields[key] else { throw .garbled("\(self.verb) without \(key)") }
        return value
    }

    func number(_ key: String) throws(DoctorError) -> Int64 {
        guard let value = Int64(try self.text(key)) else { throw .garbled("\(self.verb) with a bad \(key)") }
        return value
    }

    /// A number that memory or time is taken for, so within bounds.
    func number(_ key: String, in bounds: ClosedRange<Int64>) throws(DoctorError) -> Int64 {
        let value = try self.number(key)
        guard bounds.contains(value) else { throw .garbled("\(self.verb) with \(key) \(value)") }
        return value
    }

    /// Numbers separated by commas.
    func numbers(_ key: String) throws(DoctorError) -> [Int64] {
        let text = try self.text(key)
        var numbers: [Int64] = []
        for part in text.split(separator: ",") {
            guard let number = Int64(part) else { throw .garbled("\(self.verb) with a bad \(key)") }
            numbers.append(number)
        }
        return numbers
    }

    // MARK: Answers

    static func answer(_ fields: [String: String] = [:]) -> Message { Message("ok", fields) }

    static func failed(_ text: String, errorNumber: Int32 = 0) -> Message {
        Message("failed", ["text": String(text.prefix(300)), "errno": String(errorNumber)])
    }

    static func failed(_ failure: SystemFailure) -> Message {
        Self.failed(failure.description, errorNumber: failure.errorNumber)
    }

    /// Why the task failed; nil where it did not.
    var failure: String? { self.verb == "failed" ? self.fields["text"] ?? "failed" : nil }
}

/// What a helper can be told to do.
enum Verb: String, CaseIterable {
    // Locks
    case hold, attempt, waitFor = "wait-for", release, count, pingPong = "ping-pong"
    // Files
    case make, number, race, append, records, synchronize, identity, rename, replace, keep, waitReplaced =
        "wait-replaced"
    // What the other side sees
    case showPrepare = "show-prepare", show, watch, mapWrite = "map-write", mapRead = "map-read"
    // SQLite
    case sqlPrepare = "sql-prepare", sqlWrite = "sql-write", sqlCount = "sql-count"
    // Power cut
    case blocksStart = "blocks-start", blocksDone = "blocks-done", blocksCheck = "blocks-check"
}
