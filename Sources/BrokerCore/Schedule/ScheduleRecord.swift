/// The number of a scheduled job: grows with each job over all masters, and is never reused.
package struct ScheduleID: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Where a job stands among all: by its next due time, and among equal ones by the order of sending.
package struct ScheduleKey: Hashable, Comparable, Sendable {
    package let dueMs: Int64
    package let id: ScheduleID

    package init(dueMs: Int64, id: ScheduleID) {
        self.dueMs = dueMs
        self.id = id
    }

    /// Before every job.
    package static let start = Self(dueMs: .min, id: ScheduleID(.min))

    package static func < (a: Self, b: Self) -> Bool { a.dueMs == b.dueMs ? a.id < b.id : a.dueMs < b.dueMs }
}

/// One job: a message that is to be sent later, once or repeatedly.
package struct ScheduleRecord: Sendable {
    package let id: ScheduleID
    /// As clients name it: its sender, and the number of ``id``.
    package let jobID: String
    /// The next time, in Unix milliseconds.
    package var dueMs: Int64
    /// Of each of the cron expression's own repetitions.
    package let delayMs: Int64
    /// Between repetitions; 0 for none.
    package let periodMs: Int64
    /// Deliveries after the next one; -1 for ever. With a cron expression: repetitions at each of its times.
    package var repeatsLeft: Int32
    package let cron: String?
    /// As it was sent, properties included.
    package let message: Message

    package init(
        id: ScheduleID, jobID: String, dueMs: Int64, delayMs: Int64, periodMs: Int64, repeatsLeft: Int32, cron: String?,
        message: Message
    ) {
        self.id = id
        self.jobID = jobID
        self.dueMs = dueMs
        self.delayMs = delayMs
        self.periodMs = periodMs
        self.repeatsLeft = repeatsLeft
        self.cron = cron
        self.message = message
    }

    package var key: ScheduleKey { ScheduleKey(dueMs: self.dueMs, id: self.id) }

    /// Whether this is a cron job that starts a job of its own at each of its times, and sends nothing itself.
    var startsOthers: Bool { self.cron != nil && self.repeatsLeft != 0 }

    /// Whether the message goes out more than once, so that each time it needs an id of its own: its properties tell,
    /// since the last of several has no repetition left.
    var isRepeated: Bool {
        guard let bytes = self.message.properties else { return false }
        do throws(BrokerError) {
            if let repeats = try ScheduleProperties.number(ScheduleProperties.repeats, in: bytes), repeats != 0 {
                return true
            }
            return try ScheduleProperties.text(ScheduleProperties.cron, in: bytes)?.isEmpty == false
        } catch {
            // They were read once: what can't be read is none of ours.
            return false
        }
    }
}

/// How many jobs a store holds, those of prepared transactions too, and what their messages have in properties and
/// bodies.
package struct ScheduleTotals: Hashable, Sendable {
    package var jobs: Int64
    package var bytes: Int64

    package init(jobs: Int64 = 0, bytes: Int64 = 0) {
        self.jobs = jobs
        self.bytes = bytes
    }

    package mutating func add(_ other: ScheduleTotals) {
        self.jobs &+= other.jobs
        self.bytes &+= other.bytes
    }
}

/// One step of what a batch does to the jobs; they are applied in order.
package enum ScheduleChange: Sendable {
    /// With a prepared transaction nobody sees the job before that commits.
    case insert(ScheduleRecord, prepared: XATransactionID?)
    /// The job with its new time and repetitions; nothing where it is gone.
    case reschedule(ScheduleRecord)
    /// Nothing where no job has both.
    case remove(ScheduleID, jobID: String)
    /// All whose next time lies in the range.
    case removeDue(ClosedRange<Int64>)
}

/// Which of the times that passed while no broker served a repeated job makes up for.
package enum CatchUp: String, Sendable, CaseIterable {
    /// One delivery for all of them, as with ActiveMQ; the next comes at its time.
    case latest
    /// One delivery for each.
    case all
}
