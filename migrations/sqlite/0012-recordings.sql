-- Recordings of a call. Ours are files with a size and channels, named after the call and the number;
-- those of a webhook carrier have the URL that it reported.

CREATE TABLE recording (
    inquiry_id TEXT NOT NULL REFERENCES inquiry (id),
    n          INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    length_ms  INTEGER,
    channels   INTEGER,
    bytes      INTEGER,
    url        TEXT,
    PRIMARY KEY (inquiry_id, n)
) STRICT, WITHOUT ROWID;
