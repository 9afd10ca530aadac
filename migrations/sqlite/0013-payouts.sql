-- Payouts that are a share of the revenue, and caps on payouts.

-- The share, JSON; with a fixed payout, NULL.
ALTER TABLE inquiry ADD COLUMN payout_share TEXT;
-- How many payouts of the source are paid, and in which zone windows turn: JSON; NULL if unlimited
-- and UTC.
ALTER TABLE inquiry ADD COLUMN payout_caps TEXT;

-- Payouts above zero of a source in a period of its zone.
CREATE TABLE payout_use (
    source   TEXT    NOT NULL,
    period   TEXT    NOT NULL,
    used     INTEGER NOT NULL CHECK (used > 0),
    used_at  INTEGER NOT NULL,                          -- the last one
    PRIMARY KEY (source, period)
) STRICT;

-- Statements of a buyer or a source.
CREATE INDEX posting_of_party_by_time ON posting (party, made_at) WHERE party IS NOT NULL;

-- What the traffic of a source cost beside its payouts. An entry is final: a negative one corrects
-- it.
CREATE TABLE cost (
    number   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,                   -- of the request that entered it
    source   TEXT    NOT NULL,
    offer    TEXT    NOT NULL,
    day      TEXT    NOT NULL,                          -- calendar day: 2026-05-04
    micros   INTEGER NOT NULL CHECK (micros <> 0),
    currency TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    made_by  TEXT    NOT NULL,
    made_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX cost_by_day ON cost (day, source, offer);

CREATE TRIGGER cost_is_final BEFORE UPDATE ON cost
BEGIN SELECT RAISE(ABORT, 'a cost is final'); END;

CREATE TRIGGER cost_stays BEFORE DELETE ON cost
BEGIN SELECT RAISE(ABORT, 'a cost stays'); END;
