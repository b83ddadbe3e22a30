-- Who was master when, why it changed and how long nobody was; and what is wrong at the moment.

-- One row for each epoch, the present one included; the last 1,000. Kept by the triggers below from what masters write
-- into lease and ha_event anyway, so that it outlives the events that are pruned.
CREATE TABLE term (
    epoch              INTEGER PRIMARY KEY,
    broker             TEXT    NOT NULL,
    host               TEXT    NOT NULL,
    pid                INTEGER NOT NULL,
    elected_at_ms      INTEGER,                            -- it took the lease; NULL where only events are left to tell
    started_at_ms      INTEGER,                            -- it began to serve; NULL: it never did
    renewed_at_ms      INTEGER,                            -- last renewal that the next master found; until then NULL
    ended_at_ms        INTEGER,                            -- by its own account; NULL: it could not say
    ended_how          TEXT CHECK (ended_how IN ('released', 'stepped_down', 'lost')), -- lost: it did not give up
    reason             TEXT    NOT NULL DEFAULT '',        -- why it ended, in its own words
    found              TEXT    NOT NULL DEFAULT ''         -- what the next master says it found
) STRICT;

INSERT INTO term (epoch, broker, host, pid, started_at_ms)
SELECT epoch, broker, host, pid, min(happened_at_ms) FROM ha_event
WHERE event = 'master.started' AND epoch > 0 GROUP BY epoch;

UPDATE term SET (ended_at_ms, ended_how, reason) =
       (SELECT happened_at_ms, substr(event, 8), detail FROM ha_event
         WHERE ha_event.epoch = term.epoch AND event IN ('master.released', 'master.stepped_down')
         ORDER BY event_number LIMIT 1)
WHERE epoch IN (SELECT epoch FROM ha_event WHERE event IN ('master.released', 'master.stepped_down'));

UPDATE term SET found = coalesce((SELECT broker || ': ' || detail FROM ha_event
         WHERE other_epoch = term.epoch AND event = 'takeover.started' ORDER BY event_number LIMIT 1), '');

INSERT INTO term (epoch, broker, host, pid) SELECT epoch, holder, host, pid FROM lease
WHERE NOT EXISTS (SELECT 1 FROM term WHERE term.epoch = lease.epoch);

UPDATE term SET elected_at_ms = (SELECT acquired_at_ms FROM lease WHERE lease.epoch = term.epoch);

UPDATE term SET ended_how = 'lost'
WHERE ended_how IS NULL AND epoch < (SELECT epoch FROM lease);

-- The lease goes to another: the last that is known of the term before is kept.
CREATE TRIGGER lease_taken BEFORE INSERT ON lease BEGIN
    UPDATE term SET elected_at_ms = lease.acquired_at_ms, renewed_at_ms = lease.renewed_at_ms,
           ended_at_ms = coalesce(term.ended_at_ms, lease.ended_at_ms),
           ended_how = coalesce(term.ended_how, CASE lease.phase WHEN 'RELEASED' THEN 'released'
               WHEN 'STEPPED_DOWN' THEN 'stepped_down' ELSE 'lost' END)
    FROM lease WHERE lease.epoch = term.epoch AND lease.epoch <> NEW.epoch;
    DELETE FROM term WHERE epoch = NEW.epoch OR epoch <= NEW.epoch - 1000;
    INSERT INTO term (epoch, broker, host, pid, elected_at_ms)
    VALUES (NEW.epoch, NEW.holder, NEW.host, NEW.pid, NEW.acquired_at_ms);
END;

-- A broker tells of a term of its own, perhaps when its successor serves already.
CREATE TRIGGER term_told AFTER INSERT ON ha_event
WHEN NEW.epoch > 0 AND NEW.event IN ('master.started', 'master.released', 'master.stepped_down') BEGIN
    INSERT INTO term (epoch, broker, host, pid) SELECT NEW.epoch, NEW.broker, NEW.host, NEW.pid
    WHERE NOT EXISTS (SELECT 1 FROM term WHERE epoch = NEW.epoch);
    UPDATE term SET started_at_ms = NEW.happened_at_ms
    WHERE epoch = NEW.epoch AND broker = NEW.broker AND NEW.event = 'master.started';
    UPDATE term SET ended_at_ms = NEW.happened_at_ms, ended_how = substr(NEW.event, 8), reason = NEW.detail
    WHERE epoch = NEW.epoch AND broker = NEW.broker AND NEW.event <> 'master.started';
END;

-- A new master tells what it found of the term before.
CREATE TRIGGER term_found AFTER INSERT ON ha_event
WHEN NEW.event = 'takeover.started' AND NEW.other_epoch > 0 BEGIN
    UPDATE term SET found = NEW.broker || ': ' || NEW.detail WHERE epoch = NEW.other_epoch;
END;

-- What is wrong now, by each broker's own beat. The master writes it anew with every beat; without a master it is old.
CREATE TABLE alarm (
    event              TEXT    NOT NULL,                   -- for example lock.false: the names of ha_event
    broker             TEXT    NOT NULL,                   -- who reports it
    since_at_ms        INTEGER NOT NULL,
    other_broker       TEXT,                               -- the second party, where there is one
    detail             TEXT    NOT NULL DEFAULT '',        -- the evidence
    remedy             TEXT    NOT NULL DEFAULT '',        -- what helps on this file system
    PRIMARY KEY (event, broker)
) STRICT;

ALTER TABLE broker ADD COLUMN alarms TEXT NOT NULL DEFAULT '';     -- events that are true of it now, with commas
ALTER TABLE broker ADD COLUMN lock_view TEXT NOT NULL DEFAULT '';  -- what it sees of the locks, in its own words

-- What is wrong now, in words, with both parties.
CREATE VIEW active_alarm AS
SELECT datetime(alarm.since_at_ms / 1000, 'unixepoch') AS since_utc, alarm.event, alarm.broker, broker.host, broker.pid,
       alarm.other_broker, other.host AS other_host, other.pid AS other_pid, alarm.detail, alarm.remedy
FROM alarm LEFT JOIN broker ON broker.name = alarm.broker LEFT JOIN broker AS other ON other.name = alarm.other_broker
ORDER BY alarm.since_at_ms, alarm.event;

-- Each term with the times between which its service ended, and when the next that served began. A term that gave its
-- end is exact; one that was lost served at least until its last renewal, and not after the next master was elected.
CREATE VIEW term_bounds AS
SELECT term.epoch, term.broker, term.host, term.pid, term.elected_at_ms, term.started_at_ms,
       coalesce(term.renewed_at_ms, lease.renewed_at_ms) AS renewed_at_ms,
       coalesce(term.ended_at_ms, lease.ended_at_ms) AS ended_at_ms,
       coalesce(term.ended_how, CASE lease.phase WHEN 'ACTIVE' THEN 'serves' WHEN 'ACQUIRED' THEN 'starting'
           WHEN 'RELEASED' THEN 'released' WHEN 'STEPPED_DOWN' THEN 'stepped_down' END, 'lost') AS ended_how,
       coalesce(term.ended_at_ms, lease.ended_at_ms, term.renewed_at_ms) AS ended_from_ms,
       coalesce(term.ended_at_ms, lease.ended_at_ms,
           (SELECT next.elected_at_ms FROM term AS next WHERE next.epoch > term.epoch ORDER BY next.epoch LIMIT 1))
           AS ended_until_ms,
       successor.epoch AS next_epoch, successor.broker AS next_broker, successor.started_at_ms AS next_started_at_ms,
       term.reason, term.found
FROM term LEFT JOIN lease ON lease.epoch = term.epoch
     LEFT JOIN term AS successor ON successor.epoch = (SELECT min(next.epoch) FROM term AS next
         WHERE next.epoch > term.epoch AND next.started_at_ms IS NOT NULL);

-- Who was master when, how each term ended, and for how long nobody served until the next one or until now.
-- nobody_ms is the most it can have been; where nobody_at_least_ms is less, the master was lost between two renewals.
-- Negative: the next one served already. Both mix the clocks of two hosts. The last term serves by its own word alone:
-- where renewed_utc is old, nobody may.
DROP VIEW master_terms;
CREATE VIEW master_terms AS
SELECT epoch, broker, host, pid, strftime('%Y-%m-%d %H:%M:%f', started_at_ms / 1000.0, 'unixepoch') AS started_utc,
       strftime('%Y-%m-%d %H:%M:%f', ended_at_ms / 1000.0, 'unixepoch') AS ended_utc,
       CASE WHEN started_at_ms IS NULL AND ended_how <> 'starting' THEN 'never served' ELSE replace(ended_how, '_', ' ')
           END AS ended_how,
       strftime('%Y-%m-%d %H:%M:%f', renewed_at_ms / 1000.0, 'unixepoch') AS renewed_utc,
       CASE WHEN started_at_ms IS NOT NULL THEN coalesce(next_started_at_ms,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - ended_from_ms END AS nobody_ms,
       CASE WHEN started_at_ms IS NOT NULL THEN coalesce(next_started_at_ms,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - ended_until_ms END AS nobody_at_least_ms,
       next_broker, reason, found
FROM term_bounds
ORDER BY epoch DESC;
