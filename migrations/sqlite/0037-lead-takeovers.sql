-- The leads of a node that is gone are taken over, too. What the parts are is the program's affair.
CREATE TABLE node_takeover_new (
    run        TEXT    NOT NULL,
    part       TEXT    NOT NULL,
    node       TEXT    NOT NULL,                -- the node that is gone
    taken_by   TEXT    NOT NULL,                -- run of the node that does the work
    taken_at   INTEGER NOT NULL,
    done_at    INTEGER,
    PRIMARY KEY (run, part)
) STRICT;
INSERT INTO node_takeover_new SELECT run, part, node, taken_by, taken_at, done_at FROM node_takeover;
DROP TABLE node_takeover;
ALTER TABLE node_takeover_new RENAME TO node_takeover;
