-- Fence: the epoch of the master that owns this file. One row.
CREATE TABLE fence (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch    INTEGER NOT NULL CHECK (epoch >= 0)   -- grows with each new master, never reused
) STRICT;
