-- Sales of leads whose buyers are asked what became of them, until that is final.
CREATE TABLE lead_status (
    sale     TEXT    NOT NULL PRIMARY KEY,
    lead     TEXT    NOT NULL,
    contract TEXT    NOT NULL,
    due_at   INTEGER,                                   -- NULL once it is final or given up
    until    INTEGER NOT NULL                           -- when it is given up, and the row removed
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_status_by_due ON lead_status (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lead_status_by_end ON lead_status (until);
