-- Form leads. A lead is an inquiry of the channel `form`; this table has what only a lead has.

CREATE TABLE lead (
    id        TEXT NOT NULL PRIMARY KEY REFERENCES inquiry (id),
    status    TEXT NOT NULL CHECK (status IN
        ('received', 'delivering', 'unknown', 'parked', 'sold', 'rejected')),
    steps     TEXT NOT NULL,                            -- JSON list: its time line
    in_flight TEXT NOT NULL                             -- JSON list: posts without a result
) STRICT;

CREATE INDEX lead_by_status ON lead (status, id);

-- Requests that sent leads with an idempotency key. A key is kept for one day.
CREATE TABLE lead_key (
    client     TEXT    NOT NULL,                        -- id of the token
    key        TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    lead       TEXT    NOT NULL REFERENCES inquiry (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_key_by_time ON lead_key (created_at);

-- Terms of a sale of a lead, which may be sold to several buyers: JSON. A call has those of its
-- winner in its inquiry.
ALTER TABLE sale ADD COLUMN terms TEXT;

-- Leads count in the sums of reports beside calls.
ALTER TABLE call_rollup ADD COLUMN leads INTEGER NOT NULL DEFAULT 0;
