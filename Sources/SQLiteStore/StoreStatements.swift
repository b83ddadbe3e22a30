import SQLite

/// The statements of normal running, prepared once. Rare ones are prepared where they are used.
final class StoreStatements {
    let begin: Statement
    let commit: Statement
    let readFence: Statement
    let setHighWater: Statement
    let addToDestination: Statement
    let insertMessage: Statement
    let readRange: Statement
    let deleteRange: Statement
    let readQueuePage: Statement
    let readPriorityPage: Statement
    let readDefaultPriorityPage: Statement
    let readSubscriptionPage: Statement
    let addToSubscription: Statement
    let noteDestinationDelivery: Statement
    let noteSubscriptionDelivery: Statement
    let insertCopy: Statement
    let deleteCopy: Statement
    let readWanted: Statement
    let readHolders: Statement
    let deleteCopies: Statement
    let upsertProducer: Statement
    let insertSchedule: Statement
    let reschedule: Statement
    let deleteSchedule: Statement
    let readSchedules: Statement
    let readScheduleDueTime: Statement
    let insertRecentTime: Statement
    let deleteRecentTime: Statement
    let deleteTime: Statement
    let setScheduleTotals: Statement

    init(_ database: Database) throws(SQLiteError) {
        self.begin = try database.prepare(StoreSQL.begin, for: "beginning a transaction")
        self.commit = try database.prepare(StoreSQL.commit, for: "commit")
        self.readFence = try database.prepare(StoreSQL.readFence, for: "reading the fence")
        self.setHighWater = try database.prepare(StoreSQL.setHighWater, for: "reserving sequence numbers")
        self.addToDestination = try database.prepare(StoreSQL.addToDestination, for: "counting messages")
        self.insertMessage = try database.prepare(StoreSQL.insertMessage, for: "storing a message")
        self.readRange = try database.prepare(StoreSQL.readRange, for: "looking up acknowledged messages")
        self.deleteRange = try database.prepare(StoreSQL.deleteRange, for: "deleting acknowledged messages")
        self.readQueuePage = try database.prepare(StoreSQL.readQueuePage, for: "reading a queue")
        self.readPriorityPage = try database.prepare(
            StoreSQL.readPriorityPage, for: "reading one priority of a queue")
        self.readDefaultPriorityPage = try database.prepare(
            StoreSQL.readDefaultPriorityPage, for: "reading one priority of a queue")
        self.readSubscriptionPage = try database.prepare(
            StoreSQL.readSubscriptionPage, for: "reading a subscription's messages")
        self.addToSubscription = try database.prepare(
            StoreSQL.addToSubscription, for: "counting a subscription's messages")
        self.noteDestinationDelivery = try database.prepare(
            StoreSQL.noteDestinationDelivery, for: "noting deliveries")
        self.noteSubscriptionDelivery = try database.prepare(
            StoreSQL.noteSubscriptionDelivery, for: "noting a subscription's deliveries")
        self.insertCopy = try database.prepare(StoreSQL.insertCopy, for: "storing a message for a subscription")
        self.deleteCopy = try database.prepare(StoreSQL.deleteCopy, for: "deleting a subscription's message")
        self.readWanted = try database.prepare(StoreSQL.readWanted, for: "looking for other subscriptions")
        self.readHolders = try database.prepare(StoreSQL.readHolders, for: "looking for a message's subscriptions")
        self.deleteCopies = try database.prepare(StoreSQL.deleteCopies, for: "deleting a message's subscriptions")
        self.upsertProducer = try database.prepare(
            StoreSQL.upsertProducer, for: "remembering a producer's last number")
        self.insertSchedule = try database.prepare(StoreSQL.insertSchedule, for: "storing a scheduled message")
        self.reschedule = try database.prepare(StoreSQL.reschedule, for: "scheduling a message again")
        self.deleteSchedule = try database.prepare(StoreSQL.deleteSchedule, for: "deleting a scheduled message")
        self.readSchedules = try database.prepare(StoreSQL.readSchedules, for: "reading scheduled messages")
        self.readScheduleDueTime = try database.prepare(
            StoreSQL.readScheduleDueTime, for: "looking up a scheduled message")
        self.insertRecentTime = try database.prepare(
            StoreSQL.insertRecentTime, for: "noting when a message is due")
        self.deleteRecentTime = try database.prepare(
            StoreSQL.deleteRecentTime, for: "forgetting when a message is due")
        self.deleteTime = try database.prepare(StoreSQL.deleteTime, for: "forgetting when a message is due")
        self.setScheduleTotals = try database.prepare(
            StoreSQL.setScheduleTotals, for: "counting scheduled messages")
    }
}
