-- The store of one broker, or of a master and its standbys. Only the master writes here; look at it with
-- `sqlite3 -readonly broker.db`. Times are Unix milliseconds; the views at the end show them as UTC.

CREATE TABLE fence (                          -- which master may write: checked inside every write transaction
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch        INTEGER NOT NULL CHECK (epoch > 0),       -- grows with each new master, never reused
    holder       TEXT    NOT NULL,                         -- the master's name, for people
    raised_at_ms INTEGER NOT NULL                          -- by the master's clock
) STRICT;

CREATE TABLE store_state (                    -- numbers that must never be given out twice
    only_row             INTEGER PRIMARY KEY CHECK (only_row = 1),
    sequence_high_water  INTEGER NOT NULL,    -- no message has a higher number; exact after a clean stop
    last_destination_id  INTEGER NOT NULL,
    last_subscription_id INTEGER NOT NULL
) STRICT;
INSERT INTO store_state VALUES (1, 0, 0, 0);

CREATE TABLE destination (
    destination_id INTEGER PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (kind IN ('queue', 'topic', 'temp-queue', 'temp-topic')),
    name           TEXT    NOT NULL,
    message_count  INTEGER NOT NULL DEFAULT 0,  -- kept with every commit; messages of transactions in doubt left out
    byte_count     INTEGER NOT NULL DEFAULT 0,  -- sum of their size_bytes
    delivered_through INTEGER NOT NULL DEFAULT 0,  -- consumers may have seen messages up to this sequence: what is
                                                -- left of them is marked as redelivered by the next master
    UNIQUE (kind, name)
) STRICT;

CREATE TABLE prepared_transaction (           -- XA branches that were prepared and wait for their coordinator
    prepared_id INTEGER PRIMARY KEY,
    format_id   INTEGER NOT NULL,
    global_id   BLOB    NOT NULL,
    branch_id   BLOB    NOT NULL,
    UNIQUE (format_id, global_id, branch_id)
) STRICT;

CREATE TABLE message (
    sequence         INTEGER PRIMARY KEY,     -- order over all destinations; never reused
    destination_id   INTEGER NOT NULL,
    size_bytes       INTEGER NOT NULL,        -- of properties and body as sent
    prepared_id      INTEGER,                 -- transaction in doubt that sent it: nobody gets it before that commits
    redelivery_count INTEGER NOT NULL,
    is_persistent    INTEGER NOT NULL,        -- 0: only spooled here, dropped when the next master starts
    priority         INTEGER NOT NULL,        -- 0 to 9
    timestamp_ms     INTEGER NOT NULL,        -- when it was sent, by the producer's clock
    expires_at_ms    INTEGER,                 -- NULL: never
    received_at_ms   INTEGER NOT NULL,        -- by the broker's clock
    group_id         TEXT,                    -- JMSXGroupID
    group_sequence   INTEGER NOT NULL,        -- JMSXGroupSeq
    message_id       TEXT    NOT NULL,        -- as clients show it: producer and number
    body_kind        TEXT    NOT NULL,        -- none, bytes, map, object, stream, text, blob
    is_compressed    INTEGER NOT NULL,        -- 1: body is zlib-compressed
    headers          TEXT,                    -- JSON: correlationId, replyTo, type and rarer ones; or NULL
    properties       TEXT,                    -- JSON, JMS types kept
    properties_raw   BLOB,                    -- as sent, only where the JSON would not give the same bytes back
    body             BLOB                     -- as sent
) STRICT;
CREATE INDEX message_by_destination ON message (destination_id);  -- with the row's sequence: the order of each queue
CREATE INDEX message_in_doubt ON message (prepared_id) WHERE prepared_id IS NOT NULL;
CREATE INDEX message_spooled ON message (destination_id) WHERE is_persistent = 0;

CREATE TABLE prepared_removal (               -- acknowledgements that wait with their transaction
    prepared_id     INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    destination_id  INTEGER,                  -- of a queue's message; else
    subscription_id INTEGER                   -- of a durable subscription's
) STRICT;
CREATE INDEX prepared_removal_by_transaction ON prepared_removal (prepared_id);

CREATE TABLE subscription (                   -- durable topic subscriptions
    subscription_id INTEGER PRIMARY KEY,
    client_id       TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    topic_kind      TEXT    NOT NULL,         -- as destination.kind
    topic           TEXT    NOT NULL,         -- may be a wildcard
    selector        TEXT,
    is_no_local     INTEGER NOT NULL,
    message_count   INTEGER NOT NULL DEFAULT 0,  -- kept with every commit; transactions in doubt left out
    delivered_through INTEGER NOT NULL DEFAULT 0,  -- as destination.delivered_through
    UNIQUE (client_id, name)
) STRICT;

CREATE TABLE subscription_message (           -- which durable subscriptions still want a topic's message
    subscription_id INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_message_by_message ON subscription_message (sequence);

CREATE TABLE producer_sequence (              -- recognises sends that a producer repeats after a failover
    producer      TEXT    PRIMARY KEY,        -- connection:session:number
    last_sequence INTEGER NOT NULL,           -- highest producer's number that is stored
    used_at       INTEGER NOT NULL            -- grows with each commit; the least recently used are dropped. Without
                                              -- an index: it would cost every commit a page, and is asked for seldom
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (                       -- messages that are to be sent later, once or repeatedly
    schedule_id    INTEGER PRIMARY KEY,
    job_id         TEXT    NOT NULL UNIQUE,   -- as clients name it
    destination_id INTEGER NOT NULL,
    due_at_ms      INTEGER NOT NULL,          -- next time
    period_ms      INTEGER NOT NULL,          -- 0: none
    repeats_left   INTEGER NOT NULL,          -- after the next time; -1: for ever
    cron           TEXT,
    is_persistent  INTEGER NOT NULL,
    priority       INTEGER NOT NULL,
    timestamp_ms   INTEGER NOT NULL,
    expires_at_ms  INTEGER,
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
CREATE INDEX schedule_by_time ON schedule (due_at_ms);

CREATE VIEW queue_depth AS
    -- How deep is each queue, and how old its oldest message? Costs the number of queues, not of messages.
SELECT name, kind, message_count AS messages, byte_count AS bytes,
    (SELECT strftime('%Y-%m-%d %H:%M:%f', timestamp_ms / 1000.0, 'unixepoch') FROM message
        WHERE message.destination_id = destination.destination_id ORDER BY sequence LIMIT 1) AS oldest_sent_at
FROM destination WHERE kind IN ('queue', 'temp-queue') ORDER BY name;

CREATE VIEW message_text AS
    -- What is in the messages? Text bodies are shown (a length in four bytes, then modified UTF-8), unless compressed.
SELECT sequence, destination.kind || '://' || destination.name AS destination, message_id,
    strftime('%Y-%m-%d %H:%M:%f', timestamp_ms / 1000.0, 'unixepoch') AS sent_at,
    strftime('%Y-%m-%d %H:%M:%f', expires_at_ms / 1000.0, 'unixepoch') AS expires_at,
    priority, redelivery_count AS redeliveries, prepared_id IS NOT NULL AS is_in_doubt, group_id, headers,
    properties, body_kind, length(body) AS body_bytes,
    CASE WHEN body_kind = 'text' AND is_compressed = 0 THEN CAST(substr(body, 5) AS TEXT) END AS text
FROM message JOIN destination USING (destination_id);

CREATE VIEW subscription_lag AS
    -- How far is each durable subscription behind?
SELECT client_id, name, topic, selector, message_count AS messages,
    (SELECT strftime('%Y-%m-%d %H:%M:%f', timestamp_ms / 1000.0, 'unixepoch')
        FROM subscription_message JOIN message USING (sequence)
        WHERE subscription_message.subscription_id = subscription.subscription_id
        ORDER BY subscription_message.sequence LIMIT 1) AS oldest_sent_at
FROM subscription ORDER BY client_id, name;

CREATE VIEW schedule_due AS
    -- Which messages are to be sent later, and when?
SELECT job_id, strftime('%Y-%m-%d %H:%M:%f', due_at_ms / 1000.0, 'unixepoch') AS due_at,
    destination.kind || '://' || destination.name AS destination, message_id, cron, period_ms, repeats_left,
    body_kind, length(body) AS body_bytes
FROM schedule JOIN destination USING (destination_id) ORDER BY due_at_ms;

CREATE VIEW transaction_in_doubt AS
    -- Which XA transactions wait for their coordinator to commit or roll back, and what hangs on each?
SELECT printf('XID:[%d,globalId=%s,branchId=%s]', format_id, lower(hex(global_id)), lower(hex(branch_id))) AS xid,
    (SELECT count(*) FROM message WHERE message.prepared_id = prepared_transaction.prepared_id) AS messages,
    (SELECT count(*) FROM prepared_removal
        WHERE prepared_removal.prepared_id = prepared_transaction.prepared_id) AS acknowledgements
FROM prepared_transaction ORDER BY prepared_id;
