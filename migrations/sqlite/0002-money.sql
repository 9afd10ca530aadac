-- Budgets, balances of prepaid buyers, and persons who were sold.

-- What each counter has spent, in millionths. A call that was not billable returned its price.
ALTER TABLE cap_use ADD COLUMN micros INTEGER NOT NULL DEFAULT 0;

-- While the call is bridged: what its hold has spent (JSON), so that the call's end can settle it.
ALTER TABLE call ADD COLUMN sale TEXT;

-- A balance is the sum of its entries. An entry is never changed or removed.
CREATE TABLE balance_entry (
    sequence  INTEGER NOT NULL PRIMARY KEY,
    kind      TEXT    NOT NULL CHECK (kind IN ('credit', 'charge', 'return')),
    reference TEXT    NOT NULL,                         -- the call; for a credit, its own id
    buyer     TEXT    NOT NULL,
    micros    INTEGER NOT NULL,                         -- what it adds; a charge is negative
    currency  TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    made_by   TEXT    NOT NULL,
    made_at   INTEGER NOT NULL,
    UNIQUE (reference, kind)
) STRICT;

CREATE INDEX balance_entry_of_buyer ON balance_entry (buyer, sequence);

CREATE TRIGGER balance_entry_is_final BEFORE UPDATE ON balance_entry
BEGIN SELECT RAISE(ABORT, 'an entry of a balance is final'); END;

CREATE TRIGGER balance_entry_stays BEFORE DELETE ON balance_entry
BEGIN SELECT RAISE(ABORT, 'an entry of a balance stays'); END;

-- Persons as hashes, for the duplicate rules; kept until no rule needs them.
CREATE TABLE sold_mark (
    mark      TEXT    NOT NULL PRIMARY KEY,             -- 32 hexadecimal digits
    sold_at   INTEGER NOT NULL,
    until     INTEGER NOT NULL
) STRICT;

CREATE INDEX sold_mark_by_expiry ON sold_mark (until);
