-- Bidders that were asked for a bid on an inquiry, and what became of each.
CREATE TABLE bid (
    inquiry_id    TEXT    NOT NULL REFERENCES inquiry (id),
    ordinal       INTEGER NOT NULL,                     -- in the order in which they were asked
    offer         TEXT    NOT NULL,
    contract      TEXT    NOT NULL,
    buyer         TEXT    NOT NULL,
    asked_at      INTEGER NOT NULL,
    answer_ms     INTEGER,                              -- NULL without an answer
    amount_micros INTEGER,
    amount_currency TEXT,
    ping_id       TEXT,                                 -- the buyer's id of the bid
    expires_at    INTEGER,
    result        TEXT    NOT NULL,
    reason        TEXT,                                 -- in the buyer's words
    PRIMARY KEY (inquiry_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX bid_by_time ON bid (asked_at, inquiry_id, ordinal);
CREATE INDEX bid_by_buyer ON bid (buyer, asked_at, inquiry_id, ordinal);
