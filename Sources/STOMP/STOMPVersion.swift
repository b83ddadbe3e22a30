/// The versions of the protocol, of which CONNECT picks one.
package enum STOMPVersion: String, Hashable, Comparable, Sendable, CaseIterable {
    case v10 = "1.0"
    case v11 = "1.1"
    case v12 = "1.2"

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Newest first, as they are named to a client that wants another one.
    package static var supported: String { Self.allCases.reversed().map(\.rawValue).joined(separator: ",") }

    /// The newest of an accept-version header that is supported; 1.0 without one, and nil where there is none.
    package static func negotiated(_ acceptVersion: String?) -> STOMPVersion? {
        guard let acceptVersion else { return .v10 }
        let wanted = acceptVersion.split(separator: ",").map { STOMPText.trimmed($0[...]) }
        return Self.allCases.last { wanted.contains($0.rawValue) }
    }
}
