/// The statements on `lease.db`, in the order of their parameters.
enum LeaseStatements {
    static let select: StaticString = """
        SELECT epoch, holder, instance, host, boot_id, pid, pid_namespace, pid_started_ticks, phase, counter,
               acquired_at_ms, renewed_at_ms, ended_at_ms, beat_ms, warn_ms, step_down_ms, exit_ms, take_over_ms
        FROM lease WHERE only_row = 1
        """

    /// What the commit gate reads before each commit.
    static let selectOwner: StaticString = "SELECT epoch, instance FROM lease WHERE only_row = 1"

    static let take: StaticString = """
        INSERT OR REPLACE INTO lease (only_row, epoch, holder, instance, host, boot_id, pid, pid_namespace,
               pid_started_ticks, phase, counter, acquired_at_ms, renewed_at_ms, ended_at_ms, beat_ms, warn_ms,
               step_down_ms, exit_ms, take_over_ms)
        VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
        """

    static let renew: StaticString = """
        UPDATE lease SET phase = ?1, counter = ?2, renewed_at_ms = ?3, ended_at_ms = ?4
        WHERE only_row = 1 AND epoch = ?5 AND instance = ?6 AND counter >= ?7
        """

    static let seeBroker: StaticString = """
        INSERT INTO broker (name, instance, host, boot_id, pid, state, epoch, counter, seen_at_ms, alarms, lock_view)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (name) DO UPDATE SET instance = excluded.instance, host = excluded.host,
               boot_id = excluded.boot_id, pid = excluded.pid, state = excluded.state, epoch = excluded.epoch,
               counter = excluded.counter, seen_at_ms = excluded.seen_at_ms, alarms = excluded.alarms,
               lock_view = excluded.lock_view
        WHERE counter <> excluded.counter OR instance <> excluded.instance
        """

    static let putProbe: StaticString = """
        INSERT INTO lock_probe (prober, holder, kind, answer, probed_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (prober, holder, kind) DO UPDATE SET answer = excluded.answer, probed_at_ms = excluded.probed_at_ms
        WHERE answer <> excluded.answer
        """

    static let putAlarm: StaticString = """
        INSERT INTO alarm (event, broker, since_at_ms, other_broker, detail, remedy) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (event, broker) DO NOTHING
        """

    static let dropAlarm: StaticString = "DELETE FROM alarm WHERE event = ?1 AND broker = ?2"

    static let selectAlarms: StaticString = "SELECT event, broker FROM alarm"

    /// An event may come twice: told by its broker's beat to one master, and written by the broker itself as the next.
    static let addEvent: StaticString = """
        INSERT INTO ha_event (happened_at_ms, event, epoch, broker, host, pid, other_broker, other_host, other_pid,
               other_epoch, duration_ms, detail)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
        WHERE NOT EXISTS (SELECT 1 FROM (SELECT * FROM ha_event ORDER BY event_number DESC LIMIT 100)
               WHERE happened_at_ms = ?1 AND event = ?2 AND broker = ?4 AND pid = ?6 AND detail = ?12)
        """

    static let pruneEvents: StaticString = """
        DELETE FROM ha_event WHERE event_number <= (SELECT max(event_number) FROM ha_event) - 1000
        """

    static let selectEvents: StaticString = """
        SELECT happened_at_ms, event, epoch, broker, host, pid, other_broker, other_host, other_pid, other_epoch,
               duration_ms, detail
        FROM ha_event ORDER BY event_number DESC LIMIT ?1
        """

    static let putQueue: StaticString = """
        INSERT INTO queue_summary (destination, kind, messages, consumers, producers, enqueued, dequeued,
               refreshed_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (kind, destination) DO UPDATE SET messages = excluded.messages, consumers = excluded.consumers,
               producers = excluded.producers, enqueued = excluded.enqueued, dequeued = excluded.dequeued,
               refreshed_at_ms = excluded.refreshed_at_ms
        """

    static let dropQueue: StaticString = "DELETE FROM queue_summary WHERE destination = ?1 AND kind = ?2"

    static let dropQueues: StaticString = "DELETE FROM queue_summary"

    static let selectQueues: StaticString = """
        SELECT destination, kind, messages, consumers, producers, enqueued, dequeued
        FROM queue_summary ORDER BY kind, destination
        """

    static let selectTermTable: StaticString = """
        SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = 'term_bounds'
        """

    static let selectTerms: StaticString = """
        SELECT epoch, broker, host, pid, elected_at_ms, started_at_ms, renewed_at_ms, ended_at_ms, ended_how,
               ended_from_ms, ended_until_ms, next_epoch, next_broker, next_started_at_ms, reason, found
        FROM term_bounds
        WHERE ended_how IN ('serves', 'starting') OR coalesce(ended_until_ms, ended_from_ms, ?1) >= ?1
        ORDER BY epoch DESC LIMIT ?2
        """

    static let selectAlarmWords: StaticString = """
        SELECT event, broker, since_at_ms, other_broker, detail, remedy FROM alarm ORDER BY since_at_ms, event, broker
        """

    static let selectProbes: StaticString = """
        SELECT prober, holder, kind, answer, probed_at_ms FROM lock_probe ORDER BY holder, prober, kind
        """
}
