import BrokerCore
import SQLite

/// Applies batches inside an open transaction.
///
/// What can be summed up is written once at ``finish()``: counts per destination and subscription, and producers'
/// numbers. Keeps its tables from one transaction to the next, so that they are not allocated anew.
final class BatchApplier {
    /// The catalog as this transaction leaves it.
    private(set) var catalog: StoreCatalog
    private let database: Database
    private let statements: StoreStatements
    private let maximumProducers: Int64
    private var writer: MessageWriter
    private var schedules: ScheduleWriter
    private var destinationCounts: [DestinationID: Count] = [:]
    private var subscriptionCounts: [SubscriptionID: Int64] = [:]
    private var producers: [ProducerID: Int64] = [:]
    private var deliveries: [BacklogID: MessageSequence] = [:]
    private var areLastIDsChanged = false
    /// As the table has them.
    private var writtenSchedules = ScheduleTotals()

    private struct Count {
        var messages: Int64 = 0
        var bytes: Int64 = 0

        mutating func add(_ messages: Int64, _ bytes: Int64) {
            self.messages += messages
            self.bytes += bytes
        }
    }

    /// Numbers reserved beyond the highest that is known to be given out. Numbers of messages that were never stored
    /// (elided, not persistent) are known only when the broker tells them, at least twice a second: half a block must
    /// last until then.
    private static let block: Int64 = 1_000_000

    init(
        _ database: Database, _ statements: StoreStatements, _ catalog: StoreCatalog,
        _ configuration: StoreConfiguration
    ) {
        self.database = database
        self.statements = statements
        self.catalog = catalog
        self.maximumProducers = Int64(configuration.maximumProducers)
        self.writer = MessageWriter(statements.insertMessage)
        self.schedules = ScheduleWriter(database, statements, timesAtOnce: configuration.timesAtOnce)
    }

    // MARK: Events

    /// Starts from `catalog`, without anything of an earlier transaction.
    func start(from catalog: StoreCatalog) {
        self.catalog = catalog
        self.destinationCounts.removeAll(keepingCapacity: true)
        self.subscriptionCounts.removeAll(keepingCapacity: true)
        self.producers.removeAll(keepingCapacity: true)
        self.deliveries.removeAll(keepingCapacity: true)
        self.areLastIDsChanged = false
        self.writtenSchedules = catalog.schedules
    }

    func apply(_ batch: StoreBatch) throws(SQLiteError) {
        for id in batch.destroyedDestinations { try self.destroy(id) }
        for new in batch.newDestinations { try self.insert(new) }
        for id in batch.destroyedSubscriptions { try self.destroy(id) }
        for record in batch.newSubscriptions { try self.insert(record) }
        for insert in batch.inserts { try self.insert(insert) }
        for change in batch.scheduleChanges { try self.apply(change) }
        for prepare in batch.prepares { try self.prepare(prepare) }
        for resolve in batch.resolves { try self.resolve(resolve) }
        try self.remove(batch.removals)
        for (producer, sequence) in batch.producerSequences {
            self.producers[producer] = max(self.producers[producer] ?? .min, sequence)
        }
        self.deliveries.merge(batch.deliveredThrough) { max($0, $1) }
        if let sequence = batch.lastSequence { self.note(sequence: sequence.rawValue) }
    }

    /// Writes what was summed up. To be called once, before the COMMIT.
    func finish() throws(SQLiteError) {
        for (id, count) in self.destinationCounts where count.messages != 0 || count.bytes != 0 {
            try self.statements.addToDestination.bind(id.rawValue, at: 1)
            try self.statements.addToDestination.bind(count.messages, at: 2)
            try self.statements.addToDestination.bind(count.bytes, at: 3)
            try self.statements.addToDestination.run()
        }
        for (id, count) in self.subscriptionCounts where count != 0 {
            try self.statements.addToSubscription.bind(id.rawValue, at: 1)
            try self.statements.addToSubscription.bind(count, at: 2)
            try self.statements.addToSubscription.run()
        }
        try self.schedules.finish(in: &self.catalog)
        if self.catalog.schedules != self.writtenSchedules {
            try self.statements.setScheduleTotals.bind(self.catalog.schedules.jobs, at: 1)
            try self.statements.setScheduleTotals.bind(self.catalog.schedules.bytes, at: 2)
            try self.statements.setScheduleTotals.run()
        }
        for (backlog, sequence) in self.deliveries { try self.note(sequence, deliveredFrom: backlog) }
        if !self.producers.isEmpty { try self.rememberProducers() }
        if self.areLastIDsChanged {
            let statement = try self.database.prepare(StoreSQL.setLastIDs, for: "noting the last numbers in use")
            try statement.bind(self.catalog.lastDestinationID, at: 1)
            try statement.bind(self.catalog.lastSubscriptionID, at: 2)
            try statement.run()
        }
        if self.catalog.highWater &- self.catalog.lastSequence < Self.block / 2 {
            try self.setHighWater(self.catalog.lastSequence &+ Self.block)
        }
    }

    /// Gives up the reserved numbers: for the last transaction of an orderly stop.
    func releaseReservedNumbers() throws(SQLiteError) { try self.setHighWater(self.catalog.lastSequence) }

    // MARK: Destinations and subscriptions

    private func insert(_ new: StoreBatch.NewDestination) throws(SQLiteError) {
        let statement = try self.database.prepare(StoreSQL.insertDestination, for: "creating a destination")
        try statement.bind(new.id.rawValue, at: 1)
        try statement.bind(new.destination.kind.column, at: 2)
        try statement.bind(new.destination.name, at: 3)
        try statement.run()
        self.catalog.destinations[new.id] = new.destination
        self.catalog.lastDestinationID = max(self.catalog.lastDestinationID, new.id.rawValue)
        self.areLastIDsChanged = true
    }

    private func destroy(_ id: DestinationID) throws(SQLiteError) {
        if let destination = self.catalog.destinations[id], destination.isTopic {
            try self.forEachSubscription(of: destination) { subscription throws(SQLiteError) in
                try self.destroy(subscription)
            }
            // Wildcard subscriptions stay, without this topic's messages.
            try self.forEachCount(StoreSQL.countCopiesOfDestination, id.rawValue) { subscription, count, _ in
                self.subscriptionCounts[SubscriptionID(subscription), default: 0] -= count
            }
            try self.run(StoreSQL.deleteCopiesOfDestination, id.rawValue)
        }
        try self.run(StoreSQL.deleteMessagesOfDestination, id.rawValue)
        try self.run(StoreSQL.deleteRemovalsOfDestination, id.rawValue)
        try self.run(StoreSQL.deleteDestination, id.rawValue)
        self.catalog.destinations[id] = nil
    }

    private func forEachSubscription(
        of topic: Destination, _ body: (SubscriptionID) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        let statement = try self.database.prepare(
            StoreSQL.readSubscriptionsOfTopic, for: "looking up a topic's subscriptions")
        try statement.bind(topic.kind.column, at: 1)
        try statement.bind(topic.name, at: 2)
        var found: [SubscriptionID] = []
        try statement.forEachRow { found.append(SubscriptionID(statement.integer(0))) }
        for id in found { try body(id) }
    }

    private func insert(_ record: SubscriptionRecord) throws(SQLiteError) {
        let statement = try self.database.prepare(StoreSQL.insertSubscription, for: "creating a subscription")
        try statement.bind(record.id.rawValue, at: 1)
        try statement.bind(record.clientID, at: 2)
        try statement.bind(record.name, at: 3)
        try statement.bind(record.topic.kind.column, at: 4)
        try statement.bind(record.topic.name, at: 5)
        try statement.bind(record.selector, at: 6)
        try statement.bind(record.isNoLocal ? 1 : 0, at: 7)
        try statement.run()
        self.catalog.lastSubscriptionID = max(self.catalog.lastSubscriptionID, record.id.rawValue)
        self.areLastIDsChanged = true
    }

    private func destroy(_ id: SubscriptionID) throws(SQLiteError) {
        try self.forEachCount(StoreSQL.countLastCopies, id.rawValue) { destination, count, bytes in
            self.count(DestinationID(destination), -count, -bytes)
        }
        try self.run(StoreSQL.deleteLastCopies, id.rawValue)
        try self.run(StoreSQL.deleteCopiesOfSubscription, id.rawValue)
        try self.run(StoreSQL.deleteRemovalsOfSubscription, id.rawValue)
        try self.run(StoreSQL.deleteSubscription, id.rawValue)
        self.subscriptionCounts[id] = nil
    }

    // MARK: Messages

    private func insert(_ insert: StoreBatch.Insert) throws(SQLiteError) {
        let prepared: Int64? =
            if let transaction = insert.prepared { try self.preparedID(transaction) } else { nil }
        try self.writer.write(insert, preparedID: prepared, home: self.catalog.destinations[insert.destination])
        for subscription in insert.subscriptions {
            try self.statements.insertCopy.bind(subscription.rawValue, at: 1)
            try self.statements.insertCopy.bind(insert.sequence.rawValue, at: 2)
            try self.statements.insertCopy.run()
            if prepared == nil { self.subscriptionCounts[subscription, default: 0] += 1 }
        }
        if prepared == nil { self.count(insert.destination, 1, Int64(MessageWriter.size(of: insert.message))) }
        self.note(sequence: insert.sequence.rawValue)
    }

    /// Deletes what `removals` name and nothing else, neighbours in one step.
    private func remove(_ removals: [StoreBatch.Removal]) throws(SQLiteError) {
        var ofQueues: [(sequence: Int64, destination: DestinationID)] = []
        var ofTopics: [Int64: [SubscriptionID]] = [:]
        for removal in removals {
            switch removal.backlog {
            case .queue(let destination): ofQueues.append((removal.sequence.rawValue, destination))
            case .subscription(let subscription): ofTopics[removal.sequence.rawValue, default: []].append(subscription)
            }
        }
        // In one order, whatever the dictionary's: neighbouring rows stand on one page.
        for (sequence, subscriptions) in ofTopics.sorted(by: { $0.key < $1.key }) {
            try self.remove(sequence, from: subscriptions)
        }
        // Acknowledgements mostly come in order already.
        if !Self.isAscending(ofQueues) { ofQueues.sort { $0.sequence < $1.sequence } }
        var start = 0
        while start < ofQueues.count {
            var end = start + 1
            while end < ofQueues.count, ofQueues[end].sequence == ofQueues[end - 1].sequence &+ 1 { end += 1 }
            try self.removeRun(ofQueues[start..<end])
            start = end
        }
    }

    private static func isAscending(_ removals: [(sequence: Int64, destination: DestinationID)]) -> Bool {
        zip(removals, removals.dropFirst()).allSatisfy { $0.sequence < $1.sequence }
    }

    /// `run` holds neighbouring sequences. They may be of several queues, so each row is compared with its removal
    /// before the range goes.
    private func removeRun(_ run: ArraySlice<(sequence: Int64, destination: DestinationID)>) throws(SQLiteError) {
        guard let first = run.first, let last = run.last else { return }
        let select = self.statements.readRange
        try select.bind(first.sequence, at: 1)
        try select.bind(last.sequence, at: 2)
        var found: [(sequence: Int64, destination: DestinationID, bytes: Int64)] = []
        found.reserveCapacity(run.count)
        var isForeignRowFound = false
        try select.forEachRow {
            let (sequence, destination) = (select.integer(0), DestinationID(select.integer(1)))
            if run[run.startIndex + Int(sequence - first.sequence)].destination == destination {
                found.append((sequence, destination, select.integer(2)))
            } else {
                isForeignRowFound = true
            }
        }
        for row in found { self.count(row.destination, -1, -row.bytes) }
        if !isForeignRowFound { return try self.delete(from: first.sequence, to: last.sequence) }
        for row in found { try self.delete(from: row.sequence, to: row.sequence) }
    }

    private func delete(from first: Int64, to last: Int64) throws(SQLiteError) {
        try self.statements.deleteRange.bind(first, at: 1)
        try self.statements.deleteRange.bind(last, at: 2)
        try self.statements.deleteRange.run()
    }

    /// A topic's message, where these subscriptions are done with it: the row goes with the last one that wants it.
    private func remove(_ sequence: Int64, from subscriptions: [SubscriptionID]) throws(SQLiteError) {
        let select = self.statements.readRange
        try select.bind(sequence, at: 1)
        try select.bind(sequence, at: 2)
        guard try select.step() else { return }
        let (destination, bytes) = (DestinationID(select.integer(1)), select.integer(2))
        select.reset()
        if try !self.removeAllCopies(of: sequence, wantedBy: subscriptions) {
            var isAnyRemoved = false
            for subscription in subscriptions where try self.removeCopy(of: sequence, for: subscription) {
                isAnyRemoved = true
            }
            guard isAnyRemoved else { return }
            try self.statements.readWanted.bind(sequence, at: 1)
            let isWanted = try self.statements.readWanted.step()
            self.statements.readWanted.reset()
            if isWanted { return }
        }
        try self.delete(from: sequence, to: sequence)
        self.count(destination, -1, -bytes)
    }

    /// Where nobody else wants the message, its copies go in one step. False, and nothing is done, if somebody does, or
    /// there is too little to be gained.
    private func removeAllCopies(
        of sequence: Int64, wantedBy subscriptions: [SubscriptionID]
    ) throws(SQLiteError) -> Bool {
        guard subscriptions.count > 1 else { return false }
        let select = self.statements.readHolders
        try select.bind(sequence, at: 1)
        try select.bind(Int64(subscriptions.count) + 1, at: 2)
        var holders: [SubscriptionID] = []
        try select.forEachRow { holders.append(SubscriptionID(select.integer(0))) }
        guard !holders.isEmpty, holders.count <= subscriptions.count,
            Set(holders).isSubset(of: subscriptions)
        else { return false }
        try self.statements.deleteCopies.bind(sequence, at: 1)
        try self.statements.deleteCopies.run()
        for holder in holders { self.subscriptionCounts[holder, default: 0] -= 1 }
        return true
    }

    private func removeCopy(of sequence: Int64, for subscription: SubscriptionID) throws(SQLiteError) -> Bool {
        try self.statements.deleteCopy.bind(subscription.rawValue, at: 1)
        try self.statements.deleteCopy.bind(sequence, at: 2)
        try self.statements.deleteCopy.run()
        guard self.database.changes == 1 else { return false }
        self.subscriptionCounts[subscription, default: 0] -= 1
        return true
    }

    private func note(_ sequence: MessageSequence, deliveredFrom backlog: BacklogID) throws(SQLiteError) {
        let (statement, id) =
            switch backlog {
            case .queue(let id): (self.statements.noteDestinationDelivery, id.rawValue)
            case .subscription(let id): (self.statements.noteSubscriptionDelivery, id.rawValue)
            }
        try statement.bind(id, at: 1)
        try statement.bind(sequence.rawValue, at: 2)
        try statement.run()
    }

    private func apply(_ change: ScheduleChange) throws(SQLiteError) {
        var preparedID: Int64?
        if case .insert(let job, let transaction) = change {
            if let transaction { preparedID = try self.preparedID(transaction) }
            self.note(sequence: job.id.rawValue)
        }
        try self.schedules.apply(change, preparedID: preparedID, in: &self.catalog)
    }

    // MARK: Prepared transactions

    private func preparedID(_ transaction: XATransactionID) throws(SQLiteError) -> Int64 {
        if let id = self.catalog.prepared[transaction] { return id }
        let statement = try self.database.prepare(StoreSQL.insertPrepared, for: "preparing a transaction")
        try statement.bind(Int64(transaction.formatID), at: 1)
        try statement.bind(transaction.global, at: 2)
        try statement.bind(transaction.branch, at: 3)
        try statement.run()
        let id = self.database.lastInsertRowID
        self.catalog.prepared[transaction] = id
        return id
    }

    private func prepare(_ prepare: StoreBatch.Prepare) throws(SQLiteError) {
        let id = try self.preparedID(prepare.transaction)
        let statement = try self.database.prepare(
            StoreSQL.insertPreparedRemoval, for: "preparing an acknowledgement")
        for removal in prepare.removals {
            try statement.bind(id, at: 1)
            try statement.bind(removal.sequence.rawValue, at: 2)
            switch removal.backlog {
            case .queue(let destination):
                try statement.bind(destination.rawValue, at: 3)
                try statement.bindNull(at: 4)
            case .subscription(let subscription):
                try statement.bindNull(at: 3)
                try statement.bind(subscription.rawValue, at: 4)
            }
            try statement.run()
        }
    }

    private func resolve(_ resolve: StoreBatch.Resolve) throws(SQLiteError) {
        guard let id = self.catalog.prepared.removeValue(forKey: resolve.transaction) else { return }
        if resolve.commits {
            try self.forEachCount(StoreSQL.countPreparedMessages, id) { destination, count, bytes in
                self.count(DestinationID(destination), count, bytes)
            }
            try self.forEachCount(StoreSQL.countPreparedCopies, id) { subscription, count, _ in
                self.subscriptionCounts[SubscriptionID(subscription), default: 0] += count
            }
            try self.run(StoreSQL.showPreparedMessages, id)
            try self.schedules.reveal(preparedID: id, in: &self.catalog)
            try self.remove(try SnapshotReader.preparedRemovals(of: id, in: self.database))
        } else {
            try self.run(StoreSQL.deletePreparedCopies, id)
            try self.run(StoreSQL.deletePreparedMessages, id)
            try self.forEachCount(StoreSQL.countPreparedSchedules, id) { _, count, bytes in
                self.catalog.schedules.add(ScheduleTotals(jobs: -count, bytes: -bytes))
            }
            try self.run(StoreSQL.deletePreparedSchedules, id)
        }
        try self.run(StoreSQL.deletePreparedRemovals, id)
        try self.run(StoreSQL.deletePrepared, id)
    }

    // MARK: Producers and numbers

    private func rememberProducers() throws(SQLiteError) {
        self.catalog.useCount &+= 1
        let upsert = self.statements.upsertProducer
        for (producer, sequence) in self.producers {
            try upsert.bind(producer.description, at: 1)
            try upsert.bind(sequence, at: 2)
            try upsert.bind(self.catalog.useCount, at: 3)
            try upsert.run()
        }
        self.catalog.producersAtMost &+= Int64(self.producers.count)
        try self.forgetProducers()
    }

    /// Keeps the table near its limit with bounded work: counted when it may have grown by a twentieth.
    private func forgetProducers() throws(SQLiteError) {
        guard self.catalog.producersAtMost > self.maximumProducers + self.maximumProducers / 20 else { return }
        let count = try self.database.prepare(StoreSQL.countProducers, for: "counting producers")
        self.catalog.producersAtMost = try count.step() ? count.integer(0) : 0
        count.reset()
        let excess = min(self.catalog.producersAtMost - self.maximumProducers, 2_000)
        guard excess > 0 else { return }
        try self.run(StoreSQL.deleteOldestProducers, excess)
        self.catalog.producersAtMost -= excess
    }

    private func note(sequence: Int64) { self.catalog.lastSequence = max(self.catalog.lastSequence, sequence) }

    private func setHighWater(_ sequence: Int64) throws(SQLiteError) {
        try self.statements.setHighWater.bind(sequence, at: 1)
        try self.statements.setHighWater.run()
        self.catalog.highWater = sequence
    }

    // MARK: Small steps

    private func count(_ destination: DestinationID, _ messages: Int64, _ bytes: Int64) {
        self.destinationCounts[destination, default: Count()].add(messages, bytes)
    }

    /// Runs a rare statement with one parameter.
    private func run(_ sql: StaticString, _ parameter: Int64) throws(SQLiteError) {
        let statement = try self.database.prepare(sql, for: sql)
        try statement.bind(parameter, at: 1)
        try statement.run()
    }

    /// Hands the rows of a rare statement to `body`: a key, a count, and a sum where there is one.
    private func forEachCount(
        _ sql: StaticString, _ parameter: Int64, _ body: (Int64, Int64, Int64) -> Void
    ) throws(SQLiteError) {
        let statement = try self.database.prepare(sql, for: sql)
        try statement.bind(parameter, at: 1)
        try statement.forEachRow { body(statement.integer(0), statement.integer(1), statement.integer(2)) }
    }
}
