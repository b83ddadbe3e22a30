import BrokerCore
import SQLiteStore
import TestSupport

/// Stores jobs and lets them fire until it is killed, a batch for each few of both. Job `N` is delivered 1 + N % 3 times,
/// as a message with the number N of its producer.
///
///     +JOB    the job was stored
func keepJobs(
    _ driver: StoreDriver, queue: DestinationID, last: Int64, seed: UInt64
) async throws {
    var random = SeededRandom(seed: seed)
    var last = last
    var pending = try await driver.schedules(limit: .max)
    while true {
        var batch = StoreBatch()
        var fired: Set<ScheduleID> = []
        var again: [ScheduleRecord] = []
        for job in pending.shuffled(using: &random).prefix(Int.random(in: 0...8, using: &random)) {
            fired.insert(job.id)
            last += 1
            batch.insert(last, queue, job.message)
            var next = job
            if job.repeatsLeft > 0 {
                next.repeatsLeft -= 1
                next.dueMs = Int64.random(in: 0..<10_000, using: &random)
                again.append(next)
                batch.scheduleChanges.append(.reschedule(next))
            } else {
                batch.scheduleChanges.append(.remove(job.id, jobID: job.jobID))
            }
        }
        var new: [ScheduleRecord] = []
        for _ in 0..<Int.random(in: 1...10, using: &random) {
            last += 1
            new.append(
                ScheduleRecord(
                    id: ScheduleID(last), jobID: "job:\(last)", dueMs: Int64.random(in: 0..<10_000, using: &random),
                    delayMs: 1, periodMs: 1, repeatsLeft: Int32(last % 3), cron: nil,
                    message: SampleMessage.numbered(last)))
        }
        batch.scheduleChanges += new.map { .insert($0, prepared: nil) }
        let whole = batch
        try await driver.commit { $0 = whole }
        for job in new { say("+\(job.id.rawValue)") }
        pending = pending.filter { !fired.contains($0.id) } + again + new
    }
}
