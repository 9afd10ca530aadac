-- How far each node's journal has been applied.
CREATE TABLE journal (
    id       TEXT    NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL                           -- the last applied fact, from 1
) STRICT;

-- The node that took the call. Calls from before this column have none.
ALTER TABLE call ADD COLUMN node TEXT;
