-- Sums for reports, kept by quarter hour and by UTC day of the calls' arrival.
--   grain    0 quarter hour, 1 UTC day
--   quarter  quarter hours since 1970-01-01T00:00:00Z; of a day, its first
-- The program adds the calls of older schemas when it opens the database (rollup_build).

ALTER TABLE attempt ADD COLUMN tier TEXT;               -- unknown before schema 16
-- Of an ended call: the caller was connected to no one; the buyer hung up shortly before the
-- buffer; a contract was passed over because the person had been sold before.
ALTER TABLE inquiry ADD COLUMN missed      INTEGER NOT NULL DEFAULT 0 CHECK (missed IN (0, 1));
ALTER TABLE inquiry ADD COLUMN ended_early INTEGER NOT NULL DEFAULT 0 CHECK (ended_early IN (0, 1));
ALTER TABLE inquiry ADD COLUMN duplicate   INTEGER NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1));

-- Calls and the postings of their sales. The pair says what `first` and `second` are:
--   0 all calls; 1 offer, buyer; 2 source, offer; 3 source, buyer; 4 number, source; 5 tag, offer
CREATE TABLE call_rollup (
    pair        INTEGER NOT NULL,
    grain       INTEGER NOT NULL,
    quarter     INTEGER NOT NULL,
    first       TEXT    NOT NULL,
    second      TEXT    NOT NULL,
    currency    TEXT    NOT NULL,                       -- of the amounts; empty without a price
    calls       INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    connected   INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    missed      INTEGER NOT NULL,
    duplicates  INTEGER NOT NULL,
    billable    INTEGER NOT NULL,
    returned    INTEGER NOT NULL,
    ended_early INTEGER NOT NULL,
    talk_ms     INTEGER NOT NULL,
    revenue     INTEGER NOT NULL,                       -- micros
    payout      INTEGER NOT NULL,
    margin      INTEGER NOT NULL,
    PRIMARY KEY (pair, grain, quarter, first, second, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt_rollup (
    grain             INTEGER NOT NULL,
    quarter           INTEGER NOT NULL,
    tier              TEXT    NOT NULL,                 -- empty if unknown
    offer             TEXT    NOT NULL,
    buyer             TEXT    NOT NULL,
    contract          TEXT    NOT NULL,
    attempts          INTEGER NOT NULL,
    attempts_answered INTEGER NOT NULL,
    attempts_won      INTEGER NOT NULL,
    rings             INTEGER NOT NULL,
    delay_ms          INTEGER NOT NULL,
    delay_max_ms      INTEGER NOT NULL,
    answer_ms         INTEGER NOT NULL,
    answer_max_ms     INTEGER NOT NULL,
    PRIMARY KEY (grain, quarter, tier, offer, buyer, contract)
) STRICT, WITHOUT ROWID;

-- Reasons of ends, lost attempts and contracts passed over, and fallbacks. The party is the source
-- of a call, the buyer of an attempt, or the contract.
CREATE TABLE reason_rollup (
    about   TEXT    NOT NULL CHECK (about IN ('call', 'attempt', 'contract', 'fallback')),
    grain   INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    offer   TEXT    NOT NULL,
    party   TEXT    NOT NULL,
    calls   INTEGER NOT NULL,
    sold    INTEGER NOT NULL,
    PRIMARY KEY (about, grain, quarter, reason, offer, party)
) STRICT, WITHOUT ROWID;

-- While calls of older schemas are still to be added: the id of the last one that was.
CREATE TABLE rollup_build (
    after TEXT NOT NULL
) STRICT;

INSERT INTO rollup_build SELECT '' WHERE EXISTS (SELECT 1 FROM inquiry WHERE state = 'ended');
