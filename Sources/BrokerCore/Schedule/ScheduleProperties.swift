/// The properties by which clients schedule messages, and manage schedules (OpenWire reference, 22).
enum ScheduleProperties {
    static let delay = "AMQ_SCHEDULED_DELAY"
    static let period = "AMQ_SCHEDULED_PERIOD"
    static let repeats = "AMQ_SCHEDULED_REPEAT"
    static let cron = "AMQ_SCHEDULED_CRON"
    /// What asks for a schedule, and is not passed on to consumers.
    static let asking = [Self.delay, Self.period, Self.repeats, Self.cron]
    static let jobID = "scheduledJobId"
    static let action = "AMQ_SCHEDULER_ACTION"
    static let actionStart = "ACTION_START_TIME"
    static let actionEnd = "ACTION_END_TIME"
    /// Destinations that start so, in any case, take commands.
    static let management = "ActiveMQ.Scheduler.Management"

    private static let mark = Array("AMQ_SCHEDULED_".utf8)

    /// Whether any property may be one of those that schedule: a look at the bytes, which nearly always says no.
    static func mayBeScheduled(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > self.mark.count else { return false }
        let (span, mark) = (bytes.span, self.mark.span)
        var start = 0
        while start <= span.count - mark.count {
            var length = 0
            while length < mark.count, span[start + length] == mark[length] { length += 1 }
            if length == mark.count { return true }
            start += 1
        }
        return false
    }

    /// The property's value; nil where it is missing, null, or behind malformed bytes.
    static func value(_ name: String, in bytes: [UInt8]) -> PropertyValue? {
        do throws(PropertyError) {
            let value = try PropertyMap.value(of: name, in: bytes)
            return value == .null ? nil : value
        } catch {
            return nil
        }
    }

    static func isSet(_ name: String, in bytes: [UInt8]) -> Bool { self.value(name, in: bytes) != nil }

    /// A whole number, in whatever form clients write it: any integer type, or decimal text.
    static func number(_ name: String, in bytes: [UInt8]) throws(BrokerError) -> Int64? {
        guard let value = self.value(name, in: bytes) else { return nil }
        let number: Int64? =
            switch value {
            case .byte(let number): Int64(number)
            case .short(let number): Int64(number)
            case .int(let number): Int64(number)
            case .long(let number): number
            case .string(let text), .bigString(let text): Int64(text.string)
            default: nil
            }
        guard let number else { throw .general("\(name) is no whole number: \(self.shown(value))") }
        return number
    }

    static func text(_ name: String, in bytes: [UInt8]) throws(BrokerError) -> String? {
        guard let value = self.value(name, in: bytes) else { return nil }
        guard case .string(let text) = value.asText else {
            throw .general("\(name) is no text: \(self.shown(value))")
        }
        return text.string
    }

    static func shown(_ value: PropertyValue) -> String {
        switch value {
        case .string(let text), .bigString(let text): "'\(text.string.prefix(100))'"
        case .double(let number): "\(number)"
        case .float(let number): "\(number)"
        case .bool(let isTrue): "\(isTrue)"
        case .byte(let number): "\(number)"
        case .short(let number): "\(number)"
        case .int(let number): "\(number)"
        case .long(let number): "\(number)"
        case .null, .char, .bytes, .map, .list: "a value of another type"
        }
    }
}

extension PropertyValue {
    /// One form for both of texts.
    fileprivate var asText: PropertyValue {
        if case .bigString(let text) = self { return .string(text) }
        return self
    }
}
