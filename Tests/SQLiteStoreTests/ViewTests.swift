import BrokerCore
import TestSupport
import Testing

@testable import SQLiteStore

/// What operators see with `sqlite3`, while the store is open and in use.
@Suite struct ViewTests {
    private let place = SQLitePlace()

    private func query(_ sql: String) throws -> [String] { try SQLiteShell.query(self.place.path, sql) }

    @Test func queueDepthTellsMessagesBytesAndAge() async throws {
        let driver = try await self.place.openWithQueue()
        try await driver.commit {
            $0.newDestinations = [
                .init(id: DestinationID(2), destination: .queue("EMPTY")),
                .init(id: DestinationID(3), destination: .topic("T")),
                .init(id: DestinationID(4), destination: Destination(.temporaryQueue, "ID:x:1")),
            ]
            for number in Int64(1)...3 {
                $0.insert(number, DestinationID(1), SampleMessage.text(number, to: .queue("Q"), text: "12345"))
            }
        }
        #expect(
            try self.query("SELECT * FROM queue_depth") == [
                "EMPTY|queue|0|0|",
                "ID:x:1|temp-queue|0|0|",
                "Q|queue|3|27|2023-11-14 22:13:20.001",
            ])
        try await driver.commit { $0.remove(1, from: .queue(DestinationID(1))) }
        #expect(
            try self.query("SELECT * FROM queue_depth WHERE name = 'Q'") == ["Q|queue|2|18|2023-11-14 22:13:20.002"])
        await driver.close()
    }

    /// Whatever is asked of the views, no plan reads all messages.
    @Test(arguments: ["queue_depth", "subscription_lag", "transaction_in_doubt", "schedule_due"])
    func viewsNeverScanTheMessages(_ view: String) async throws {
        let driver = try await self.place.openWithQueue()
        let plan = try self.query("EXPLAIN QUERY PLAN SELECT * FROM \(view)")
        #expect(plan.count > 1)
        #expect(
            plan.allSatisfy { !$0.contains("SCAN message") && !$0.contains("SCAN subscription_message") }, "\(plan)")
        await driver.close()
    }

    /// The store's own statements on messages all go through an index.
    @Test(arguments: [
        "SELECT * FROM message WHERE destination_id = 1 AND sequence >= 5 AND prepared_id IS NULL ORDER BY sequence",
        "DELETE FROM message WHERE is_persistent = 0 AND prepared_id IS NULL",
        "SELECT max(sequence) FROM message",
        "UPDATE message SET prepared_id = NULL WHERE prepared_id = 1",
        "DELETE FROM message WHERE destination_id = 1",
        """
        SELECT * FROM subscription_message CROSS JOIN message USING (sequence) WHERE subscription_id = 1
        AND subscription_message.sequence >= 5 ORDER BY subscription_message.sequence
        """,
        "SELECT 1 FROM subscription_message WHERE sequence = 1",
        "UPDATE schedule SET prepared_id = NULL WHERE prepared_id = 1",
    ])
    func statementsUseAnIndex(_ sql: String) async throws {
        let driver = try await self.place.openWithQueue()
        let plan = try self.query("EXPLAIN QUERY PLAN \(sql)").filter { $0.contains("SCAN") || $0.contains("TEMP") }
        #expect(plan.allSatisfy { $0.contains("USING INDEX message_spooled") }, "\(plan)")
        await driver.close()
    }

    /// What is due next is found in order, whatever stands behind it; only the recent times are looked through.
    @Test(arguments: [
        "\(StoreSQL.readSchedules)", "\(StoreSQL.deleteSchedulesDue)", "SELECT * FROM schedule_due LIMIT 5",
    ])
    func schedulesAreFoundByTheirTimes(_ sql: String) async throws {
        let driver = try await self.place.openWithQueue()
        let plan = try self.query("EXPLAIN QUERY PLAN \(sql)")
        #expect(plan.contains { $0.contains("SEARCH schedule USING INTEGER PRIMARY KEY") }, "\(plan)")
        #expect(plan.allSatisfy { !$0.hasSuffix("SCAN schedule") }, "\(plan)")
        if !sql.contains("FROM schedule_due") {
            #expect(plan.contains { $0.contains("SEARCH schedule_time USING PRIMARY KEY") }, "\(plan)")
        }
        // A sort before the rows are read would read them all.
        if let join = plan.firstIndex(where: { $0.contains("SCAN next") }) {
            #expect(plan[join...].allSatisfy { !$0.contains("TEMP") }, "\(plan)")
        }
        await driver.close()
    }

    @Test func messageTextShowsTextsHeadersAndTimes() async throws {
        let driver = try await self.place.openWithQueue()
        let properties: PropertyMap = ["region": .text("north"), "count": .long(7)]
        let plain = SampleMessage.text(1, to: .queue("Q"), text: "Grüße ☃")
        var headers = plain.headers
        headers.expirationMs = 1_700_000_060_000
        headers.correlationID = "c-1"
        headers.groupID = "g"
        let full = plain.with(headers: headers, properties: try properties.encoded(), extras: nil)
        let compressed = Message(
            id: MessageID(producer: SampleMessage.producer, sequence: 3), headers: plain.headers, properties: nil,
            bodyKind: .text, isCompressed: true, body: [1, 2, 3])
        let bytes = Message(
            id: MessageID(producer: SampleMessage.producer, sequence: 4), headers: plain.headers, properties: nil,
            bodyKind: .bytes, isCompressed: false, body: [0, 1, 2, 3, 4, 5])
        try await driver.commit {
            $0.insert(1, DestinationID(1), plain)
            $0.insert(2, DestinationID(1), full, redeliveryCount: 2)
            $0.insert(3, DestinationID(1), compressed)
            $0.insert(4, DestinationID(1), bytes)
        }
        let start = "queue://Q|ID:sample-1:1:1:1"
        let sent = "2023-11-14 22:13:20.001"
        #expect(
            try self.query("SELECT * FROM message_text") == [
                "1|\(start):1|\(sent)||4|0|0||||text|15|Grüße ☃",
                "2|\(start):1|\(sent)|2023-11-14 22:14:20.000|4|2|0|g|{\"correlationId\":\"c-1\"}|"
                    + "{\"region\":\"north\",\"count\":{\"long\":7}}|text|15|Grüße ☃",
                "3|\(start):3|\(sent)||4|0|0||||text|3|",
                "4|\(start):4|\(sent)||4|0|0||||bytes|6|",
            ])
        #expect(try self.query("SELECT properties ->> 'region' FROM message_text WHERE sequence = 2") == ["north"])
        await driver.close()
    }

    @Test func subscriptionLagTellsWhatIsLeft() async throws {
        let driver = try await self.place.openWithQueue()
        let topic = DestinationID(2)
        try await driver.commit { batch in
            batch.newDestinations = [.init(id: topic, destination: .topic("T"))]
            for (id, name) in [(Int64(1), "lazy"), (2, "eager")] {
                batch.newSubscriptions.append(
                    SubscriptionRecord(
                        id: SubscriptionID(id), clientID: "client", name: name, topic: .topic("T"),
                        selector: id == 1 ? "price > 3" : nil, isNoLocal: false))
            }
            for number in Int64(1)...3 {
                batch.insert(
                    number, topic, SampleMessage.text(number, to: .topic("T")),
                    subscriptions: [SubscriptionID(1), SubscriptionID(2)])
            }
            for number in Int64(1)...3 { batch.remove(number, from: .subscription(SubscriptionID(2))) }
        }
        #expect(
            try self.query("SELECT * FROM subscription_lag") == [
                "client|eager|T||0|", "client|lazy|T|price > 3|3|2023-11-14 22:13:20.001",
            ])
        await driver.close()
    }

    @Test func transactionInDoubtTellsWhatHangsOnIt() async throws {
        let driver = try await self.place.openWithQueue()
        let transaction = XATransactionID(formatID: 7, global: [0x1f, 0xa0], branch: [0x01])
        try await driver.commit {
            $0.insert(1, DestinationID(1), SampleMessage.text(1, to: .queue("Q")), prepared: transaction)
            $0.insert(2, DestinationID(1), SampleMessage.text(2, to: .queue("Q")), prepared: transaction)
            $0.prepares = [
                .init(
                    transaction: transaction,
                    removals: [.init(backlog: .queue(DestinationID(1)), sequence: MessageSequence(9))])
            ]
        }
        #expect(try self.query("SELECT * FROM transaction_in_doubt") == ["\(transaction)|2|1|0|1700000000002"])
        #expect(try self.query("SELECT messages FROM queue_depth") == ["0"])
        #expect(try self.query("SELECT DISTINCT is_in_doubt FROM message_text") == ["1"])
        await driver.close()
    }

    @Test func scheduleDueTellsTheNextTimes() async throws {
        let driver = try await self.place.openWithQueue()
        try await driver.commit { batch in
            for (number, cron) in [(Int64(2), "0 9 * * 1-5"), (1, nil)] {
                let job = ScheduleRecord(
                    id: ScheduleID(number), jobID: "ID:c:1:1:\(number)", dueMs: 1_700_000_000_500, delayMs: 0,
                    periodMs: 1_000, repeatsLeft: -1, cron: cron,
                    message: SampleMessage.text(number, to: .queue("Q"), text: "12345"))
                batch.scheduleChanges.append(.insert(job, prepared: nil))
            }
        }
        // The time that this machine's clock shows then.
        let due = try self.query("SELECT strftime('%Y-%m-%d %H:%M:%f', 1700000000.5, 'unixepoch', 'localtime')")[0]
        #expect(
            try self.query("SELECT * FROM schedule_due") == [
                "ID:c:1:1:1|\(due)|queue://Q|1000|-1|9||0|ID:sample-1:1:1:1:1|1700000000500",
                "ID:c:1:1:2|\(due)|queue://Q|1000|-1|9|0 9 * * 1-5|0|ID:sample-1:1:1:1:2|1700000000500",
            ])
        await driver.close()
    }

    @Test func everyTableExplainsItself() async throws {
        let driver = try await self.place.openWithQueue()
        let silent = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND sql NOT LIKE '%--%'"
        #expect(try self.query(silent) == [])
        await driver.close()
    }
}
