import BrokerCore
import SQLite

/// Reads what a new master must know. Costs the number of destinations, subscriptions, producers and transactions in
/// doubt, never the number of messages.
enum SnapshotReader {
    /// A row that does not hold what this program writes.
    typealias Unreadable = MessageRow.Unreadable

    static func catalog(_ database: Database) throws(SQLiteError) -> StoreCatalog {
        var catalog = StoreCatalog()
        let state = try database.prepare(StoreSQL.readState, for: "reading the last numbers in use")
        try state.forEachRow {
            catalog.lastSequence = state.integer(0)
            catalog.lastDestinationID = state.integer(1)
            catalog.lastSubscriptionID = state.integer(2)
            catalog.schedules = ScheduleTotals(jobs: state.integer(3), bytes: state.integer(4))
        }
        let recent = try database.prepare(StoreSQL.countRecentTimes, for: "counting scheduled messages")
        try recent.forEachRow { catalog.recentTimes = recent.integer(0) }
        let prepared = try database.prepare(StoreSQL.readPrepared, for: "reading transactions in doubt")
        try prepared.forEachRow {
            let transaction = XATransactionID(
                formatID: Int32(truncatingIfNeeded: prepared.integer(1)), global: prepared.blob(2) ?? [],
                branch: prepared.blob(3) ?? [])
            catalog.prepared[transaction] = prepared.integer(0)
        }
        let producers = try database.prepare(StoreSQL.readProducers, for: "reading the producers")
        try producers.forEachRow {
            catalog.useCount = max(catalog.useCount, producers.integer(2))
            catalog.producersAtMost += 1
        }
        let destinations = try database.prepare(StoreSQL.readDestinations, for: "reading the destinations")
        try destinations.forEachRow {
            guard let kind = Destination.Kind(column: destinations.text(1) ?? "") else { return }
            catalog.destinations[DestinationID(destinations.integer(0))] = Destination(
                kind, destinations.text(2) ?? "")
        }
        return catalog
    }

    static func snapshot(_ database: Database, _ catalog: StoreCatalog) throws(SnapshotError) -> StoreSnapshot {
        var snapshot = StoreSnapshot()
        snapshot.lastSequence = MessageSequence(catalog.lastSequence)
        snapshot.lastDestinationID = catalog.lastDestinationID
        snapshot.lastSubscriptionID = catalog.lastSubscriptionID
        snapshot.schedules = catalog.schedules
        do throws(SQLiteError) {
            snapshot.destinations = try self.destinations(database, catalog)
            snapshot.subscriptions = try self.subscriptions(database)
            snapshot.producerSequences = try self.producers(database)
        } catch {
            throw .sqlite(error)
        }
        for (transaction, id) in catalog.prepared.sorted(by: { $0.value < $1.value }) {
            let inserts = try self.preparedMessages(of: id, database, catalog)
            let removals = try self.wrapped { () throws(SQLiteError) in
                try self.preparedRemovals(of: id, in: database)
            }
            snapshot.prepared.append(.init(transaction: transaction, inserts: inserts, removals: removals))
        }
        return snapshot
    }

    static func preparedRemovals(of id: Int64, in database: Database) throws(SQLiteError) -> [StoreBatch.Removal] {
        let statement = try database.prepare(
            StoreSQL.readPreparedRemovals, for: "reading a transaction's acknowledgements")
        try statement.bind(id, at: 1)
        var removals: [StoreBatch.Removal] = []
        try statement.forEachRow {
            let backlog: BacklogID =
                if let destination = statement.optionalInteger(1) {
                    .queue(DestinationID(destination))
                } else {
                    .subscription(SubscriptionID(statement.integer(2)))
                }
            removals.append(StoreBatch.Removal(backlog: backlog, sequence: MessageSequence(statement.integer(0))))
        }
        return removals
    }

    private static func destinations(
        _ database: Database, _ catalog: StoreCatalog
    ) throws(SQLiteError) -> [StoreSnapshot.DestinationRecord] {
        let statement = try database.prepare(StoreSQL.readDestinations, for: "reading the destinations")
        var records: [StoreSnapshot.DestinationRecord] = []
        try statement.forEachRow {
            let id = DestinationID(statement.integer(0))
            guard let destination = catalog.destinations[id] else { return }
            records.append(
                .init(
                    id: id, destination: destination, messageCount: statement.integer(3),
                    deliveredThrough: MessageSequence(statement.integer(4))))
        }
        return records
    }

    private static func subscriptions(_ database: Database) throws(SQLiteError) -> [StoreSnapshot.Subscription] {
        let statement = try database.prepare(StoreSQL.readSubscriptions, for: "reading the subscriptions")
        var subscriptions: [StoreSnapshot.Subscription] = []
        try statement.forEachRow {
            let topic = Destination(
                Destination.Kind(column: statement.text(3) ?? "") ?? .topic, statement.text(4) ?? "")
            let record = SubscriptionRecord(
                id: SubscriptionID(statement.integer(0)), clientID: statement.text(1) ?? "",
                name: statement.text(2) ?? "", topic: topic, selector: statement.text(5),
                isNoLocal: statement.integer(6) != 0)
            subscriptions.append(
                .init(
                    record: record, messageCount: statement.integer(7),
                    deliveredThrough: MessageSequence(statement.integer(8))))
        }
        return subscriptions
    }

    private static func producers(_ database: Database) throws(SQLiteError) -> [ProducerID: Int64] {
        let statement = try database.prepare(StoreSQL.readProducers, for: "reading the producers")
        var sequences: [ProducerID: Int64] = [:]
        try statement.forEachRow {
            guard let producer = ProducerID(statement.text(0) ?? "") else { return }
            sequences[producer] = statement.integer(1)
        }
        return sequences
    }

    private static func preparedMessages(
        of id: Int64, _ database: Database, _ catalog: StoreCatalog
    ) throws(SnapshotError) -> [(sequence: MessageSequence, destination: DestinationID, message: Message)] {
        let rows = try self.wrapped { () throws(SQLiteError) in
            let statement = try database.prepare(
                StoreSQL.readPreparedMessages, for: "reading a transaction's messages")
            try statement.bind(id, at: 1)
            return statement
        }
        defer { rows.reset() }
        var messages: [(sequence: MessageSequence, destination: DestinationID, message: Message)] = []
        while try self.wrapped({ () throws(SQLiteError) in try rows.step() }) {
            let row = MessageRow(rows)
            do throws(Unreadable) {
                let stored = try row.read(home: catalog.destinations[row.destination])
                messages.append((row.sequence, row.destination, stored.message))
            } catch {
                throw .unreadable(error.reason)
            }
        }
        return messages
    }

    private static func wrapped<Value>(
        _ body: () throws(SQLiteError) -> Value
    ) throws(SnapshotError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw .sqlite(error)
        }
    }
}

enum SnapshotError: Error, Hashable {
    case sqlite(SQLiteError)
    case unreadable(String)
}
