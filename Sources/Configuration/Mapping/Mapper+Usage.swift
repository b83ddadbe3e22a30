import BrokerCore

extension Mapper {
    /// `systemUsage/systemUsage`.
    mutating func usage(_ broker: inout ConfiguredElement) {
        guard var system = self.only(broker.elements("systemUsage"), in: "systemUsage") else { return }
        var usage = self.file.core.usage
        let sendFail = system.attributes["sendFailIfNoSpace"]
        let sendFailAfter = system.attributes["sendFailIfNoSpaceAfterTimeout"]
        self.read(&system, "sendFailIfNoSpace", into: &usage.failsSendIfNoSpace)
        self.read(&system, "sendFailIfNoSpaceAfterTimeout", into: &usage.failsSendAfterMs, in: 0...Int64.max)
        self.read(&system, "sendFailIfNoSpaceExplicitySet", into: &usage.overridesPolicies)
        for (name, value) in [("sendFailIfNoSpace", sendFail), ("sendFailIfNoSpaceAfterTimeout", sendFailAfter)] {
            if let value { self.effective(name, value.text, value.position) }
        }
        if let limit = self.limit(of: "memoryUsage", &system) { usage.memoryLimitBytes = limit }
        if let limit = self.limit(of: "storeUsage", &system) { usage.storeLimitBytes = limit }
        if let limit = self.limit(of: "tempUsage", &system) { usage.temporaryLimitBytes = limit }
        if let limit = self.limit(of: "jobSchedulerUsage", &system) { usage.schedulerLimitBytes = limit }
        self.file.core.usage = usage
        self.finish(system)
    }

    private mutating func limit(of part: String, _ system: inout ConfiguredElement) -> Int64? {
        guard var usage = self.only(system.elements(part), in: part) else { return nil }
        if part == "storeUsage" || part == "tempUsage" {
            usage.drop(["store", "total", "percentUsage", "usagePortion"])
        }
        let written = usage.attributes["limit"]
        let limit = self.number(&usage, "limit", in: 0...Int64.max)
        if usage.parts["limiter"] != nil, limit == nil { self.limiter(&usage) }
        self.finish(usage)
        if let limit, let written {
            self.effective(part, limit == 0 ? "no limit" : "\(limit) bytes", written.position)
        }
        return limit
    }

    private mutating func limiter(_ usage: inout ConfiguredElement) {
        for limiter in usage.elements("limiter") {
            self.diagnostics.warning(
                limiter.position, "<limiter> in <\(usage.name)> has no effect: write limit=\"...\"")
        }
    }
}
