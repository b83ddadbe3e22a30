/// How much of a document is taken before anything is kept. Each is far above what a broker's file needs.
package struct XMLLimits: Sendable {
    /// Bytes of the file.
    package var size = 1 << 20
    /// Elements within elements.
    package var depth = 64
    /// Elements and texts of the whole file.
    package var nodes = 50_000
    /// Attributes of one element, declarations of namespaces included.
    package var attributes = 200
    /// Prefixes declared at one place of the file, by its elements and those around them.
    package var prefixes = 100
    /// Bytes of one name.
    package var name = 256

    package init() {}
}

/// What is wrong with a document, and where.
package struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
    package let position: TextPosition
    package let message: String

    package var description: String { "\(self.position): \(self.message)" }
}
