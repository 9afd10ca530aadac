-- Calls become inquiries, as form leads will. The winner becomes a sale, and every amount owed
-- becomes a posting.

DROP INDEX call_live;
DROP INDEX call_by_caller;
DROP INDEX attempt_of_call;
DROP INDEX decision_of_call;
DROP INDEX carrier_call_live;
DROP INDEX carrier_call_of_call;
ALTER TABLE attempt      RENAME TO old_attempt;
ALTER TABLE decision     RENAME TO old_decision;
ALTER TABLE carrier_line RENAME TO old_carrier_line;
ALTER TABLE carrier_call RENAME TO old_carrier_call;

-- One row for each call, and later one for each form lead. Ids are unique across channels.
CREATE TABLE inquiry (
    id                     TEXT    NOT NULL PRIMARY KEY,
    channel                TEXT    NOT NULL CHECK (channel IN ('call', 'form')),
    state                  TEXT    NOT NULL CHECK (state IN ('live', 'ended')),
    node                   TEXT,                        -- its node; unknown before schema 5
    offer                  TEXT    NOT NULL,
    source                 TEXT    NOT NULL,
    book_version           INTEGER NOT NULL,
    fields                 TEXT    NOT NULL,            -- JSON object of strings
    tags                   TEXT    NOT NULL,            -- JSON object of strings
    started_at             INTEGER NOT NULL,
    ended_at               INTEGER,
    reason                 TEXT,
    decision_id            TEXT,
    seen_at                INTEGER NOT NULL,            -- the last heartbeat
    winner_contract        TEXT,                        -- the last sale
    winner_buyer           TEXT,
    price_micros           INTEGER,                     -- its terms
    price_currency         TEXT,
    buffer_ms              INTEGER,
    source_payout_micros   INTEGER,
    source_payout_currency TEXT,
    billable               INTEGER NOT NULL CHECK (billable IN (0, 1)),
    revenue_micros         INTEGER,                     -- the resulting amounts
    revenue_currency       TEXT,
    payout_micros          INTEGER,
    payout_currency        TEXT,
    number                 TEXT,                        -- from here on: calls only
    caller                 TEXT,
    trunk                  TEXT,
    flow                   TEXT,
    answered_at            INTEGER,
    bridged_at             INTEGER,
    ended_by               TEXT,
    sip_status             INTEGER,
    dials                  TEXT    NOT NULL,            -- JSON list of fixed destinations
    talk_ms                INTEGER NOT NULL,
    CHECK (channel <> 'call' OR (number IS NOT NULL AND trunk IS NOT NULL AND flow IS NOT NULL))
) STRICT;

CREATE TABLE attempt (
    id                 TEXT    NOT NULL PRIMARY KEY,
    inquiry_id         TEXT    NOT NULL REFERENCES inquiry (id),
    ordinal            INTEGER NOT NULL,
    contract           TEXT    NOT NULL,
    buyer              TEXT    NOT NULL,
    wave               INTEGER NOT NULL,
    outcome            TEXT,
    sip_status         INTEGER,
    started_at         INTEGER NOT NULL,
    ring_ms            INTEGER NOT NULL,
    post_dial_delay_ms INTEGER,
    canceled_because   TEXT                             -- if it had no answer of its own
) STRICT;

CREATE TABLE decision (
    id         TEXT    NOT NULL PRIMARY KEY,
    inquiry_id TEXT    NOT NULL REFERENCES inquiry (id),
    made_at    INTEGER NOT NULL,
    document   TEXT    NOT NULL                         -- JSON
) STRICT;

-- One row for each attempt that won, under its id. A call that is sold twice has two, a shared
-- lead several.
CREATE TABLE sale (
    id         TEXT    NOT NULL PRIMARY KEY,
    inquiry_id TEXT    NOT NULL REFERENCES inquiry (id),
    contract   TEXT    NOT NULL,
    buyer      TEXT    NOT NULL,
    taken      TEXT                                     -- JSON: what its hold took from counters;
) STRICT;                                               -- unknown if settled before

CREATE INDEX sale_of_inquiry ON sale (inquiry_id);

-- The ledger. A posting is final: a correction is another posting with its own cause. A sale has
-- one posting of a kind per cause, so a repeated event adds nothing.
--   revenue  what a buyer owes               revenue = payout + margin, for each cause
--   payout   what a source is owed
--   margin   the difference
--   budget   what budgets got back of a price; negative
--   charge   a prepaid balance: what a sale took; negative
--   return   a prepaid balance: what it got back of a charge
--   credit   a prepaid balance: a payment; has no sale
CREATE TABLE posting (
    id       INTEGER NOT NULL PRIMARY KEY,
    sale     TEXT    REFERENCES sale (id),
    kind     TEXT    NOT NULL CHECK (kind IN
        ('revenue', 'payout', 'margin', 'budget', 'charge', 'return', 'credit')),
    cause    TEXT    NOT NULL,                          -- the event's id: the call, the credit
    party    TEXT,                                      -- the buyer or source; NULL for our own
    micros   INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    made_by  TEXT    NOT NULL,
    made_at  INTEGER NOT NULL,
    entry    INTEGER,                                   -- its sequence among balance entries
    CHECK ((sale IS NULL) = (kind = 'credit')),
    CHECK ((entry IS NOT NULL) = (kind IN ('charge', 'return', 'credit')))
) STRICT;

CREATE UNIQUE INDEX posting_once ON posting (sale, kind, cause);
CREATE UNIQUE INDEX posting_credit_once ON posting (cause) WHERE sale IS NULL;
CREATE UNIQUE INDEX posting_by_entry ON posting (entry) WHERE entry IS NOT NULL;
CREATE INDEX posting_of_party ON posting (party, entry) WHERE entry IS NOT NULL;
CREATE INDEX posting_by_cause ON posting (cause, kind) WHERE entry IS NOT NULL;

CREATE TABLE carrier_call (
    token        TEXT    NOT NULL PRIMARY KEY,          -- identifies the call in our URLs
    carrier      TEXT    NOT NULL,
    carrier_id   TEXT    NOT NULL,                      -- the carrier's own id of the call
    account      TEXT,                                  -- the carrier's account it belongs to
    call_id      TEXT    NOT NULL REFERENCES inquiry (id),
    seed         TEXT    NOT NULL,                      -- 64 hexadecimal digits
    flow         TEXT    NOT NULL REFERENCES flow_text (hash),
    live         INTEGER NOT NULL CHECK (live IN (0, 1)),
    UNIQUE (carrier, carrier_id)
) STRICT;

-- One row for each answered request of the carrier. A request is answered once; a repetition gets
-- the same answer.
CREATE TABLE carrier_line (
    token  TEXT    NOT NULL REFERENCES carrier_call (token),
    place  INTEGER NOT NULL,                            -- from 1
    errand TEXT    NOT NULL,
    line   TEXT    NOT NULL,                            -- JSON
    answer TEXT    NOT NULL,
    PRIMARY KEY (token, place),
    UNIQUE (token, errand)
) STRICT;

INSERT INTO inquiry
SELECT id, 'call', state, node, offer, source, book_version, fields, tags, started_at, ended_at,
    reason, decision_id, seen_at, winner_contract, winner_buyer, price_micros, price_currency,
    buffer_ms, source_payout_micros, source_payout_currency, billable, revenue_micros,
    revenue_currency, payout_micros, payout_currency, number, caller, trunk, flow, answered_at,
    bridged_at, ended_by, sip_status, dials, talk_ms
FROM call ORDER BY id;

INSERT INTO attempt
SELECT id, call_id, ordinal, contract, buyer, wave, outcome, sip_status, started_at, ring_ms,
    post_dial_delay_ms, NULL
FROM old_attempt ORDER BY rowid;

INSERT INTO decision SELECT id, call_id, made_at, document FROM old_decision ORDER BY rowid;
INSERT INTO carrier_call SELECT * FROM old_carrier_call ORDER BY rowid;
INSERT INTO carrier_line SELECT * FROM old_carrier_line ORDER BY rowid;

-- A winner was an attempt. A record without attempts gives its own id to the sale.
INSERT INTO sale
SELECT coalesce(
        (SELECT attempt.id FROM attempt
         WHERE attempt.inquiry_id = call.id AND attempt.outcome = 'won'
         ORDER BY attempt.ordinal DESC LIMIT 1),
        (SELECT attempt.id FROM attempt
         WHERE attempt.inquiry_id = call.id AND attempt.contract = call.winner_contract
         ORDER BY attempt.ordinal DESC LIMIT 1),
        call.id),
    call.id, call.winner_contract, call.winner_buyer, call.sale
FROM call WHERE call.winner_contract IS NOT NULL ORDER BY call.id;

-- Amounts owed by ended calls are posted as they would have been. What budgets got back is already
-- in their counters.
INSERT INTO posting (sale, kind, cause, party, micros, currency, note, made_by, made_at, entry)
SELECT sale.id, 'revenue', call.id, call.winner_buyer, call.revenue_micros, call.revenue_currency,
    '', 'call', call.ended_at, NULL
FROM call JOIN sale ON sale.inquiry_id = call.id
WHERE call.state = 'ended' AND call.billable = 1 AND call.revenue_micros IS NOT NULL
ORDER BY call.id;

INSERT INTO posting (sale, kind, cause, party, micros, currency, note, made_by, made_at, entry)
SELECT sale.id, 'payout', call.id, call.source, call.payout_micros, call.payout_currency,
    '', 'call', call.ended_at, NULL
FROM call JOIN sale ON sale.inquiry_id = call.id
WHERE call.state = 'ended' AND call.billable = 1 AND call.revenue_micros IS NOT NULL
    AND call.payout_micros IS NOT NULL
ORDER BY call.id;

INSERT INTO posting (sale, kind, cause, party, micros, currency, note, made_by, made_at, entry)
SELECT sale.id, 'margin', call.id, NULL, call.revenue_micros - coalesce(call.payout_micros, 0),
    call.revenue_currency, '', 'call', call.ended_at, NULL
FROM call JOIN sale ON sale.inquiry_id = call.id
WHERE call.state = 'ended' AND call.billable = 1 AND call.revenue_micros IS NOT NULL
ORDER BY call.id;

INSERT INTO posting (sale, kind, cause, party, micros, currency, note, made_by, made_at, entry)
SELECT sale.id, 'budget', call.id, NULL, -call.price_micros, call.price_currency, '', 'call',
    call.ended_at, NULL
FROM call JOIN sale ON sale.inquiry_id = call.id
WHERE call.state = 'ended' AND call.billable = 0 AND call.price_micros IS NOT NULL
ORDER BY call.id;

-- Balance entries keep their sequence.
INSERT INTO posting (sale, kind, cause, party, micros, currency, note, made_by, made_at, entry)
SELECT sale.id, balance_entry.kind, balance_entry.reference, balance_entry.buyer,
    balance_entry.micros, balance_entry.currency, balance_entry.note, balance_entry.made_by,
    balance_entry.made_at, balance_entry.sequence
FROM balance_entry LEFT JOIN sale
    ON balance_entry.kind <> 'credit' AND sale.inquiry_id = balance_entry.reference
ORDER BY balance_entry.sequence;

DROP TABLE balance_entry;
DROP TABLE old_carrier_line;
DROP TABLE old_carrier_call;
DROP TABLE old_attempt;
DROP TABLE old_decision;
DROP TABLE call;

CREATE INDEX inquiry_live ON inquiry (id) WHERE state = 'live';
CREATE INDEX inquiry_by_caller ON inquiry (caller, id) WHERE caller IS NOT NULL;
CREATE INDEX attempt_of_inquiry ON attempt (inquiry_id, ordinal);
CREATE INDEX decision_of_inquiry ON decision (inquiry_id);
CREATE INDEX carrier_call_live ON carrier_call (token) WHERE live = 1;
CREATE INDEX carrier_call_of_call ON carrier_call (call_id);

CREATE TRIGGER posting_is_final BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'a posting is final'); END;

CREATE TRIGGER posting_stays BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'a posting stays'); END;
