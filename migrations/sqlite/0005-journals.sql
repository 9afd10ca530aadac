-- How far the facts of each node's journal are applied.
CREATE TABLE journal (
    id       TEXT    NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL                           -- the last fact that was applied, from 1
) STRICT;

-- Which node took the call. Calls from before this column have none.
ALTER TABLE call ADD COLUMN node TEXT;
