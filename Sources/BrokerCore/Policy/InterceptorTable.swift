/// The destination interceptors of a running broker, with their patterns and selectors compiled.
struct InterceptorTable {
    /// A virtual topic, and how the names of the queues that it feeds are read.
    struct Virtual {
        let topic: VirtualTopic
        fileprivate let pattern: DestinationPattern
        fileprivate let prefix: [Substring]
        fileprivate let head: Substring
        fileprivate let tail: Substring
        fileprivate let postfix: [Substring]
    }

    fileprivate struct Composite {
        let pattern: DestinationPattern
        let rules: Interception.Composite
    }

    private var virtuals: [Virtual] = []
    private var composites: [Composite] = []
    private var mirror: MirroredQueue?

    init(_ configuration: BrokerConfiguration) {
        var interceptors = configuration.interceptors ?? []
        if configuration.interceptors == nil, configuration.usesVirtualTopics {
            interceptors.append(.virtualTopic(VirtualTopic(name: "VirtualTopic.>")))
        }
        if configuration.usesMirroredQueues { interceptors.append(.mirroredQueue(MirroredQueue())) }
        for interceptor in interceptors {
            switch interceptor {
            case .virtualTopic(let topic):
                if configuration.usesVirtualTopics { self.virtuals.append(Self.compiled(topic)) }
            case .composite(let composite):
                self.composites.append(
                    Composite(
                        pattern: DestinationPattern(composite.destination), rules: Interception.Composite(composite)))
            case .mirroredQueue(let mirror):
                self.mirror = mirror
            }
        }
    }

    private static func compiled(_ topic: VirtualTopic) -> Virtual {
        var prefix = topic.prefix.split(separator: ".", omittingEmptySubsequences: false)
        var postfix = topic.postfix.split(separator: ".", omittingEmptySubsequences: false)
        // What follows the last dot belongs to the first element of the topic's name, and likewise at the end.
        let head = prefix.popLast() ?? ""
        let tail = postfix.isEmpty ? "" : postfix.removeFirst()
        return Virtual(
            topic: topic, pattern: DestinationPattern(.topic(topic.name)), prefix: prefix, head: head, tail: tail,
            postfix: postfix)
    }

    /// What happens to messages for `destination`; nil where nothing does, which is the common case.
    func interception(of destination: Destination) -> Interception? {
        guard !destination.isTemporary, !destination.isAdvisory else { return nil }
        let composites = self.composites.filter { $0.pattern.matches(destination) }.map(\.rules)
        let isVirtual = self.virtuals.contains { $0.pattern.matches(destination) }
        let mirror = destination.isQueue ? self.mirror : nil
        guard !composites.isEmpty || isVirtual || mirror != nil else { return nil }
        return Interception(
            composites: composites,
            mirror: mirror.map { (.topic($0.prefix + destination.name + $0.postfix), $0.copiesMessage) })
    }

    /// The virtual topics that feed `queue`, whether they exist yet or not.
    func virtualTopics(feeding queue: Destination) -> [(topic: Destination, rules: VirtualTopic)] {
        guard queue.kind == .queue, !self.virtuals.isEmpty else { return [] }
        let elements = queue.name.split(separator: ".", omittingEmptySubsequences: false)
        return self.virtuals.compactMap { virtual in
            guard let name = Self.topicName(of: elements, virtual) else { return nil }
            let topic = Destination.topic(name)
            return virtual.pattern.matches(topic) ? (topic, virtual.topic) : nil
        }
    }

    private static func topicName(of elements: [Substring], _ virtual: Virtual) -> String? {
        let (prefix, postfix) = (virtual.prefix, virtual.postfix)
        guard elements.count > prefix.count + postfix.count else { return nil }
        func matches(_ names: ArraySlice<Substring>, _ pattern: [Substring]) -> Bool {
            zip(names, pattern).allSatisfy { $1 == "*" || $0 == $1 }
        }
        guard matches(elements[..<prefix.count], prefix),
            matches(elements[(elements.count - postfix.count)...], postfix)
        else { return nil }
        let name = elements[prefix.count..<(elements.count - postfix.count)].joined(separator: ".")
        guard name.hasPrefix(virtual.head), name.hasSuffix(virtual.tail),
            name.utf8.count > virtual.head.utf8.count + virtual.tail.utf8.count
        else { return nil }
        return String(name.dropFirst(virtual.head.count).dropLast(virtual.tail.count))
    }
}

/// What happens to the messages of one queue or topic before they get there.
final class Interception {
    struct Composite {
        let targets: [(destination: Destination, filter: MessageFilter, isOpen: Bool)]
        let forwardsOnly: Bool
        let copiesMessage: Bool
        let sendsWhenNotMatched: Bool

        init(_ composite: CompositeDestination) {
            self.targets = composite.targets.map { target in
                do throws(BrokerError) {
                    let selector = try Broker.parse(target.selector)
                    return (target.destination, MessageFilter(selector: selector, noLocalConnection: nil), true)
                } catch {
                    // Refused by the configuration's check; without that check it lets nothing through.
                    return (target.destination, MessageFilter(selector: nil, noLocalConnection: nil), false)
                }
            }
            self.forwardsOnly = composite.forwardsOnly
            self.copiesMessage = composite.copiesMessage
            self.sendsWhenNotMatched = composite.sendsWhenNotMatched
        }

        /// Where a message goes.
        func destinations(for message: Message) -> [Destination] {
            self.targets.compactMap { target in
                target.isOpen && target.filter.passes(message, sequence: MessageSequence(0), redeliveryCount: 0)
                    ? target.destination : nil
            }
        }

        func keeps(matching count: Int) -> Bool { !self.forwardsOnly || (self.sendsWhenNotMatched && count == 0) }
    }

    let composites: [Composite]
    let mirror: (topic: Destination, copies: Bool)?

    init(composites: [Composite], mirror: (topic: Destination, copies: Bool)?) {
        self.composites = composites
        self.mirror = mirror
    }
}

extension BrokerConfiguration {
    /// Refuses what could not be carried out: to be called before a broker is made of it.
    package func check() throws(BrokerError) {
        for case .composite(let composite) in self.interceptors ?? [] {
            for target in composite.targets { _ = try Broker.parse(target.selector) }
        }
    }
}
