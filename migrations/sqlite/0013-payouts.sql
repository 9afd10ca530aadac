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
