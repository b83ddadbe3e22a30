/// Commands to the scheduler, as messages to `ActiveMQ.Scheduler.Management` (OpenWire reference, 22.3).
extension Broker {
    /// Whether the message was a command, and is carried out. Unknown ones and unknown jobs are ignored.
    ///
    /// - Throws: where a time of the command can't be read.
    func manageSchedules(_ message: Message, request: BrokerRequest) throws(BrokerError) -> Bool {
        guard self.configuration.schedulesMessages, message.destination.isScheduleManagement else { return false }
        let bytes = message.properties ?? [0, 0, 0, 0]
        switch try ScheduleProperties.text(ScheduleProperties.action, in: bytes) {
        case "BROWSE":
            if let replyTo = message.headers.replyTo {
                self.browseSchedules(try Self.range(in: bytes), replyTo: replyTo)
            }
            self.answer(request, .done)
        case "REMOVE":
            if let jobID = try ScheduleProperties.text(ScheduleProperties.jobID, in: bytes) {
                self.removeSchedule(jobID)
            }
            self.answer(request, .done, afterCommit: true)
        case "REMOVEALL":
            self.change(.removeDue(try Self.range(in: bytes)))
            self.answer(request, .done, afterCommit: true)
        default:
            self.answer(request, .done)
        }
        return true
    }

    /// Everything, unless both ends are given.
    private static func range(in bytes: [UInt8]) throws(BrokerError) -> ClosedRange<Int64> {
        let start = try ScheduleProperties.number(ScheduleProperties.actionStart, in: bytes)
        let end = try ScheduleProperties.number(ScheduleProperties.actionEnd, in: bytes)
        guard let start, let end else { return .min ... .max }
        // A span that ends before it begins has nothing in it.
        return start <= end ? start...end : .min ... .min
    }

    private func removeSchedule(_ jobID: String) {
        guard let id = ScheduleID(jobID: jobID) else { return }
        self.change(.remove(id, jobID: jobID))
    }

    // MARK: For operators

    /// Removes the job, if there is one. Durable with the batch being formed.
    package func removeSchedule(_ jobID: String, at now: Instant) {
        self.now = now
        self.removeSchedule(jobID)
    }

    /// Removes all jobs whose next time lies in the range, in Unix milliseconds.
    package func removeSchedules(due range: ClosedRange<Int64>, at now: Instant) {
        self.now = now
        self.change(.removeDue(range))
    }

    // MARK: Browsing

    private func browseSchedules(_ range: ClosedRange<Int64>, replyTo: Destination) {
        let before = ScheduleKey(dueMs: range.lowerBound, id: ScheduleID(.min))
        self.scheduled.browses.append(
            .init(replyTo: replyTo, range: range, after: before, waits: !self.writes.scheduleChanges.isEmpty))
    }

    /// Answers the browse that stands first with what the store has for it.
    func show(browsed page: [ScheduleRecord]) {
        guard var browse = self.scheduled.browses.first else { return }
        browse.isPaging = false
        guard let last = page.last, self.reply(page, to: browse.replyTo) else {
            self.scheduled.browses.removeFirst()
            return
        }
        browse.after = last.key
        self.scheduled.browses[0] = browse
    }

    /// False where nobody can get the answers any more.
    private func reply(_ jobs: [ScheduleRecord], to destination: Destination) -> Bool {
        for job in jobs {
            do throws(BrokerError) {
                try self.route(self.description(of: job, for: destination), receipt: nil, redeliveryCount: 0)
            } catch {
                return false
            }
        }
        return true
    }

    private func description(of job: ScheduleRecord, for destination: Destination) -> Message {
        let message = job.message
        var headers = message.headers
        headers.destination = destination
        headers.isPersistent = false
        headers.type = "Advisory"
        headers.brokerInTimeMs = self.now.wallMs
        var extras = message.extras ?? MessageExtras()
        extras.originalDestination = message.destination
        extras.originalTransaction = nil
        extras.sender = nil
        return Message(
            id: self.newScheduleMessageID(), headers: headers,
            properties: BrokerProperties.setting(
                ScheduleProperties.jobID, to: .text(job.jobID), in: message.properties),
            bodyKind: message.bodyKind, isCompressed: message.isCompressed, body: message.body, extras: extras)
    }
}

extension ScheduleID {
    /// The number at the end of a job's id.
    init?(jobID: String) {
        guard let colon = jobID.utf8.lastIndex(of: UInt8(ascii: ":")),
            let number = Int64(jobID[jobID.utf8.index(after: colon)...])
        else { return nil }
        self.init(number)
    }
}

extension Destination {
    /// Compared as ActiveMQ does: how the name begins, whatever the case.
    fileprivate var isScheduleManagement: Bool {
        let management = ScheduleProperties.management
        guard self.name.utf8.count >= management.utf8.count else { return false }
        return zip(self.name.utf8, management.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
}
