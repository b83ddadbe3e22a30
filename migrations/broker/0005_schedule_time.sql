-- Scheduled messages are stored as fast as others, and how many there are is known without looking at them.

DROP INDEX schedule_by_time;  -- each message changed another page of it: now thousands are sorted in at once

CREATE TABLE schedule_time (                  -- the order of delivery, but for what schedule_recent has
    due_at_ms      INTEGER NOT NULL,          -- as schedule.due_at_ms
    schedule_id    INTEGER NOT NULL,
    PRIMARY KEY (due_at_ms, schedule_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE schedule_recent (                -- the same of those that came last: all move on when they are many
    schedule_id    INTEGER PRIMARY KEY,
    due_at_ms      INTEGER NOT NULL
) STRICT;
-- Each message of schedule is in one of the two, except those of transactions in doubt.
INSERT INTO schedule_time SELECT due_at_ms, schedule_id FROM schedule WHERE prepared_id IS NULL;

ALTER TABLE store_state ADD COLUMN schedule_count INTEGER NOT NULL DEFAULT 0;  -- rows of schedule, kept with every commit
ALTER TABLE store_state ADD COLUMN schedule_bytes INTEGER NOT NULL DEFAULT 0;  -- sum of their size_bytes
UPDATE store_state SET schedule_count = (SELECT count(*) FROM schedule),
    schedule_bytes = (SELECT ifnull(sum(size_bytes), 0) FROM schedule);

DROP VIEW schedule_due;
CREATE VIEW schedule_due AS
    -- Which messages are to be sent later, and when? Times are those of the clock on the reader's wall. The inner ORDER
    -- BY stays in force by its LIMIT, and so the first rows cost no more than they are.
SELECT job_id, strftime('%Y-%m-%d %H:%M:%f', next.due_at_ms / 1000.0, 'unixepoch', 'localtime') AS due_at,
    destination_kind || '://' || destination AS destination, period_ms, repeats_left, size_bytes, cron,
    prepared_id IS NOT NULL AS is_in_doubt, message_id, next.due_at_ms AS due_at_ms
FROM (SELECT due_at_ms, schedule_id FROM schedule_time
    UNION ALL SELECT due_at_ms, schedule_id FROM schedule_recent
    UNION ALL SELECT due_at_ms, schedule_id FROM schedule WHERE prepared_id IS NOT NULL
    ORDER BY due_at_ms, schedule_id LIMIT -1) AS next
CROSS JOIN schedule USING (schedule_id);
