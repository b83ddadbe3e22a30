import BrokerCore
import Configuration
import Testing

/// A configuration file as a text, read as the program reads it.
struct FileText {
    let file: BrokerFile?
    let diagnostics: [Diagnostic]

    init(_ text: String, path: String = "a.xml", properties: [String: String] = [:]) {
        let placeholders = Placeholders.standard(file: path, definitions: [:]) { _ in nil }
        (self.file, self.diagnostics) = BrokerFile.read(Array(text.utf8), path: path, placeholders: placeholders) {
            path in
            properties[path].map { Array($0.utf8) }
        }
    }

    /// `broker` with `content` inside, beginning in line 2.
    init(broker content: String, attributes: String = "") {
        self.init("<broker \(attributes)>\n\(content)\n</broker>")
    }

    /// One policy entry for all queues, with parts.
    init(policy attributes: String, _ parts: String = "") {
        self.init(
            broker: "<destinationPolicy><policyMap><policyEntries><policyEntry queue=\">\" \(attributes)>\(parts)"
                + "</policyEntry></policyEntries></policyMap></destinationPolicy>")
    }

    var errors: [String] { self.lines(.error) }
    var warnings: [String] { self.lines(.warning) }
    var notes: [String] { self.lines(.note) }

    /// What the file says, where it has neither errors nor warnings but for what the core does not follow yet.
    func clean(sourceLocation: SourceLocation = #_sourceLocation) throws -> BrokerFile {
        #expect(self.errors == [], sourceLocation: sourceLocation)
        let warnings = self.warnings.filter { !$0.hasSuffix("it is not followed yet") }
        #expect(warnings == [], sourceLocation: sourceLocation)
        return try #require(self.file, sourceLocation: sourceLocation)
    }

    /// The entry for all queues.
    func policy(sourceLocation: SourceLocation = #_sourceLocation) throws -> PolicyEntry {
        try self.clean(sourceLocation: sourceLocation).core.policies.entry(for: .queue("a"))
    }

    private func lines(_ severity: Diagnostic.Severity) -> [String] {
        self.diagnostics.filter { $0.severity == severity }.map { String($0.description) }
    }
}
