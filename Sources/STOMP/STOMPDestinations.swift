import BrokerCore

/// Names of destinations as ActiveMQ's STOMP has them:
///
///     /queue/N  /topic/N                      and with commas several at once, each with its own prefix
///     /temp-queue/N  /temp-topic/N            one of this connection, made on first use
///     /remote-temp-queue/N  ...-topic/N       somebody's, as replies name it
///     N?consumer.x=y                          options of the subscription
///     N                                       the queue N
///
/// `queue://N` and so on are understood too. Holds what the connection has made.
struct STOMPDestinations: Sendable {
    /// What a name means.
    struct Named: Hashable, Sendable {
        var destination: Destination
        /// Of `?consumer.x=y`, without the prefix.
        var options: [STOMPHeader] = []
        /// Made by this look-up: to be announced before they are used.
        var made: [Destination] = []
    }

    private static let prefixes: [(String, Destination.Kind)] = [
        ("/queue/", .queue), ("/topic/", .topic), ("/remote-temp-queue/", .temporaryQueue),
        ("/remote-temp-topic/", .temporaryTopic), ("queue://", .queue), ("topic://", .topic),
        ("temp-queue://", .temporaryQueue), ("temp-topic://", .temporaryTopic),
    ]

    private let connection: String
    private var made: [String: Destination] = [:]
    private var namesOfMade: [Destination: String] = [:]
    /// The names used lately, since most frames of a connection name the same one.
    private var recent: [String: Named] = [:]
    private static let recentLimit = 64

    init(connection: String) {
        self.connection = connection
    }

    /// - Parameter bareNames: take a name without prefix for a queue, as in `destination` headers.
    mutating func named(_ text: String, bareNames: Bool) throws(STOMPSessionFault) -> Named {
        if let known = self.recent[text] { return known }
        var rest = STOMPText.trimmed(text[...])[...]
        var named = Named(destination: .queue(""))
        if let mark = rest.firstIndex(of: "?") {
            named.options = Self.options(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        var elements: [Destination] = []
        for part in rest.split(separator: ",") {
            elements.append(try self.element(STOMPText.trimmed(part), bareNames: bareNames, &named.made))
        }
        guard let first = elements.first else { throw .invalidDestination(text) }
        var name = first.name
        for element in elements.dropFirst() {
            name += ","
            name += element.kind == first.kind ? element.name : element.description
        }
        named.destination = Destination(first.kind, name)
        self.remember(named, as: text, bareNames: bareNames)
        return named
    }

    private mutating func remember(_ named: Named, as text: String, bareNames: Bool) {
        // What is no name of a reply-to is one of a queue elsewhere: only what means the same everywhere is kept.
        guard !bareNames || text.hasPrefix("/") else { return }
        if self.recent.count >= Self.recentLimit { self.recent.removeAll(keepingCapacity: true) }
        var known = named
        known.made = []
        self.recent[text] = known
    }

    private mutating func element(
        _ text: String, bareNames: Bool, _ made: inout [Destination]
    ) throws(STOMPSessionFault) -> Destination {
        for (prefix, kind) in Self.prefixes where text.hasPrefix(prefix) {
            guard text.utf8.count > prefix.utf8.count else { throw .invalidDestination(text) }
            return Destination(kind, String(text.dropFirst(prefix.count)))
        }
        if text.hasPrefix("/temp-queue/") { return self.temporary(text, .temporaryQueue, &made) }
        if text.hasPrefix("/temp-topic/") { return self.temporary(text, .temporaryTopic, &made) }
        guard bareNames, !text.isEmpty else { throw .invalidDestination(text) }
        return .queue(text)
    }

    private mutating func temporary(
        _ text: String, _ kind: Destination.Kind, _ made: inout [Destination]
    ) -> Destination {
        if let known = self.made[text] { return known }
        let destination = Destination(kind, "\(self.connection):\(self.made.count + 1)")
        self.made[text] = destination
        self.namesOfMade[destination] = text
        made.append(destination)
        return destination
    }

    /// The connection's own temporary destinations under the name it gave them; those of others as
    /// `/remote-temp-queue/...`.
    func text(of destination: Destination) -> String {
        switch destination.kind {
        case .queue: "/queue/" + destination.name
        case .topic: "/topic/" + destination.name
        case .temporaryQueue: self.namesOfMade[destination] ?? "/remote-temp-queue/" + destination.name
        case .temporaryTopic: self.namesOfMade[destination] ?? "/remote-temp-topic/" + destination.name
        }
    }

    private static func options(_ text: Substring) -> [STOMPHeader] {
        text.split(separator: "&").compactMap { pair in
            guard pair.hasPrefix("consumer."), let equals = pair.firstIndex(of: "=") else { return nil }
            let name = pair[..<equals].dropFirst("consumer.".count)
            return STOMPHeader(String(name), String(pair[pair.index(after: equals)...]))
        }
    }
}
