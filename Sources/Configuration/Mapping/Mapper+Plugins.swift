import BrokerCore

extension Mapper {
    private static let time: ClosedRange<Int64> = 0...Int64.max

    /// Plugins that somebody relies on for safety.
    private static let guards: Set<String> = [
        "authorizationPlugin", "jaasAuthenticationPlugin", "jaasCertificateAuthenticationPlugin",
        "jaasDualAuthenticationPlugin", "simpleAuthenticationPlugin",
    ]

    /// `plugins`: those that the core has of its own; each other one is reported.
    mutating func plugins(_ broker: inout ConfiguredElement) {
        for element in broker.elements("plugins") {
            switch element.name {
            case "redeliveryPlugin": self.file.core.redelivery = self.redelivery(element)
            case "statisticsBrokerPlugin":
                self.file.core.answersStatistics = true
                self.effective("plugin", element.name, element.position)
            case "runtimeConfigurationPlugin":
                self.diagnostics.warning(
                    element.position, "<\(element.name)> has no effect yet: a changed file counts from the next start")
            case let name where Self.guards.contains(name):
                self.diagnostics.warning(
                    element.position,
                    "the plugin <\(name)> has no effect yet: whoever can connect may do anything, with any password")
            default:
                self.diagnostics.warning(
                    element.position, "the plugin <\(element.name)> has no effect: it is not supported yet")
            }
        }
    }

    private mutating func redelivery(_ written: ConfiguredElement) -> RedeliveryPlugin {
        var element = written
        var plugin = RedeliveryPlugin()
        self.read(&element, "fallbackToDeadLetter", into: &plugin.fallsBackToDeadLetters)
        self.read(&element, "sendToDlqIfMaxRetriesExceeded", into: &plugin.buriesExhausted)
        if var map = self.only(element.elements("redeliveryPolicyMap"), in: "redeliveryPolicyMap") {
            for entry in map.elements("redeliveryPolicyEntries") {
                var entry = entry
                guard let destination = self.destinationOfRedelivery(&entry) else { continue }
                plugin.policies.set(self.redeliveryPolicy(entry, for: destination.description), for: destination)
            }
            if let entry = self.only(map.elements("defaultEntry"), in: "defaultEntry") {
                plugin.defaultPolicy = self.redeliveryPolicy(entry, for: "all others")
            }
            self.finish(map)
        }
        self.finish(element)
        return plugin
    }

    private mutating func destinationOfRedelivery(_ element: inout ConfiguredElement) -> Destination? {
        if let queue = element.text("queue") { return .queue(queue.text) }
        if let topic = element.text("topic") { return .topic(topic.text) }
        if element.boolean("tempQueue") == true { return Destination(.temporaryQueue, ">") }
        if element.boolean("tempTopic") == true { return Destination(.temporaryTopic, ">") }
        if var inner = self.only(element.elements("destination"), in: "destination") { return self.destination(&inner) }
        self.diagnostics.error(element.position, "<redeliveryPolicy> needs queue=\"...\" or topic=\"...\" here")
        return nil
    }

    private mutating func redeliveryPolicy(_ written: ConfiguredElement, for name: String) -> RedeliveryPolicy {
        var element = written
        var policy = RedeliveryPolicy()
        self.read(&element, "maximumRedeliveries", into: &policy.maximumRedeliveries, in: -1...Int64(Int32.max))
        self.read(&element, "initialRedeliveryDelay", into: &policy.initialDelayMs, in: Self.time)
        self.read(&element, "redeliveryDelay", into: &policy.delayMs, in: Self.time)
        self.read(&element, "useExponentialBackOff", into: &policy.isExponential)
        self.read(&element, "backOffMultiplier", into: &policy.multiplier, atLeast: 0)
        self.read(&element, "maximumRedeliveryDelay", into: &policy.maximumDelayMs, in: -1...Int64.max)
        self.read(&element, "useCollisionAvoidance", into: &policy.avoidsCollisions)
        self.read(&element, "collisionAvoidancePercent", into: &policy.collisionFactor, percentIn: 0...100)
        self.read(&element, "preDispatchCheck", into: &policy.isCheckedBeforeDispatch)
        element.drop(["queue", "topic", "tempQueue", "tempTopic", "destination"])
        self.finish(element)
        self.effective(
            "redelivery \(name)",
            "maximumRedeliveries=\(policy.maximumRedeliveries), initialRedeliveryDelay=\(policy.initialDelayMs), "
                + "redeliveryDelay=\(policy.delayMs)", written.position)
        return policy
    }

    private mutating func read(
        _ element: inout ConfiguredElement, _ name: String, into target: inout Double,
        percentIn range: ClosedRange<Int64>
    ) {
        if let percent = self.number(&element, name, in: range) { target = Double(percent) / 100 }
    }
}
