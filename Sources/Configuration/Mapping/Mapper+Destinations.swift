import BrokerCore

extension Mapper {
    /// `destinations`: made before the first client comes.
    mutating func destinations(_ broker: inout ConfiguredElement) {
        for element in broker.elements("destinations") {
            var element = element
            guard let destination = self.destination(&element) else { continue }
            self.finish(element)
            switch destination.kind {
            case .queue, .topic:
                self.file.core.startupDestinations += destination.elements
                self.effective("destination", destination.description, element.position)
            case .temporaryQueue, .temporaryTopic:
                self.diagnostics.warning(
                    element.position, "<\(element.name)> in <destinations> has no effect: clients make their own")
            }
        }
    }

    /// `queue`, `topic`, `tempQueue` or `tempTopic` with its `physicalName`.
    mutating func destination(_ element: inout ConfiguredElement) -> Destination? {
        let name = element.text("physicalName") ?? element.text("name")
        guard let name, !name.text.isEmpty else {
            self.diagnostics.error(element.position, "<\(element.name)> needs physicalName=\"...\"")
            return nil
        }
        return Self.kind(of: element.name).map { Destination(parsing: name.text, default: $0) }
    }

    static func kind(of element: String) -> Destination.Kind? {
        switch element {
        case "queue": .queue
        case "topic": .topic
        case "tempQueue": .temporaryQueue
        case "tempTopic": .temporaryTopic
        default: nil
        }
    }

    // MARK: Interceptors

    /// `destinationInterceptors`: where it stands, it replaces the default, which is `VirtualTopic.>`.
    mutating func interceptors(_ broker: inout ConfiguredElement) {
        guard broker.parts["destinationInterceptors"] != nil else { return }
        var interceptors: [DestinationInterceptor] = []
        for element in broker.elements("destinationInterceptors") {
            var element = element
            if element.name == "mirroredQueue" {
                var mirrored = MirroredQueue()
                self.read(&element, "prefix", into: &mirrored.prefix)
                self.read(&element, "postfix", into: &mirrored.postfix)
                self.read(&element, "copyMessage", into: &mirrored.copiesMessage)
                interceptors.append(.mirroredQueue(mirrored))
                self.effective("mirrored queues", mirrored.prefix + "<queue>" + mirrored.postfix, element.position)
            } else {
                for virtual in element.elements("virtualDestinations") {
                    if let interceptor = self.virtual(virtual) { interceptors.append(interceptor) }
                }
            }
            self.finish(element)
        }
        self.file.core.interceptors = interceptors
    }

    private mutating func virtual(_ element: ConfiguredElement) -> DestinationInterceptor? {
        var element = element
        guard let name = element.text("name"), !name.text.isEmpty else {
            self.diagnostics.error(element.position, "<\(element.name)> needs name=\"...\"")
            return nil
        }
        defer { self.finish(element) }
        switch element.name {
        case "virtualTopic": return .virtualTopic(self.virtualTopic(name.text, &element))
        case "compositeQueue": return self.composite(.queue(name.text), &element)
        default: return self.composite(.topic(name.text), &element)
        }
    }

    private mutating func virtualTopic(_ name: String, _ element: inout ConfiguredElement) -> VirtualTopic {
        var topic = VirtualTopic(name: name)
        self.read(&element, "prefix", into: &topic.prefix)
        self.read(&element, "postfix", into: &topic.postfix)
        self.read(&element, "selectorAware", into: &topic.isSelectorAware)
        self.read(&element, "local", into: &topic.isLocal)
        self.read(&element, "concurrentSend", into: &topic.isConcurrent)
        self.read(&element, "transactedSend", into: &topic.isTransacted)
        self.read(&element, "dropOnResourceLimit", into: &topic.dropsOnResourceLimit)
        self.read(&element, "setOriginalDestination", into: &topic.setsOriginalDestination)
        self.effective("virtual topic", "\(name) to \(topic.prefix)\(name)\(topic.postfix)", element.position)
        return topic
    }

    private mutating func composite(
        _ destination: Destination, _ element: inout ConfiguredElement
    ) -> DestinationInterceptor {
        let targets = element.elements("forwardTo").compactMap { self.target($0) }
        if targets.isEmpty, !self.diagnostics.hasErrors {
            self.diagnostics.error(element.position, "<\(element.name)> needs destinations in <forwardTo>")
        }
        var composite = CompositeDestination(destination, targets: targets)
        self.read(&element, "forwardOnly", into: &composite.forwardsOnly)
        self.read(&element, "copyMessage", into: &composite.copiesMessage)
        self.read(&element, "concurrentSend", into: &composite.isConcurrent)
        self.read(&element, "sendWhenNotMatched", into: &composite.sendsWhenNotMatched)
        let names = targets.map { $0.destination.description + ($0.selector.map { " if \($0)" } ?? "") }
        self.effective(
            "composite", "\(destination) to \(names.joined(separator: ", "))", element.position)
        return .composite(composite)
    }

    private mutating func target(_ element: ConfiguredElement) -> CompositeDestination.Target? {
        var element = element
        guard element.name == "filteredDestination" else {
            guard let destination = self.destination(&element) else { return nil }
            self.finish(element)
            return CompositeDestination.Target(destination)
        }
        var destination: Destination?
        if let queue = element.text("queue") { destination = .queue(queue.text) }
        if let topic = element.text("topic") { destination = .topic(topic.text) }
        if var inner = self.only(element.elements("destination"), in: "destination") {
            destination = self.destination(&inner)
        }
        let selector = element.text("selector")
        self.finish(element)
        guard let destination else {
            self.diagnostics.error(element.position, "<filteredDestination> needs queue=\"...\" or topic=\"...\"")
            return nil
        }
        if let selector { self.check(selector) }
        return CompositeDestination.Target(destination, selector: selector?.text)
    }

    private mutating func check(_ selector: ConfiguredValue) {
        do throws(SelectorError) {
            _ = try Selector(parsing: selector.text)
        } catch {
            self.diagnostics.error(selector.position, "selector=\"\(selector.text)\": \(error)")
        }
    }
}
