/// Room for messages that are to be sent later (ActiveMQ: `jobSchedulerUsage`).
///
/// While there is none, a sender that wants an answer waits for it with its message outside, or is refused where
/// `sendFailIfNoSpace` is set; what was asked for without an answer, or in a transaction, is taken, and the socket is
/// read no further. So the limit is exceeded by what a socket had brought already, at most. Jobs that fire or are
/// removed make room.
extension Broker {
    /// The jobs in the store, as of the last commit.
    package var scheduleTotals: ScheduleTotals { self.scheduled.totals }

    var isScheduleFull: Bool {
        let limit = self.configuration.usage.schedulerLimitBytes
        return limit > 0 && self.scheduled.usedBytes >= limit
    }

    /// Whether nothing is to be done yet: the send waits.
    func waitsForScheduleRoom(
        _ message: Message, in transaction: TransactionID?, request: BrokerRequest, link: Link
    ) throws(BrokerError) -> Bool {
        let isQueued = self.waitingSends.contains { $0.isScheduled && $0.request.link == link.id }
        guard isQueued || self.isScheduleFull else { return false }
        let rule = self.roomRule(self.policies.policy(for: message.destination).entry)
        if rule.fails {
            let shortage = self.scheduleShortage(of: message)
            if let transaction { try self.openTransaction(transaction).failure = shortage }
            throw shortage
        }
        self.suspend(link, for: .schedules)
        guard request.reply != nil, transaction == nil else { return false }
        self.waitingSends.append(
            WaitingSend(
                request: request, deadlineMs: rule.afterMs > 0 ? self.now.monotonicMs + rule.afterMs : .max,
                isScheduled: true))
        return true
    }

    func scheduleShortage(of message: Message) -> BrokerError {
        let limit = max(1, self.configuration.usage.schedulerLimitBytes)
        let percent = Int64(Double(self.scheduled.usedBytes) * 100 / Double(limit))
        return .resourceExhausted(
            "Job Scheduler Store is Full (\(percent)% of \(limit)). Stopping producer (\(message.id.producer)) to prevent "
                + "flooding of the job scheduler store.")
    }
}
