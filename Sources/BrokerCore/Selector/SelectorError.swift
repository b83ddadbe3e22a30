/// Why a text is no selector, and where.
package struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        /// Grammar: `expected` and `found` are plain words or quoted pieces of the text.
        case unexpected(expected: String, found: String)
        /// The pieces are grammatical but do not fit together; the sentence says why.
        case meaningless(String)
        /// A feature of ActiveMQ's that this broker does not have.
        case notSupported(String)
        case tooLong(limit: Int)
        case tooDeep(limit: Int)
    }

    package let problem: Problem
    /// Of the offending piece: characters (Unicode scalars) from the start of the text, from 1.
    package let position: Int

    /// One line for the client and the log. Quotes at most a short piece of the selector.
    package var description: String {
        switch problem {
        case .unexpected(let expected, let found):
            "invalid selector, character \(position): expected \(expected), found \(found)"
        case .meaningless(let reason):
            "invalid selector, character \(position): \(reason)"
        case .notSupported(let what):
            "invalid selector, character \(position): \(what) is not supported"
        case .tooLong(let limit):
            "invalid selector: longer than \(limit) bytes"
        case .tooDeep(let limit):
            "invalid selector, character \(position): nested more than \(limit) levels deep"
        }
    }
}
