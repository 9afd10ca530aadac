-- Pings of sources: what they were offered for a lead, and the lead that they posted.
CREATE TABLE ping (
    id         TEXT    NOT NULL PRIMARY KEY,
    source     TEXT    NOT NULL,
    offer      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    test       INTEGER NOT NULL,
    expires_at INTEGER,                                 -- NULL without an offer
    lead       TEXT,                                    -- NULL until it is posted
    record     TEXT    NOT NULL                         -- the rest, as JSON
) STRICT, WITHOUT ROWID;

CREATE INDEX ping_by_time ON ping (at, source);
CREATE INDEX ping_by_source ON ping (source, at);
