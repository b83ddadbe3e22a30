/// The commands of frames.
package enum STOMPCommand: String, Hashable, Sendable, CaseIterable {
    // Of clients
    case connect = "CONNECT"
    case stomp = "STOMP"
    case send = "SEND"
    case subscribe = "SUBSCRIBE"
    case unsubscribe = "UNSUBSCRIBE"
    case ack = "ACK"
    case nack = "NACK"
    case begin = "BEGIN"
    case commit = "COMMIT"
    case abort = "ABORT"
    case disconnect = "DISCONNECT"
    // Of servers
    case connected = "CONNECTED"
    case message = "MESSAGE"
    case receipt = "RECEIPT"
    case error = "ERROR"

    package var isOfServer: Bool {
        switch self {
        case .connected, .message, .receipt, .error: true
        default: false
        }
    }
}

package struct STOMPHeader: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One frame, its headers unescaped. Where a name stands twice the first one counts (STOMP 1.2, "Repeated Header
/// Entries").
package struct STOMPFrame: Hashable, Sendable {
    package let command: STOMPCommand
    package var headers: [STOMPHeader]
    package var body: [UInt8]

    package init(_ command: STOMPCommand, _ headers: [STOMPHeader] = [], body: [UInt8] = []) {
        self.command = command
        self.headers = headers
        self.body = body
    }

    package subscript(name: String) -> String? { self.headers.first { $0.name == name }?.value }
}

/// Text as Java's trim has it.
enum STOMPText {
    /// Without the characters up to U+0020 at both ends.
    static func trimmed(_ text: Substring) -> String {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, first <= 0x20 || last <= 0x20 else { return String(text) }
        var rest = text.unicodeScalars
        while let first = rest.first, first.value <= 0x20 { rest.removeFirst() }
        while let last = rest.last, last.value <= 0x20 { rest.removeLast() }
        return String(rest)
    }
}
