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
