-- What makes a sale billable, what buyers report of their sales, and which sales come back.

ALTER TABLE inquiry ADD COLUMN gate_ms INTEGER NOT NULL DEFAULT 0;       -- answer to bridge
ALTER TABLE inquiry ADD COLUMN keyed_at INTEGER;                         -- the buyer's keys
ALTER TABLE inquiry ADD COLUMN conversion TEXT NOT NULL DEFAULT 'null';  -- JSON: rules of the
ALTER TABLE inquiry ADD COLUMN returns TEXT NOT NULL DEFAULT 'null';     -- winner's contract

-- Whether the call itself converted; NULL until it has ended.
ALTER TABLE sale ADD COLUMN shown INTEGER CHECK (shown IN (0, 1));

UPDATE sale SET shown = (SELECT billable FROM inquiry WHERE inquiry.id = sale.inquiry_id)
WHERE EXISTS (SELECT 1 FROM inquiry WHERE inquiry.id = sale.inquiry_id AND state = 'ended');

-- Reports of buyers, in the order of their arrival: the last one of a sale counts.
CREATE TABLE conversion (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    sale        TEXT    NOT NULL REFERENCES sale (id),
    sold        INTEGER NOT NULL CHECK (sold IN (0, 1)),
    micros      INTEGER,                                -- NULL: the contract's price
    currency    TEXT,
    disposition TEXT,
    reference   TEXT,
    reported_at INTEGER NOT NULL
) STRICT;

CREATE INDEX conversion_of_sale ON conversion (sale, id);

CREATE TRIGGER conversion_is_final BEFORE UPDATE ON conversion
BEGIN SELECT RAISE(ABORT, 'a report is final'); END;

-- Returns of sales: at most one for each. An accepted one is final, as the ledger is.
CREATE TABLE sale_return (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    sale          TEXT    NOT NULL UNIQUE REFERENCES sale (id),
    contract      TEXT    NOT NULL,
    buyer         TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    reason        TEXT    NOT NULL,
    note          TEXT    NOT NULL,
    micros        INTEGER,                              -- what the buyer owed then
    currency      TEXT,
    asked_at      INTEGER NOT NULL,
    asked_by      TEXT    NOT NULL,
    accept_at     INTEGER,                              -- NULL: never by itself
    decided_at    INTEGER,
    decided_by    TEXT,
    decision_note TEXT    NOT NULL DEFAULT '',
    CHECK ((state = 'open') = (decided_at IS NULL))
) STRICT;

CREATE INDEX sale_return_of_buyer ON sale_return (buyer, id);
CREATE INDEX sale_return_of_contract ON sale_return (contract, asked_at);
CREATE INDEX sale_return_open ON sale_return (accept_at) WHERE state = 'open';

CREATE TRIGGER sale_return_is_final BEFORE UPDATE ON sale_return WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a decided return is final'); END;

-- Secrets that the program made for itself.
CREATE TABLE secret (
    name  TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- Corrections of budgets are read in the order of their postings.
CREATE INDEX posting_of_budget ON posting (id) WHERE kind = 'budget';
