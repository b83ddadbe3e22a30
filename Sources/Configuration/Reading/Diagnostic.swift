/// Something about a configuration file that its author should know.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: Hashable, Sendable {
        /// The file cannot be used.
        case error
        /// Something in it has no effect, or not all of it.
        case warning
        /// How something was understood.
        case note
    }

    package let severity: Severity
    package let file: String
    package let position: TextPosition
    package let message: String

    /// `FILE:LINE:COLUMN`.
    package var place: String { "\(self.file):\(self.position)" }

    /// `FILE:LINE:COLUMN: message`, with `warning:` or `note:` before the message of what is no error.
    package var description: String {
        switch self.severity {
        case .error: "\(self.place): \(self.message)"
        case .warning: "\(self.place): warning: \(self.message)"
        case .note: "\(self.place): note: \(self.message)"
        }
    }
}

/// What was found in one file, up to a bound.
package struct Diagnostics: Sendable {
    private static let limit = 200

    package let file: String
    /// In order of their places.
    package var list: [Diagnostic] { self.found.sorted { $0.position < $1.position } }
    private var found: [Diagnostic] = []

    package init(file: String) {
        self.file = file
    }

    package var hasErrors: Bool { self.found.contains { $0.severity == .error } }

    /// Whether another error would be kept: else nobody needs to find words for it.
    var takesErrors: Bool { self.found.count < Self.limit || !self.hasErrors }

    package mutating func error(_ position: TextPosition, _ message: String) {
        self.add(.error, position, message)
    }

    package mutating func warning(_ position: TextPosition, _ message: String) {
        self.add(.warning, position, message)
    }

    package mutating func note(_ position: TextPosition, _ message: String) {
        self.add(.note, position, message)
    }

    private mutating func add(_ severity: Diagnostic.Severity, _ position: TextPosition, _ message: String) {
        // An error is always kept where there was none: it decides whether the file can be used.
        guard self.found.count < Self.limit || severity == .error && self.takesErrors else { return }
        self.found.append(Diagnostic(severity: severity, file: self.file, position: position, message: message))
    }
}
