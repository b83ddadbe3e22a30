import BrokerCore

extension Mapper {
    private static let anyNumber: ClosedRange<Int64> = 0...Int64(Int32.max)

    /// The whole file.
    mutating func map(_ broker: ConfiguredElement) {
        self.warnOfPending(broker)
        var broker = broker
        self.identity(&broker)
        self.store(&broker)
        self.life(&broker)
        self.connectors(&broker)
        self.usage(&broker)
        self.policies(&broker)
        self.destinations(&broker)
        self.interceptors(&broker)
        self.plugins(&broker)
        self.management(&broker)
        self.finish(broker)
    }

    private mutating func identity(_ broker: inout ConfiguredElement) {
        guard let name = broker.text("brokerName") else { return }
        let allowed = String(name.text.map { Self.isAllowed($0) ? $0 : "_" })
        guard !allowed.isEmpty else {
            self.diagnostics.error(name.position, "brokerName of <broker> is empty")
            return
        }
        if allowed != name.text {
            self.diagnostics.warning(
                name.position,
                "brokerName=\"\(name.text)\" of <broker> becomes \(allowed): it can have letters, digits, -, _, . and :"
            )
        }
        self.file.brokerName = allowed
        self.effective("brokerName", allowed, name.position)
    }

    private static func isAllowed(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.:".contains(character))
    }

    /// Attributes of the broker that the core follows.
    private mutating func life(_ broker: inout ConfiguredElement) {
        let written = broker
        func place(_ name: String) -> TextPosition? { written.attributes[name]?.position }
        var core = self.file.core
        self.read(&broker, "advisorySupport", into: &core.sendsAdvisories)
        self.read(&broker, "useVirtualTopics", into: &core.usesVirtualTopics)
        self.read(&broker, "useMirroredQueues", into: &core.usesMirroredQueues)
        self.read(&broker, "schedulePeriodForDestinationPurge", into: &core.purgePeriodMs, in: Self.anyNumber)
        self.read(&broker, "maxPurgedDestinationsPerSweep", into: &core.purgeLimit, in: Self.anyNumber)
        self.read(
            &broker, "offlineDurableSubscriberTimeout", into: &core.offlineSubscriberTimeoutMs, in: -1...Int64.max)
        self.read(
            &broker, "offlineDurableSubscriberTaskSchedule", into: &core.offlineSubscriberCheckMs, in: 1...Int64.max)
        self.read(&broker, "rejectDurableConsumers", into: &core.rejectsDurableConsumers)
        self.read(&broker, "populateJMSXUserID", into: &core.populatesUserID)
        self.read(&broker, "maxUncommittedCount", into: &core.maxUncommittedCount, in: Self.anyNumber)
        self.read(&broker, "schedulerSupport", into: &core.schedulesMessages)
        self.read(
            &broker, "maxSchedulerRepeatAllowed", into: &core.maximumScheduleRepeats, in: 0...Int64(Int32.max))
        self.read(
            &broker, "enableMessageExpirationOnActiveDurableSubs", into: &core.expiresOnActiveSubscriptions)
        self.file.core = core
        if broker.boolean("deleteAllMessagesOnStartup") == true { self.file.deletesAllMessagesOnStart = true }
        let followed = Set(written.attributes.keys).subtracting(broker.attributes.keys)
        for name in followed.sorted() {
            guard let value = written.attributes[name] else { continue }
            self.effective(name, value.text, value.position)
        }
    }

    /// The shipped file switches JMX off in its own way.
    private mutating func management(_ broker: inout ConfiguredElement) {
        guard let context = broker.parts["managementContext"]?.elements.first else { return }
        let isOff = context.attributes["createConnector"].flatMap { ValueGrammar.boolean($0.text) } == false
        if isOff { broker.drop(["managementContext"]) }
    }
}
