-- Leads that ad platforms announced, which are fetched from their APIs.
CREATE TABLE announced (
    platform TEXT    NOT NULL,
    id       TEXT    NOT NULL,                          -- the platform's id of the lead
    page     TEXT,
    form     TEXT,
    at       INTEGER NOT NULL,
    due_at   INTEGER,                                   -- NULL once it is taken or given up
    attempts INTEGER NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('waiting', 'taken', 'dead')),
    lead     TEXT,                                      -- what it became
    reason   TEXT,                                      -- why the last attempt failed
    PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX announced_by_due ON announced (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX announced_by_time ON announced (at);
