-- Queues that are served by priority, and messages that wait for their next delivery.

ALTER TABLE message ADD COLUMN not_before_ms INTEGER;  -- NULL: at once; else nobody gets it before this time

-- One priority of a destination, in the order of its sequences. Most messages have the default of 4, and cost nothing
-- here: they are found by message_by_destination.
CREATE INDEX message_by_priority ON message (destination_id, priority) WHERE priority <> 4;
