/// Settings that reach the core's values and that the core does not follow yet: each is one warning.
///
/// A line goes when the core begins to follow its property; a test finds the lines that stayed.
package enum PendingSettings {
    package struct Setting: Sendable {
        /// As the core behaves without following it: no warning where the file says the same.
        let standard: String
        /// Of the core's values.
        package let property: String
    }

    /// By element and attribute, or by element.
    package static let all: [String: Setting] = [
        "broker enableMessageExpirationOnActiveDurableSubs": .init("false", "expiresOnActiveSubscriptions"),
        "broker populateJMSXUserID": .init("false", "populatesUserID"),
        "policyEntry allowTempDestinationStealing": .init("false", "allowsTemporaryStealing"),
        "policyEntry blockedProducerWarningInterval": .init("0", "blockedProducerWarningMs"),
        "policyEntry consumersBeforeDispatchStarts": .init("0", "consumersBeforeDispatch"),
        "policyEntry enableAudit": .init("true", "isAudited"),
        "policyEntry maxAuditDepth": .init("10000", "maxAuditDepth"),
        "policyEntry maxDestinations": .init("-1", "maxDestinations"),
        "policyEntry maxProducersToAudit": .init("64", "maxProducersToAudit"),
        "policyEntry minimumMessageSize": .init("1024", "minimumMessageSizeBytes"),
        "policyEntry storeUsageHighWaterMark": .init("100", "storeUsageHighWaterMarkPercent"),
        "policyEntry timeBeforeDispatchStarts": .init("0", "dispatchDelayMs"),
        "policyEntry usePrefetchExtension": .init("true", "usesPrefetchExtension"),
    ]
}

extension PendingSettings.Setting {
    fileprivate init(_ standard: String, _ property: String) {
        self.standard = standard
        self.property = property
    }
}

extension Mapper {
    /// Warns of everything in `element` and below that the core does not follow yet.
    mutating func warnOfPending(_ element: ConfiguredElement) {
        if PendingSettings.all[element.name] != nil {
            self.diagnostics.warning(element.position, "<\(element.name)> has no effect: it is not followed yet")
        }
        for (name, value) in element.attributes {
            guard let pending = PendingSettings.all["\(element.name) \(name)"],
                value.text.lowercased() != pending.standard
            else { continue }
            self.diagnostics.warning(
                value.position, "\(name)=\"\(value.text)\" of <\(element.name)> has no effect: it is not followed yet")
        }
        for part in element.parts.values {
            for inner in part.elements { self.warnOfPending(inner) }
        }
    }
}
