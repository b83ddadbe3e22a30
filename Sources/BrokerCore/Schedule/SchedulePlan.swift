/// What a message's properties ask of the scheduler, and when that makes it due.
///
///     cron   repeat   first delivery                       then
///     -      0        sending + delay (else + period)      -
///     -      n, -1    the same                             every period, n times or for ever
///     set    0        next cron time + delay (or period)   each cron time
///     set    n, -1    none of its own: each cron time starts the job of the first two lines
///
/// As ActiveMQ, except that it rounds the time of sending up to half a second, and that its periods count from the late
/// delivery instead of from the time that was due.
struct SchedulePlan {
    let delayMs: Int64
    let periodMs: Int64
    let repeats: Int32
    let cron: (text: String, expression: CronExpression)?

    /// A repetition without a period would never end: it comes as often as ActiveMQ looks.
    static let leastPeriodMs: Int64 = 500

    /// Nil for a message that is to be sent at once: without a delay, a period and a cron expression, or with the id of
    /// a job that had it sent already.
    ///
    /// - Throws: what is wrong, with the property's name.
    init?(_ properties: [UInt8]?, maximumRepeats: Int32) throws(BrokerError) {
        guard let bytes = properties, ScheduleProperties.mayBeScheduled(bytes),
            !ScheduleProperties.isSet(ScheduleProperties.jobID, in: bytes)
        else { return nil }
        let delay = try ScheduleProperties.number(ScheduleProperties.delay, in: bytes)
        let period = try ScheduleProperties.number(ScheduleProperties.period, in: bytes)
        let cron = try ScheduleProperties.text(ScheduleProperties.cron, in: bytes)
        guard delay != nil || period != nil || cron != nil else { return nil }
        // A delay that has passed is none.
        self.delayMs = max(0, delay ?? 0)
        self.periodMs = period ?? 0
        guard self.periodMs >= 0 else {
            throw .general("\(ScheduleProperties.period) is negative: \(self.periodMs)")
        }
        let repeats = try ScheduleProperties.number(ScheduleProperties.repeats, in: bytes) ?? 0
        guard repeats >= -1 else { throw .general("\(ScheduleProperties.repeats) is less than -1: \(repeats)") }
        guard repeats <= Int64(maximumRepeats) else {
            throw .general(
                "\(ScheduleProperties.repeats) is too large: \(repeats), and maxSchedulerRepeatAllowed is "
                    + "\(maximumRepeats)")
        }
        self.repeats = Int32(repeats)
        self.cron = try Self.parse(cron)
    }

    private static func parse(_ text: String?) throws(BrokerError) -> (String, CronExpression)? {
        guard let text, !text.isEmpty else { return nil }
        do throws(CronError) {
            return (text, try CronExpression(text))
        } catch {
            throw .general("\(ScheduleProperties.cron) '\(text.prefix(100))' is wrong: \(error)")
        }
    }

    func firstDueMs(sentAtMs now: Int64, in zone: TimeZoneRules) -> Int64 {
        let start = self.cron?.expression.next(after: now, in: zone) ?? now
        return start.adding(self.delayMs > 0 ? self.delayMs : self.periodMs)
    }
}

extension ScheduleRecord {
    /// The job as it is after its delivery at ``dueMs``; nil when that was the last.
    func next(firedAtMs now: Int64, _ catchUp: CatchUp, in zone: TimeZoneRules) -> ScheduleRecord? {
        var next = self
        if let cron {
            // A clock that was put back must not bring a time again that was due already.
            let from = catchUp == .all ? self.dueMs : max(self.dueMs, now)
            guard let due = Self.next(cron, after: from, in: zone) else { return nil }
            next.dueMs = due
            return next
        }
        guard self.repeatsLeft != 0 else { return nil }
        if self.repeatsLeft > 0 { next.repeatsLeft -= 1 }
        let period = self.periodMs > 0 ? self.periodMs : SchedulePlan.leastPeriodMs
        next.dueMs = self.dueMs.adding(period)
        if catchUp == .latest, next.dueMs <= now {
            next.dueMs = now.adding(period - (now - self.dueMs) % period)
        }
        return next
    }

    /// When the job is due first that a cron job starts at its own due time.
    func firstDueOfStarted(firedAtMs now: Int64, _ catchUp: CatchUp) -> Int64 {
        let isLate = now - self.dueMs > SchedulePlan.leastPeriodMs
        let start = isLate && catchUp == .latest ? now : self.dueMs
        return start.adding(self.delayMs > 0 ? self.delayMs : self.periodMs)
    }

    private static func next(_ cron: String, after time: Int64, in zone: TimeZoneRules) -> Int64? {
        do throws(CronError) {
            return try CronExpression(cron).next(after: time, in: zone)
        } catch {
            // It was accepted once. If it no longer parses, no time can be found for it.
            return nil
        }
    }
}

extension Int64 {
    /// The sum, or the last time there is.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, isOver) = self.addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
