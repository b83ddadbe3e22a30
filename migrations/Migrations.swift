/// The schemas of Lockkeeper's databases, as numbered steps that only go forward.
///
/// To add one: write `migrations/DATABASE/NNNN_NAME.sql` with the next number and a name that no other database's file
/// with that number has (the generated constants are named for the file alone), list it as `.embedInCode` in
/// Package.swift, and append it here. The constant is the file's name without its first digit, `.` as `_`. A file that
/// was released never changes: its checksum is recorded in every database that has it.
package enum Migrations {
    package typealias Step = (number: Int, name: String, sql: String)

    /// `broker.db`: destinations, messages, subscriptions, transactions, schedules.
    package static let store: [Step] = [
        Self.step(1, "0001_broker", PackageResources._001_broker_sql),
        Self.step(2, "0002_order_and_delay", PackageResources._002_order_and_delay_sql),
        Self.step(3, "0003_schedule", PackageResources._003_schedule_sql),
        Self.step(4, "0004_in_doubt", PackageResources._004_in_doubt_sql),
        Self.step(5, "0005_schedule_time", PackageResources._005_schedule_time_sql),
    ]

    /// `lease.db`: the lease, the brokers, their locks, the history, the alarms.
    package static let lease: [Step] = [
        Self.step(1, "0001_lease", PackageResources._001_lease_sql),
        Self.step(2, "0002_terms_and_alarms", PackageResources._002_terms_and_alarms_sql),
    ]

    private static func step(_ number: Int, _ name: String, _ sql: [UInt8]) -> Step {
        (number, name, String(decoding: sql, as: UTF8.self))
    }
}
