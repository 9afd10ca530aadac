-- Pauses of contracts: when each began, why, until when it was meant to last, and who resumed it.

CREATE TABLE pause (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    contract    TEXT    NOT NULL,
    because     TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    resumed_at  INTEGER,
    resumed_by  TEXT,
    -- Numbers the changes of pauses in their order, so that other programs are told of new ones.
    change      INTEGER NOT NULL UNIQUE,
    CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
) STRICT;
CREATE INDEX pause_open ON pause (contract, until) WHERE resumed_at IS NULL;
CREATE INDEX pause_until ON pause (until);

-- The balance of each buyer in each currency: the sum of its entries, kept by the entries as they
-- are added. Limited to 64 bits.
CREATE TABLE balance (
    buyer     TEXT    NOT NULL,
    currency  TEXT    NOT NULL,
    micros    INTEGER NOT NULL,
    PRIMARY KEY (buyer, currency)
) STRICT, WITHOUT ROWID;
INSERT INTO balance (buyer, currency, micros)
SELECT party, currency,
    max(-9223372036854775807, min(9223372036854775807,
        sum(micros >> 32) * 4294967296 + sum(micros & 4294967295)))
FROM posting WHERE entry IS NOT NULL AND party IS NOT NULL GROUP BY party, currency;

-- Legs that were dialed through trunks with limits. A leg without an end is live, or its switch was
-- killed.
CREATE TABLE carried_leg (
    leg         TEXT    PRIMARY KEY,
    inquiry_id  TEXT    NOT NULL,
    trunk       TEXT    NOT NULL,
    number      TEXT    NOT NULL,
    way         INTEGER NOT NULL,
    dialed_at   INTEGER NOT NULL,
    ended_at    INTEGER,
    talk_ms     INTEGER,
    micros      INTEGER,
    CHECK ((ended_at IS NULL) = (talk_ms IS NULL) AND (ended_at IS NULL) = (micros IS NULL))
) STRICT;
CREATE INDEX carried_leg_of_trunk ON carried_leg (trunk, dialed_at);
CREATE INDEX carried_leg_dialed_at ON carried_leg (dialed_at);
