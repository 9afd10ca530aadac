-- The latest run of each node, and what others have taken over from a run that is gone.
CREATE TABLE node (
    name       TEXT    NOT NULL PRIMARY KEY,
    run        TEXT    NOT NULL,                -- 16 hexadecimal digits
    address    TEXT    NOT NULL,                -- of its web server
    program    TEXT    NOT NULL,                -- version
    started_at INTEGER NOT NULL,                -- this and the next two by the database's clock
    beat_at    INTEGER NOT NULL,
    stopped_at INTEGER                          -- in good order
) STRICT;

CREATE TABLE node_takeover (
    run        TEXT    NOT NULL,
    part       TEXT    NOT NULL CHECK (part IN ('webhook_calls', 'sip_calls')),
    node       TEXT    NOT NULL,                -- the node that is gone
    taken_by   TEXT    NOT NULL,                -- run of the node that does the work
    taken_at   INTEGER NOT NULL,
    done_at    INTEGER,
    PRIMARY KEY (run, part)
) STRICT;
