-- Messages that are to be sent later. The table of 0001 was never used: this one has what the scheduler needs.

DROP VIEW schedule_due;
DROP TABLE schedule;

CREATE TABLE schedule (                       -- messages that are to be sent later, once or repeatedly
    schedule_id    INTEGER PRIMARY KEY,       -- order of sending; numbered with the messages, never reused
    job_id         TEXT    NOT NULL,          -- as clients name it: the sender, and schedule_id
    destination_kind TEXT  NOT NULL,          -- as destination.kind
    destination    TEXT    NOT NULL,          -- as the sender wrote it: may be several
    due_at_ms      INTEGER NOT NULL,          -- next time
    delay_ms       INTEGER NOT NULL,
    period_ms      INTEGER NOT NULL,          -- 0: none
    repeats_left   INTEGER NOT NULL,          -- after the next time; -1: for ever. With cron: at each of its times
    cron           TEXT,
    prepared_id    INTEGER,                   -- transaction in doubt that sent it: not due before that commits
    size_bytes     INTEGER NOT NULL,
    is_persistent  INTEGER NOT NULL,          -- 0: kept here all the same, but not once it is sent
    priority       INTEGER NOT NULL,
    timestamp_ms   INTEGER NOT NULL,
    expires_at_ms  INTEGER,                   -- by the time of sending: a time to live counts from the delivery
    received_at_ms INTEGER NOT NULL,
    group_id       TEXT,
    group_sequence INTEGER NOT NULL,
    message_id     TEXT    NOT NULL,
    body_kind      TEXT    NOT NULL,
    is_compressed  INTEGER NOT NULL,
    headers        TEXT,
    properties     TEXT,
    properties_raw BLOB,
    body           BLOB
) STRICT;
CREATE INDEX schedule_by_time ON schedule (due_at_ms);  -- with the row's number: the order of delivery
CREATE INDEX schedule_in_doubt ON schedule (prepared_id) WHERE prepared_id IS NOT NULL;

CREATE VIEW schedule_due AS
    -- Which messages are to be sent later, and when? Times are those of the clock on the reader's wall.
SELECT job_id, strftime('%Y-%m-%d %H:%M:%f', due_at_ms / 1000.0, 'unixepoch', 'localtime') AS due_at,
    destination_kind || '://' || destination AS destination, period_ms, repeats_left, size_bytes, cron,
    prepared_id IS NOT NULL AS is_in_doubt, message_id, due_at_ms
FROM schedule ORDER BY due_at_ms, schedule_id;
