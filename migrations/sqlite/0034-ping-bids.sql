-- Bids on pings that no lead was posted to and no call came for; those of others are in `bid`.
CREATE TABLE ping_bid (
    ping            TEXT    NOT NULL REFERENCES ping (id) ON DELETE CASCADE,
    ordinal         INTEGER NOT NULL,                   -- in the order in which they were asked
    offer           TEXT    NOT NULL,
    contract        TEXT    NOT NULL,
    buyer           TEXT    NOT NULL,
    asked_at        INTEGER NOT NULL,
    answer_ms       INTEGER,                            -- NULL without an answer
    amount_micros   INTEGER,
    amount_currency TEXT,
    ping_id         TEXT,                               -- the buyer's id of the bid
    expires_at      INTEGER,
    result          TEXT    NOT NULL,
    reason          TEXT,                               -- in the buyer's words
    destination     TEXT,
    buffer_seconds  INTEGER,
    repeated        INTEGER NOT NULL,
    PRIMARY KEY (ping, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX ping_bid_by_time ON ping_bid (asked_at, ping, ordinal);
CREATE INDEX ping_bid_by_buyer ON ping_bid (buyer, asked_at, ping, ordinal);
