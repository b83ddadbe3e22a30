/// Where messages are sent to and consumed from.
package struct Destination: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case queue = 0
        case topic = 1
        case temporaryQueue = 2
        case temporaryTopic = 3
    }

    package let kind: Kind
    package let name: String

    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    package static func queue(_ name: String) -> Self { Self(.queue, name) }
    package static func topic(_ name: String) -> Self { Self(.topic, name) }

    package var isQueue: Bool { self.kind == .queue || self.kind == .temporaryQueue }
    package var isTopic: Bool { !self.isQueue }
    package var isTemporary: Bool { self.kind == .temporaryQueue || self.kind == .temporaryTopic }

    /// `queue://NAME`, `temp-topic://NAME` and so on: the form in error messages and logs.
    package var description: String { Self.prefix(of: self.kind) + self.name }

    package static func prefix(of kind: Kind) -> String {
        switch kind {
        case .queue: "queue://"
        case .topic: "topic://"
        case .temporaryQueue: "temp-queue://"
        case .temporaryTopic: "temp-topic://"
        }
    }
}
