/// The texts of the store's statements, together, so that they can be read beside the schema.
enum StoreSQL {
    // MARK: Transaction frame

    static let begin: StaticString = "BEGIN IMMEDIATE"
    static let commit: StaticString = "COMMIT"
    static let readFence: StaticString = "SELECT epoch, holder FROM fence"
    static let raiseFence: StaticString = """
        INSERT INTO fence (only_row, epoch, holder, raised_at_ms) VALUES (1, ?1, ?2, ?3)
        ON CONFLICT (only_row) DO UPDATE
        SET epoch = excluded.epoch, holder = excluded.holder, raised_at_ms = excluded.raised_at_ms
        """
    static let readState: StaticString = """
        SELECT max(sequence_high_water, ifnull((SELECT max(sequence) FROM message), 0)), last_destination_id,
            last_subscription_id, schedule_count, schedule_bytes
        FROM store_state
        """
    static let setHighWater: StaticString = "UPDATE store_state SET sequence_high_water = ?1"
    static let setScheduleTotals: StaticString = "UPDATE store_state SET schedule_count = ?1, schedule_bytes = ?2"
    static let setLastIDs: StaticString =
        "UPDATE store_state SET last_destination_id = ?1, last_subscription_id = ?2"

    // MARK: Destinations

    static let insertDestination: StaticString =
        "INSERT INTO destination (destination_id, kind, name) VALUES (?1, ?2, ?3)"
    static let deleteDestination: StaticString = "DELETE FROM destination WHERE destination_id = ?1"
    static let readDestinations: StaticString =
        "SELECT destination_id, kind, name, message_count, delivered_through FROM destination"
    static let noteDestinationDelivery: StaticString =
        "UPDATE destination SET delivered_through = max(delivered_through, ?2) WHERE destination_id = ?1"
    static let addToDestination: StaticString = """
        UPDATE destination SET message_count = message_count + ?2, byte_count = byte_count + ?3
        WHERE destination_id = ?1
        """
    static let deleteMessagesOfDestination: StaticString = "DELETE FROM message WHERE destination_id = ?1"
    static let deleteCopiesOfDestination: StaticString = """
        DELETE FROM subscription_message
        WHERE sequence IN (SELECT sequence FROM message WHERE destination_id = ?1)
        """
    static let countCopiesOfDestination: StaticString = """
        SELECT subscription_id, count(*) FROM message JOIN subscription_message USING (sequence)
        WHERE destination_id = ?1 AND prepared_id IS NULL GROUP BY subscription_id
        """
    static let deleteRemovalsOfDestination: StaticString = "DELETE FROM prepared_removal WHERE destination_id = ?1"

    // MARK: Messages

    static let insertMessage: StaticString = """
        INSERT INTO message (sequence, destination_id, size_bytes, prepared_id, redelivery_count, is_persistent, priority,
            timestamp_ms, expires_at_ms, received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed,
            headers, properties, properties_raw, body, not_before_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
        """
    /// The visible messages of a range: what a removal may delete.
    static let readRange: StaticString = """
        SELECT sequence, destination_id, size_bytes FROM message
        WHERE sequence BETWEEN ?1 AND ?2 AND prepared_id IS NULL ORDER BY sequence
        """
    static let deleteRange: StaticString =
        "DELETE FROM message WHERE sequence BETWEEN ?1 AND ?2 AND prepared_id IS NULL"
    static let readQueuePage: StaticString = """
        SELECT sequence, destination_id, size_bytes, redelivery_count, is_persistent, priority, timestamp_ms,
            expires_at_ms, received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed, headers,
            properties, properties_raw, body, not_before_ms
        FROM message
        WHERE destination_id = ?1 AND sequence >= ?2 AND prepared_id IS NULL ORDER BY sequence LIMIT ?3
        """
    /// Of a queue's messages with the default priority. Runs over those with others.
    static let readDefaultPriorityPage: StaticString = """
        SELECT sequence, destination_id, size_bytes, redelivery_count, is_persistent, priority, timestamp_ms,
            expires_at_ms, received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed, headers,
            properties, properties_raw, body, not_before_ms
        FROM message INDEXED BY message_by_destination
        WHERE destination_id = ?1 AND sequence >= ?2 AND priority = ?4 AND prepared_id IS NULL
        ORDER BY sequence LIMIT ?3
        """
    static let readPriorityPage: StaticString = """
        SELECT sequence, destination_id, size_bytes, redelivery_count, is_persistent, priority, timestamp_ms,
            expires_at_ms, received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed, headers,
            properties, properties_raw, body, not_before_ms
        FROM message INDEXED BY message_by_priority
        WHERE destination_id = ?1 AND priority = ?4 AND priority <> 4 AND sequence >= ?2 AND prepared_id IS NULL
        ORDER BY sequence LIMIT ?3
        """
    static let readSubscriptionPage: StaticString = """
        SELECT message.sequence, destination_id, size_bytes, redelivery_count, is_persistent, priority, timestamp_ms,
            expires_at_ms, received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed, headers,
            properties, properties_raw, body, not_before_ms
        FROM subscription_message CROSS JOIN message USING (sequence)
        WHERE subscription_id = ?1 AND subscription_message.sequence >= ?2 AND prepared_id IS NULL
            AND (?4 IS NULL OR priority = ?4)
        ORDER BY subscription_message.sequence LIMIT ?3
        """
    static let countSpooled: StaticString = """
        SELECT destination_id, count(*), sum(size_bytes) FROM message
        WHERE is_persistent = 0 AND prepared_id IS NULL GROUP BY destination_id
        """
    static let countSpooledCopies: StaticString = """
        SELECT subscription_id, count(*) FROM message JOIN subscription_message USING (sequence)
        WHERE is_persistent = 0 AND prepared_id IS NULL GROUP BY subscription_id
        """
    static let deleteSpooledCopies: StaticString = """
        DELETE FROM subscription_message
        WHERE sequence IN (SELECT sequence FROM message WHERE is_persistent = 0 AND prepared_id IS NULL)
        """
    static let deleteSpooled: StaticString = "DELETE FROM message WHERE is_persistent = 0 AND prepared_id IS NULL"

    // MARK: Subscriptions

    static let insertSubscription: StaticString = """
        INSERT INTO subscription (subscription_id, client_id, name, topic_kind, topic, selector, is_no_local)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    static let deleteSubscription: StaticString = "DELETE FROM subscription WHERE subscription_id = ?1"
    static let readSubscriptions: StaticString = """
        SELECT subscription_id, client_id, name, topic_kind, topic, selector, is_no_local, message_count,
            delivered_through
        FROM subscription
        """
    static let noteSubscriptionDelivery: StaticString =
        "UPDATE subscription SET delivered_through = max(delivered_through, ?2) WHERE subscription_id = ?1"
    static let readSubscriptionsOfTopic: StaticString =
        "SELECT subscription_id FROM subscription WHERE topic_kind = ?1 AND topic = ?2"
    static let addToSubscription: StaticString =
        "UPDATE subscription SET message_count = message_count + ?2 WHERE subscription_id = ?1"
    static let insertCopy: StaticString =
        "INSERT INTO subscription_message (subscription_id, sequence) VALUES (?1, ?2)"
    static let deleteCopy: StaticString =
        "DELETE FROM subscription_message WHERE subscription_id = ?1 AND sequence = ?2"
    static let readHolders: StaticString =
        "SELECT subscription_id FROM subscription_message WHERE sequence = ?1 LIMIT ?2"
    static let deleteCopies: StaticString = "DELETE FROM subscription_message WHERE sequence = ?1"
    static let readWanted: StaticString = "SELECT 1 FROM subscription_message WHERE sequence = ?1 LIMIT 1"
    static let deleteCopiesOfSubscription: StaticString =
        "DELETE FROM subscription_message WHERE subscription_id = ?1"
    /// Messages that only this subscription still wants.
    static let countLastCopies: StaticString = """
        SELECT destination_id, count(*), sum(size_bytes) FROM subscription_message AS own JOIN message USING (sequence)
        WHERE own.subscription_id = ?1 AND prepared_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM subscription_message AS other
                WHERE other.sequence = own.sequence AND other.subscription_id <> ?1)
        GROUP BY destination_id
        """
    static let deleteLastCopies: StaticString = """
        DELETE FROM message WHERE sequence IN (
            SELECT own.sequence FROM subscription_message AS own
            WHERE own.subscription_id = ?1
                AND NOT EXISTS (SELECT 1 FROM subscription_message AS other
                    WHERE other.sequence = own.sequence AND other.subscription_id <> ?1))
        """
    static let deleteRemovalsOfSubscription: StaticString =
        "DELETE FROM prepared_removal WHERE subscription_id = ?1"

    // MARK: Prepared transactions

    static let insertPrepared: StaticString =
        "INSERT INTO prepared_transaction (format_id, global_id, branch_id) VALUES (?1, ?2, ?3)"
    static let readPrepared: StaticString =
        "SELECT prepared_id, format_id, global_id, branch_id FROM prepared_transaction ORDER BY prepared_id"
    static let deletePrepared: StaticString = "DELETE FROM prepared_transaction WHERE prepared_id = ?1"
    static let insertPreparedRemoval: StaticString = """
        INSERT INTO prepared_removal (prepared_id, sequence, destination_id, subscription_id) VALUES (?1, ?2, ?3, ?4)
        """
    static let readPreparedRemovals: StaticString = """
        SELECT sequence, destination_id, subscription_id FROM prepared_removal WHERE prepared_id = ?1 ORDER BY rowid
        """
    static let deletePreparedRemovals: StaticString = "DELETE FROM prepared_removal WHERE prepared_id = ?1"
    static let readPreparedMessages: StaticString = """
        SELECT sequence, destination_id, size_bytes, redelivery_count, is_persistent, priority, timestamp_ms,
            expires_at_ms, received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed, headers,
            properties, properties_raw, body, not_before_ms
        FROM message WHERE prepared_id = ?1 ORDER BY sequence
        """
    static let countPreparedMessages: StaticString = """
        SELECT destination_id, count(*), sum(size_bytes) FROM message WHERE prepared_id = ?1 GROUP BY destination_id
        """
    static let countPreparedCopies: StaticString = """
        SELECT subscription_id, count(*) FROM message JOIN subscription_message USING (sequence)
        WHERE prepared_id = ?1 GROUP BY subscription_id
        """
    static let showPreparedMessages: StaticString = "UPDATE message SET prepared_id = NULL WHERE prepared_id = ?1"
    static let deletePreparedCopies: StaticString = """
        DELETE FROM subscription_message WHERE sequence IN (SELECT sequence FROM message WHERE prepared_id = ?1)
        """
    static let deletePreparedMessages: StaticString = "DELETE FROM message WHERE prepared_id = ?1"

    static let showPreparedSchedules: StaticString = "UPDATE schedule SET prepared_id = NULL WHERE prepared_id = ?1"
    static let countPreparedSchedules: StaticString =
        "SELECT 0, count(*), ifnull(sum(size_bytes), 0) FROM schedule WHERE prepared_id = ?1"
    static let deletePreparedSchedules: StaticString = "DELETE FROM schedule WHERE prepared_id = ?1"

    // MARK: Schedules

    /// The parameters up to 19 are those of ``insertMessage`` that a schedule has too.
    static let insertSchedule: StaticString = """
        INSERT INTO schedule (schedule_id, size_bytes, prepared_id, is_persistent, priority, timestamp_ms, expires_at_ms,
            received_at_ms, group_id, group_sequence, message_id, body_kind, is_compressed, headers, properties,
            properties_raw, body, job_id, destination_kind, destination, due_at_ms, delay_ms, period_ms, repeats_left,
            cron)
        VALUES (?1, ?3, ?4, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?21, ?22, ?23, ?24, ?25,
            ?26, ?27, ?28)
        """
    static let readScheduleDueTime: StaticString =
        "SELECT due_at_ms FROM schedule WHERE schedule_id = ?1 AND prepared_id IS NULL"
    static let reschedule: StaticString =
        "UPDATE schedule SET due_at_ms = ?2, repeats_left = ?3 WHERE schedule_id = ?1 AND prepared_id IS NULL"
    static let deleteSchedule: StaticString = """
        DELETE FROM schedule WHERE schedule_id = ?1 AND job_id = ?2 AND prepared_id IS NULL
        RETURNING due_at_ms, size_bytes
        """
    static let countSchedulesDue: StaticString = """
        SELECT count(*), ifnull(sum(size_bytes), 0) FROM schedule WHERE schedule_id IN (
            SELECT schedule_id FROM schedule_time WHERE due_at_ms BETWEEN ?1 AND ?2
            UNION ALL SELECT schedule_id FROM schedule_recent WHERE due_at_ms BETWEEN ?1 AND ?2)
        """
    static let deleteSchedulesDue: StaticString = """
        DELETE FROM schedule WHERE schedule_id IN (
            SELECT schedule_id FROM schedule_time WHERE due_at_ms BETWEEN ?1 AND ?2
            UNION ALL SELECT schedule_id FROM schedule_recent WHERE due_at_ms BETWEEN ?1 AND ?2)
        """
    /// The columns up to 18 are those of ``readQueuePage``. The rows come in the order of the inner query, each read only
    /// when it is asked for.
    static let readSchedules: StaticString = """
        SELECT schedule_id, 0, size_bytes, 0, is_persistent, priority, timestamp_ms, expires_at_ms, received_at_ms,
            group_id, group_sequence, message_id, body_kind, is_compressed, headers, properties, properties_raw, body, 0,
            job_id, destination_kind, destination, next.due_at_ms, delay_ms, period_ms, repeats_left, cron
        FROM (
            SELECT due_at_ms, schedule_id FROM schedule_time
            WHERE (due_at_ms, schedule_id) > (?1, ?2) AND due_at_ms <= ?3
            UNION ALL
            SELECT due_at_ms, schedule_id FROM schedule_recent
            WHERE (due_at_ms, schedule_id) > (?1, ?2) AND due_at_ms <= ?3
            ORDER BY due_at_ms, schedule_id LIMIT ?4) AS next
        CROSS JOIN schedule USING (schedule_id)
        """

    // MARK: Times of schedules

    static let insertRecentTime: StaticString = "INSERT INTO schedule_recent (schedule_id, due_at_ms) VALUES (?1, ?2)"
    static let insertPreparedTimes: StaticString = """
        INSERT INTO schedule_recent SELECT schedule_id, due_at_ms FROM schedule WHERE prepared_id = ?1
        """
    static let deleteRecentTime: StaticString = "DELETE FROM schedule_recent WHERE schedule_id = ?1"
    static let deleteTime: StaticString = "DELETE FROM schedule_time WHERE due_at_ms = ?1 AND schedule_id = ?2"
    static let deleteTimesDue: StaticString = "DELETE FROM schedule_time WHERE due_at_ms BETWEEN ?1 AND ?2"
    static let deleteRecentTimesDue: StaticString = "DELETE FROM schedule_recent WHERE due_at_ms BETWEEN ?1 AND ?2"
    static let countRecentTimes: StaticString = "SELECT count(*) FROM schedule_recent"
    static let sortInRecentTimes: StaticString = """
        INSERT INTO schedule_time SELECT due_at_ms, schedule_id FROM schedule_recent ORDER BY due_at_ms, schedule_id
        """
    static let deleteRecentTimes: StaticString = "DELETE FROM schedule_recent"

    // MARK: Producers

    static let upsertProducer: StaticString = """
        INSERT INTO producer_sequence (producer, last_sequence, used_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (producer) DO UPDATE
        SET last_sequence = max(last_sequence, excluded.last_sequence), used_at = excluded.used_at
        """
    static let readProducers: StaticString = "SELECT producer, last_sequence, used_at FROM producer_sequence"
    static let countProducers: StaticString = "SELECT count(*) FROM producer_sequence"
    static let deleteOldestProducers: StaticString = """
        DELETE FROM producer_sequence
        WHERE producer IN (SELECT producer FROM producer_sequence ORDER BY used_at LIMIT ?1)
        """

    // MARK: Report

    static let readDepth: StaticString = "SELECT name, messages, bytes, oldest_sent_at FROM queue_depth"
    static let readLag: StaticString =
        "SELECT client_id, name, topic, messages, oldest_sent_at FROM subscription_lag"
    static let countSchedules: StaticString = "SELECT schedule_count FROM store_state"
    static let readScheduleDue: StaticString = """
        SELECT job_id, due_at, due_at_ms, destination, period_ms, repeats_left, size_bytes, cron
        FROM schedule_due WHERE is_in_doubt = 0 LIMIT ?1
        """
    static let countInDoubt: StaticString = "SELECT count(*) FROM prepared_transaction"
    static let readInDoubt: StaticString =
        "SELECT xid, messages, acknowledgements, scheduled, first_received_ms FROM transaction_in_doubt"
}
