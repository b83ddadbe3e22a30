-- lease.db: who is master of this directory, who was, and why it changed.
-- Written by the master alone. Read it at any time, from any host, but only read: sqlite3 -readonly lease.db
-- Times named _at_ms are Unix milliseconds by the clock of the host that wrote them: for people, never compared.

-- The lease: which broker believes it is master. Evidence and fence; the operating system's locks decide.
CREATE TABLE lease (
    only_row           INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch              INTEGER NOT NULL CHECK (epoch > 0), -- grows with each new master, never used twice
    holder             TEXT    NOT NULL,                   -- name of the broker
    instance           TEXT    NOT NULL,                   -- this run of it: sixteen hexadecimal digits
    host               TEXT    NOT NULL,
    boot_id            TEXT    NOT NULL,                   -- another one on the same host: it was restarted since
    pid                INTEGER NOT NULL,
    pid_namespace      TEXT    NOT NULL,                   -- the container in which the pid means something
    pid_started_ticks  INTEGER NOT NULL,                   -- clock ticks from boot to the start of the process
    phase              TEXT    NOT NULL CHECK (phase IN ('ACQUIRED', 'ACTIVE', 'STEPPED_DOWN', 'RELEASED')),
    counter            INTEGER NOT NULL,                   -- grows with each renewal; standbys time its movement
    acquired_at_ms     INTEGER NOT NULL,
    renewed_at_ms      INTEGER NOT NULL,
    ended_at_ms        INTEGER,                            -- NULL while the term lasts
    beat_ms            INTEGER NOT NULL,                   -- the holder's own times: see README, "Timing"
    warn_ms            INTEGER NOT NULL,
    step_down_ms       INTEGER NOT NULL,
    exit_ms            INTEGER NOT NULL,
    take_over_ms       INTEGER NOT NULL
) STRICT;

-- Every broker whose beats the master has seen, itself included.
CREATE TABLE broker (
    name               TEXT PRIMARY KEY NOT NULL,
    instance           TEXT    NOT NULL,
    host               TEXT    NOT NULL,
    boot_id            TEXT    NOT NULL,
    pid                INTEGER NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('STANDBY', 'CLAIM', 'MASTER', 'STOPPED')),
    epoch              INTEGER NOT NULL,                   -- 0 for a broker that is not master
    counter            INTEGER NOT NULL,                   -- of its beats
    seen_at_ms         INTEGER NOT NULL                    -- when the master last saw the counter move
) STRICT;

-- What each kind of lock answered a broker while another held it: 'granted' is a lock that does not work here.
CREATE TABLE lock_probe (
    prober             TEXT    NOT NULL,
    holder             TEXT    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('flock', 'posix', 'ofd')),
    answer             TEXT    NOT NULL CHECK (answer IN ('refused', 'granted', 'error')),
    detail             TEXT    NOT NULL DEFAULT '',
    probed_at_ms       INTEGER NOT NULL,
    PRIMARY KEY (prober, holder, kind)
) STRICT;

-- What happened to the lock and the lease: the last 1,000 events. The names are those of the log lines.
CREATE TABLE ha_event (
    event_number       INTEGER PRIMARY KEY,
    happened_at_ms     INTEGER NOT NULL,
    event              TEXT    NOT NULL,                   -- for example lock.acquired
    epoch              INTEGER NOT NULL,                   -- 0 where the event belongs to no term
    broker             TEXT    NOT NULL,                   -- who reports it
    host               TEXT    NOT NULL,
    pid                INTEGER NOT NULL,
    other_broker       TEXT,                               -- the second party, where there is one
    other_host         TEXT,
    other_pid          INTEGER,
    other_epoch        INTEGER,
    duration_ms        INTEGER,                            -- of what the event ends, or the age it reports
    detail             TEXT    NOT NULL
) STRICT;

-- Depth of each destination, refreshed by the master about once a second.
CREATE TABLE queue_summary (
    destination        TEXT    NOT NULL,
    kind               TEXT    NOT NULL,                   -- queue or topic
    messages           INTEGER NOT NULL,                   -- stored and not yet acknowledged
    consumers          INTEGER NOT NULL,
    producers          INTEGER NOT NULL,
    enqueued           INTEGER NOT NULL,                   -- since this master started serving
    dequeued           INTEGER NOT NULL,
    refreshed_at_ms    INTEGER NOT NULL,
    PRIMARY KEY (kind, destination)
) STRICT;

-- One line: the master, or the last one. The age is right only where this host's clock is.
CREATE VIEW who_is_master AS
SELECT CASE phase WHEN 'ACTIVE' THEN holder WHEN 'ACQUIRED' THEN holder || ' (starting)' ELSE 'nobody' END AS master,
       holder AS last_holder, host, pid, epoch, phase,
       datetime(acquired_at_ms / 1000, 'unixepoch') AS acquired_utc,
       datetime(renewed_at_ms / 1000, 'unixepoch') AS renewed_utc,
       round((julianday('now') - 2440587.5) * 86400.0 - renewed_at_ms / 1000.0, 1) AS renewed_seconds_ago
FROM lease;

-- The history in words, newest first.
CREATE VIEW ha_history AS
SELECT datetime(happened_at_ms / 1000, 'unixepoch') AS happened_utc, event, epoch, broker, host, pid,
       other_broker, other_host, duration_ms, detail
FROM ha_event
ORDER BY event_number DESC;

-- Who was master when. A term without an end is the present one, or that of a master that was killed.
CREATE VIEW master_terms AS
SELECT started.epoch, started.broker, started.host, started.pid,
       datetime(started.happened_at_ms / 1000, 'unixepoch') AS started_utc,
       (SELECT datetime(min(ended.happened_at_ms) / 1000, 'unixepoch') FROM ha_event AS ended
         WHERE ended.epoch = started.epoch AND ended.event IN ('master.stepped_down', 'master.released')) AS ended_utc
FROM ha_event AS started
WHERE started.event = 'master.started'
ORDER BY started.epoch DESC;
