import Election
package import Logging

/// Where finished log lines go. One call is one line, its newline included.
package protocol LogSink: Sendable {
    func write(_ line: String)
}

/// Writes each log event as one line: `TIME LEVEL event=NAME key=value ...`, fields in order of their names.
///
/// Events that operators act on have a fixed name (`connector.started`): it is the message, or the field `event` beside a
/// message in words, which then appears as `text`. Any other message comes from a library: `event=log text="..."`. Values with spaces, quotes, equal signs or
/// control characters are quoted and escaped, so that a line stays one line whatever a peer put into a name.
package struct EventLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let sink: any LogSink
    private let wallClockMs: @Sendable () -> Int64

    /// - Parameter wallClockMs: Unix time in milliseconds, for the stamp.
    package init(
        level: Logger.Level, sink: any LogSink, wallClockMs: @escaping @Sendable () -> Int64 = SystemClock.wallMs
    ) {
        self.logLevel = level
        self.sink = sink
        self.wallClockMs = wallClockMs
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = self.metadata
        if let provided = self.metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error)" }

        var line = Timestamp.text(unixMs: self.wallClockMs())
        line += " "
        line += event.level.rawValue.uppercased()
        let message = event.message.description
        if let name = fields.removeValue(forKey: "event") {
            line += " event=\(Self.quoted(Self.text(of: name))) text=\(Self.quoted(message))"
        } else if Self.isEventName(message) {
            line += " event=\(message)"
        } else {
            line += " event=log text=\(Self.quoted(message))"
        }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted(Self.text(of: value)))"
        }
        line += "\n"
        self.sink.write(line)
    }

    /// Lower case words joined by dots and underscores, with at least one dot.
    private static func isEventName(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "."))
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func text(of value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array(let values): values.map(self.text(of:)).joined(separator: ",")
        case .dictionary(let values):
            values.sorted { $0.key < $1.key }.map { "\($0.key):\(self.text(of: $0.value))" }.joined(separator: ",")
        }
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && scalar != "\"" && scalar != "=" && scalar != "\\"
        }
        if isPlain, !text.isEmpty { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let scalar where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            case let scalar: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// RFC 3339 in UTC with milliseconds, for times since 1970.
package enum Timestamp {
    package static func text(unixMs: Int64) -> String {
        let text = WallTime.readable(unixMs)
        let fraction = String(max(0, unixMs % 1000))
        return
            "\(text.prefix(10))T\(text.suffix(8)).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)Z"
    }
}
