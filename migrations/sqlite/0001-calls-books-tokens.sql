-- Times are microseconds since 1970-01-01T00:00:00Z, durations milliseconds, money millionths
-- of a currency's unit. Ids of events are UUIDv7 as text, so they sort by time.

CREATE TABLE call (
    id                     TEXT    NOT NULL PRIMARY KEY,
    state                  TEXT    NOT NULL CHECK (state IN ('live', 'ended')),
    number                 TEXT    NOT NULL,
    caller                 TEXT,
    trunk                  TEXT    NOT NULL,
    offer                  TEXT    NOT NULL,
    source                 TEXT    NOT NULL,
    flow                   TEXT    NOT NULL,
    book_version           INTEGER NOT NULL,
    fields                 TEXT    NOT NULL,            -- JSON object of strings
    started_at             INTEGER NOT NULL,
    answered_at            INTEGER,
    bridged_at             INTEGER,
    ended_at               INTEGER,
    ended_by               TEXT,
    reason                 TEXT,
    sip_status             INTEGER,
    winner_contract        TEXT,
    winner_buyer           TEXT,
    price_micros           INTEGER,                     -- the winner's terms
    price_currency         TEXT,
    buffer_ms              INTEGER,
    source_payout_micros   INTEGER,
    source_payout_currency TEXT,
    talk_ms                INTEGER NOT NULL,
    billable               INTEGER NOT NULL CHECK (billable IN (0, 1)),
    revenue_micros         INTEGER,                     -- the resulting amounts
    revenue_currency       TEXT,
    payout_micros          INTEGER,
    payout_currency        TEXT,
    decision_id            TEXT,
    seen_at                INTEGER NOT NULL,            -- the last heartbeat
    caps_taken             INTEGER NOT NULL DEFAULT 0 CHECK (caps_taken IN (0, 1))
) STRICT;

CREATE INDEX call_live ON call (id) WHERE state = 'live';

CREATE TABLE attempt (
    id                 TEXT    NOT NULL PRIMARY KEY,
    call_id            TEXT    NOT NULL REFERENCES call (id),
    ordinal            INTEGER NOT NULL,
    contract           TEXT    NOT NULL,
    buyer              TEXT    NOT NULL,
    wave               INTEGER NOT NULL,
    outcome            TEXT,
    sip_status         INTEGER,
    started_at         INTEGER NOT NULL,
    ring_ms            INTEGER NOT NULL,
    post_dial_delay_ms INTEGER
) STRICT;

CREATE INDEX attempt_of_call ON attempt (call_id, ordinal);

CREATE TABLE decision (
    id       TEXT    NOT NULL PRIMARY KEY,
    call_id  TEXT    NOT NULL REFERENCES call (id),
    made_at  INTEGER NOT NULL,
    document TEXT    NOT NULL                           -- JSON
) STRICT;

CREATE INDEX decision_of_call ON decision (call_id);

-- One row for each counter that calls took units from. A call counts once (call.caps_taken).
-- A period also identifies its window: 2026-11-01T01-0400, 2026-11-01, 2026-W44, 2026-11, total.
CREATE TABLE cap_use (
    period   TEXT    NOT NULL,
    level    TEXT    NOT NULL CHECK (level IN ('contract', 'buyer', 'offer')),
    subject  TEXT    NOT NULL,
    used     INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,                          -- when the last unit was taken
    PRIMARY KEY (period, level, subject)
) STRICT;

CREATE INDEX cap_use_by_time ON cap_use (taken_at);

CREATE TABLE book (
    version    INTEGER NOT NULL PRIMARY KEY,
    document   TEXT    NOT NULL,                        -- TOML, as it was applied
    applied_by TEXT    NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
    hash       TEXT    NOT NULL PRIMARY KEY,            -- SHA-256 of the secret, in hexadecimal
    role       TEXT    NOT NULL,
    scope      TEXT,                                    -- the buyer or source it belongs to
    created_at INTEGER NOT NULL
) STRICT;
