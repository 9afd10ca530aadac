-- The tables of migrations/sqlite up to step 34, for PostgreSQL. The comments of those steps explain
-- the columns. Texts compare by their bytes on both engines, times and money are integers on both,
-- and a boolean is 0 or 1. `rowid` counts the rows of a table in the order in which they were added.

-- SQL that SQLite has and PostgreSQL lacks, so that both run the same statements.
CREATE FUNCTION json_each(document TEXT) RETURNS TABLE (key TEXT, value TEXT)
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT member.key COLLATE "C", member.value COLLATE "C"
    FROM jsonb_each_text(CASE jsonb_typeof(document::jsonb)
        WHEN 'object' THEN document::jsonb ELSE '{}' END) AS member
    UNION ALL
    SELECT (place - 1)::text, element COLLATE "C"
    FROM jsonb_array_elements_text(CASE jsonb_typeof(document::jsonb)
        WHEN 'array' THEN document::jsonb ELSE '[]' END) WITH ORDINALITY AS list (element, place)
$$;
CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (jsonb_path_query_first(document::jsonb, path::jsonpath) #>> '{}') COLLATE "C"
$$;
CREATE FUNCTION json_each(document TEXT, path TEXT) RETURNS TABLE (key TEXT, value TEXT)
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT * FROM json_each(json_extract(document, path)) $$;
CREATE FUNCTION json_valid(document TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    PERFORM document::jsonb;
    RETURN TRUE;
EXCEPTION WHEN OTHERS THEN
    RETURN FALSE;
END $$;
CREATE FUNCTION max(one BIGINT, other BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT greatest(one, other) $$;
CREATE FUNCTION min(one BIGINT, other BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT least(one, other) $$;
CREATE FUNCTION instr(text TEXT, part TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT strpos(text, part)::bigint $$;
CREATE FUNCTION substr(text TEXT, start BIGINT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT substr(text, start::integer) COLLATE "C" $$;
CREATE FUNCTION substr(text TEXT, start BIGINT, length BIGINT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT substr(text, start::integer, length::integer) COLLATE "C" $$;

CREATE TABLE cap_use (
    period   TEXT COLLATE "C" NOT NULL,
    level    TEXT COLLATE "C" NOT NULL CHECK (level IN ('contract', 'buyer', 'offer')),
    subject  TEXT COLLATE "C" NOT NULL,
    used     BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    micros   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (period, level, subject)
);
CREATE TABLE book (
    version    BIGINT NOT NULL PRIMARY KEY,
    document   TEXT COLLATE "C" NOT NULL,
    applied_by TEXT COLLATE "C" NOT NULL,
    applied_at BIGINT NOT NULL
);
CREATE TABLE sold_mark (
    mark    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sold_at BIGINT NOT NULL,
    until   BIGINT NOT NULL
);
CREATE TABLE flow_text (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    file TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL
);
CREATE TABLE journal (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL
);
CREATE TABLE inquiry (
    id                     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    channel                TEXT COLLATE "C" NOT NULL CHECK (channel IN ('call', 'form')),
    state                  TEXT COLLATE "C" NOT NULL CHECK (state IN ('live', 'ended')),
    node                   TEXT COLLATE "C",
    offer                  TEXT COLLATE "C" NOT NULL,
    source                 TEXT COLLATE "C" NOT NULL,
    book_version           BIGINT NOT NULL,
    fields                 TEXT COLLATE "C" NOT NULL,
    tags                   TEXT COLLATE "C" NOT NULL,
    started_at             BIGINT NOT NULL,
    ended_at               BIGINT,
    reason                 TEXT COLLATE "C",
    decision_id            TEXT COLLATE "C",
    seen_at                BIGINT NOT NULL,
    winner_contract        TEXT COLLATE "C",
    winner_buyer           TEXT COLLATE "C",
    price_micros           BIGINT,
    price_currency         TEXT COLLATE "C",
    buffer_ms              BIGINT,
    source_payout_micros   BIGINT,
    source_payout_currency TEXT COLLATE "C",
    billable               BIGINT NOT NULL CHECK (billable IN (0, 1)),
    revenue_micros         BIGINT,
    revenue_currency       TEXT COLLATE "C",
    payout_micros          BIGINT,
    payout_currency        TEXT COLLATE "C",
    number                 TEXT COLLATE "C",
    caller                 TEXT COLLATE "C",
    trunk                  TEXT COLLATE "C",
    flow                   TEXT COLLATE "C",
    answered_at            BIGINT,
    bridged_at             BIGINT,
    ended_by               TEXT COLLATE "C",
    sip_status             BIGINT,
    dials                  TEXT COLLATE "C" NOT NULL,
    talk_ms                BIGINT NOT NULL,
    media                  TEXT COLLATE "C" NOT NULL DEFAULT 'null',
    payout_share           TEXT COLLATE "C",
    payout_caps            TEXT COLLATE "C",
    gate_ms                BIGINT NOT NULL DEFAULT 0,
    keyed_at               BIGINT,
    conversion             TEXT COLLATE "C" NOT NULL DEFAULT 'null',
    returns                TEXT COLLATE "C" NOT NULL DEFAULT 'null',
    missed                 BIGINT NOT NULL DEFAULT 0 CHECK (missed IN (0, 1)),
    ended_early            BIGINT NOT NULL DEFAULT 0 CHECK (ended_early IN (0, 1)),
    duplicate              BIGINT NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1)),
    suppressed_by          TEXT COLLATE "C",
    ping                   TEXT COLLATE "C",
    payout_from_seconds    BIGINT,
    CHECK (channel <> 'call' OR (number IS NOT NULL AND trunk IS NOT NULL AND flow IS NOT NULL))
);
CREATE TABLE attempt (
    id                 TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    inquiry_id         TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    ordinal            BIGINT NOT NULL,
    contract           TEXT COLLATE "C" NOT NULL,
    buyer              TEXT COLLATE "C" NOT NULL,
    wave               BIGINT NOT NULL,
    outcome            TEXT COLLATE "C",
    sip_status         BIGINT,
    started_at         BIGINT NOT NULL,
    ring_ms            BIGINT NOT NULL,
    post_dial_delay_ms BIGINT,
    canceled_because   TEXT COLLATE "C",
    tier               TEXT COLLATE "C"
);
CREATE TABLE decision (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    inquiry_id TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    made_at    BIGINT NOT NULL,
    document   TEXT COLLATE "C" NOT NULL,
    rowid      BIGINT GENERATED BY DEFAULT AS IDENTITY
);
CREATE TABLE sale (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    inquiry_id TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    contract   TEXT COLLATE "C" NOT NULL,
    buyer      TEXT COLLATE "C" NOT NULL,
    taken      TEXT COLLATE "C",
    shown      BIGINT CHECK (shown IN (0, 1)),
    terms      TEXT COLLATE "C",
    promised   BIGINT,
    rowid      BIGINT GENERATED BY DEFAULT AS IDENTITY
);
CREATE TABLE posting (
    id       BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    sale     TEXT COLLATE "C" REFERENCES sale (id),
    kind     TEXT COLLATE "C" NOT NULL
        CHECK (kind IN ('revenue', 'payout', 'margin', 'budget', 'charge', 'return', 'credit')),
    cause    TEXT COLLATE "C" NOT NULL,
    party    TEXT COLLATE "C",
    micros   BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    note     TEXT COLLATE "C" NOT NULL,
    made_by  TEXT COLLATE "C" NOT NULL,
    made_at  BIGINT NOT NULL,
    entry    BIGINT,
    CHECK ((sale IS NULL) = (kind = 'credit')),
    CHECK ((entry IS NOT NULL) = (kind IN ('charge', 'return', 'credit')))
);
CREATE TABLE carrier_call (
    token      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    carrier    TEXT COLLATE "C" NOT NULL,
    carrier_id TEXT COLLATE "C" NOT NULL,
    account    TEXT COLLATE "C",
    call_id    TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    seed       TEXT COLLATE "C" NOT NULL,
    flow       TEXT COLLATE "C" NOT NULL REFERENCES flow_text (hash),
    live       BIGINT NOT NULL CHECK (live IN (0, 1)),
    format     BIGINT NOT NULL DEFAULT 1 CHECK (format > 0),
    UNIQUE (carrier, carrier_id)
);
CREATE TABLE carrier_line (
    token  TEXT COLLATE "C" NOT NULL REFERENCES carrier_call (token),
    place  BIGINT NOT NULL,
    errand TEXT COLLATE "C" NOT NULL,
    line   TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (token, place),
    UNIQUE (token, errand)
);
CREATE TABLE token (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL UNIQUE,
    role         TEXT COLLATE "C" NOT NULL,
    scope        TEXT COLLATE "C",
    created_at   BIGINT NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT,
    rowid        BIGINT GENERATED BY DEFAULT AS IDENTITY
);
CREATE TABLE activity (
    number       BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at           BIGINT NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL CHECK (actor IN ('token', 'user')),
    actor_id     TEXT COLLATE "C",
    actor_name   TEXT COLLATE "C" NOT NULL,
    verb         TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C",
    via          TEXT COLLATE "C" NOT NULL,
    address      TEXT COLLATE "C",
    request_key  TEXT COLLATE "C",
    outcome      TEXT COLLATE "C" CHECK (outcome IN ('done', 'refused', 'failed')),
    status       BIGINT,
    reason       TEXT COLLATE "C",
    book_version BIGINT,
    CHECK ((actor = 'token') = (actor_id IS NOT NULL))
);
CREATE TABLE request_key (
    token      TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL,
    activity   BIGINT NOT NULL,
    run        TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    status     BIGINT,
    headers    TEXT COLLATE "C",
    body       BYTEA,
    rowid      BIGINT GENERATED BY DEFAULT AS IDENTITY,
    PRIMARY KEY (token, key)
);
CREATE TABLE recording (
    inquiry_id TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    n          BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    length_ms  BIGINT,
    channels   BIGINT,
    bytes      BIGINT,
    url        TEXT COLLATE "C",
    PRIMARY KEY (inquiry_id, n)
);
CREATE TABLE payout_use (
    source  TEXT COLLATE "C" NOT NULL,
    period  TEXT COLLATE "C" NOT NULL,
    used    BIGINT NOT NULL CHECK (used > 0),
    used_at BIGINT NOT NULL,
    PRIMARY KEY (source, period)
);
CREATE TABLE cost (
    number   BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id       TEXT COLLATE "C" NOT NULL UNIQUE,
    source   TEXT COLLATE "C" NOT NULL,
    offer    TEXT COLLATE "C" NOT NULL,
    day      TEXT COLLATE "C" NOT NULL,
    micros   BIGINT NOT NULL CHECK (micros <> 0),
    currency TEXT COLLATE "C" NOT NULL,
    note     TEXT COLLATE "C" NOT NULL,
    made_by  TEXT COLLATE "C" NOT NULL,
    made_at  BIGINT NOT NULL
);
CREATE TABLE conversion (
    id          BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    sale        TEXT COLLATE "C" NOT NULL REFERENCES sale (id),
    sold        BIGINT NOT NULL CHECK (sold IN (0, 1)),
    micros      BIGINT,
    currency    TEXT COLLATE "C",
    disposition TEXT COLLATE "C",
    reference   TEXT COLLATE "C",
    reported_at BIGINT NOT NULL
);
CREATE TABLE sale_return (
    id            BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    sale          TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES sale (id),
    contract      TEXT COLLATE "C" NOT NULL,
    buyer         TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    reason        TEXT COLLATE "C" NOT NULL,
    note          TEXT COLLATE "C" NOT NULL,
    micros        BIGINT,
    currency      TEXT COLLATE "C",
    asked_at      BIGINT NOT NULL,
    asked_by      TEXT COLLATE "C" NOT NULL,
    accept_at     BIGINT,
    decided_at    BIGINT,
    decided_by    TEXT COLLATE "C",
    decision_note TEXT COLLATE "C" NOT NULL DEFAULT '',
    CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE TABLE secret (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    bytes BYTEA NOT NULL
);
CREATE TABLE event (
    sequence BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id       TEXT COLLATE "C" NOT NULL UNIQUE,
    kind     TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    data     TEXT COLLATE "C" NOT NULL,
    call     TEXT COLLATE "C"
);
CREATE TABLE delivery (
    id       BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    event    BIGINT NOT NULL REFERENCES event (sequence) ON DELETE CASCADE,
    postback TEXT COLLATE "C" NOT NULL,
    state    TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    due_at   BIGINT NOT NULL,
    fault    TEXT COLLATE "C",
    UNIQUE (event, postback)
);
CREATE TABLE outbox (
    one     BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    planned BIGINT NOT NULL,
    resent  BIGINT NOT NULL
);
CREATE TABLE postback_secret (
    postback TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret   TEXT COLLATE "C" NOT NULL,
    made_at  BIGINT NOT NULL
);
CREATE TABLE call_rollup (
    pair        BIGINT NOT NULL,
    grain       BIGINT NOT NULL,
    quarter     BIGINT NOT NULL,
    first       TEXT COLLATE "C" NOT NULL,
    second      TEXT COLLATE "C" NOT NULL,
    currency    TEXT COLLATE "C" NOT NULL,
    calls       BIGINT NOT NULL,
    answered    BIGINT NOT NULL,
    connected   BIGINT NOT NULL,
    transferred BIGINT NOT NULL,
    missed      BIGINT NOT NULL,
    duplicates  BIGINT NOT NULL,
    billable    BIGINT NOT NULL,
    returned    BIGINT NOT NULL,
    ended_early BIGINT NOT NULL,
    talk_ms     BIGINT NOT NULL,
    revenue     BIGINT NOT NULL,
    payout      BIGINT NOT NULL,
    margin      BIGINT NOT NULL,
    leads       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (pair, grain, quarter, first, second, currency)
);
CREATE TABLE attempt_rollup (
    grain             BIGINT NOT NULL,
    quarter           BIGINT NOT NULL,
    tier              TEXT COLLATE "C" NOT NULL,
    offer             TEXT COLLATE "C" NOT NULL,
    buyer             TEXT COLLATE "C" NOT NULL,
    contract          TEXT COLLATE "C" NOT NULL,
    attempts          BIGINT NOT NULL,
    attempts_answered BIGINT NOT NULL,
    attempts_won      BIGINT NOT NULL,
    rings             BIGINT NOT NULL,
    delay_ms          BIGINT NOT NULL,
    delay_max_ms      BIGINT NOT NULL,
    answer_ms         BIGINT NOT NULL,
    answer_max_ms     BIGINT NOT NULL,
    PRIMARY KEY (grain, quarter, tier, offer, buyer, contract)
);
CREATE TABLE rollup_build (
    after TEXT COLLATE "C" NOT NULL
);
CREATE TABLE pause (
    number     BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    contract   TEXT COLLATE "C" NOT NULL,
    because    TEXT COLLATE "C" NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    resumed_at BIGINT,
    resumed_by TEXT COLLATE "C",
    change     BIGINT NOT NULL UNIQUE,
    CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE TABLE balance (
    buyer    TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    micros   BIGINT NOT NULL,
    PRIMARY KEY (buyer, currency)
);
CREATE TABLE carried_leg (
    leg        TEXT COLLATE "C" PRIMARY KEY,
    inquiry_id TEXT COLLATE "C" NOT NULL,
    trunk      TEXT COLLATE "C" NOT NULL,
    number     TEXT COLLATE "C" NOT NULL,
    way        BIGINT NOT NULL,
    dialed_at  BIGINT NOT NULL,
    ended_at   BIGINT,
    talk_ms    BIGINT,
    micros     BIGINT,
    CHECK ((ended_at IS NULL) = (talk_ms IS NULL) AND (ended_at IS NULL) = (micros IS NULL))
);
CREATE TABLE suppression_list (
    id         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    applies_to TEXT COLLATE "C" NOT NULL CHECK (applies_to IN ('all', 'offer', 'source')),
    applies_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CHECK ((applies_to = 'all') = (applies_id IS NULL))
);
CREATE TABLE suppression_part (
    id         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    list       BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('single', 'loading', 'live', 'dropped')),
    entries    BIGINT NOT NULL DEFAULT 0,
    reason     TEXT COLLATE "C",
    until      BIGINT,
    at         BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE TABLE suppression (
    digest BYTEA NOT NULL,
    part   BIGINT NOT NULL,
    since  BIGINT,
    until  BIGINT,
    reason TEXT COLLATE "C",
    PRIMARY KEY (digest, part)
);
CREATE TABLE lead (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES inquiry (id),
    status    TEXT COLLATE "C" NOT NULL
        CHECK (status IN ('received', 'delivering', 'unknown', 'parked', 'sold', 'rejected')),
    steps     TEXT COLLATE "C" NOT NULL,
    in_flight TEXT COLLATE "C" NOT NULL
);
CREATE TABLE lead_key (
    client     TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL,
    lead       TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (client, key)
);
CREATE TABLE lead_certificate (
    certificate TEXT COLLATE "C" NOT NULL,
    lead        TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    PRIMARY KEY (certificate, lead)
);
CREATE TABLE bid (
    inquiry_id      TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    ordinal         BIGINT NOT NULL,
    offer           TEXT COLLATE "C" NOT NULL,
    contract        TEXT COLLATE "C" NOT NULL,
    buyer           TEXT COLLATE "C" NOT NULL,
    asked_at        BIGINT NOT NULL,
    answer_ms       BIGINT,
    amount_micros   BIGINT,
    amount_currency TEXT COLLATE "C",
    ping_id         TEXT COLLATE "C",
    expires_at      BIGINT,
    result          TEXT COLLATE "C" NOT NULL,
    reason          TEXT COLLATE "C",
    destination     TEXT COLLATE "C",
    buffer_seconds  BIGINT,
    repeated        BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (inquiry_id, ordinal)
);
CREATE TABLE score_model (
    version    BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    trained_at BIGINT NOT NULL,
    examples   BIGINT NOT NULL,
    evaluation TEXT COLLATE "C" NOT NULL,
    trees      TEXT COLLATE "C" NOT NULL
);
CREATE TABLE score_use (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    model  BIGINT REFERENCES score_model (version),
    change BIGINT NOT NULL
);
CREATE TABLE reason_rollup (
    about   TEXT COLLATE "C" NOT NULL
        CHECK (about IN ('call', 'lead', 'attempt', 'contract', 'fallback')),
    grain   BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    reason  TEXT COLLATE "C" NOT NULL,
    offer   TEXT COLLATE "C" NOT NULL,
    party   TEXT COLLATE "C" NOT NULL,
    calls   BIGINT NOT NULL,
    sold    BIGINT NOT NULL,
    PRIMARY KEY (about, grain, quarter, reason, offer, party)
);
CREATE TABLE cube_rollup (
    grain       BIGINT NOT NULL,
    quarter     BIGINT NOT NULL,
    offer       TEXT COLLATE "C" NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    buyer       TEXT COLLATE "C" NOT NULL,
    contract    TEXT COLLATE "C" NOT NULL,
    number      TEXT COLLATE "C" NOT NULL,
    trunk       TEXT COLLATE "C" NOT NULL,
    flow        TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    currency    TEXT COLLATE "C" NOT NULL,
    calls       BIGINT NOT NULL,
    leads       BIGINT NOT NULL,
    answered    BIGINT NOT NULL,
    connected   BIGINT NOT NULL,
    transferred BIGINT NOT NULL,
    missed      BIGINT NOT NULL,
    duplicates  BIGINT NOT NULL,
    billable    BIGINT NOT NULL,
    returned    BIGINT NOT NULL,
    ended_early BIGINT NOT NULL,
    talk_ms     BIGINT NOT NULL,
    revenue     BIGINT NOT NULL,
    payout      BIGINT NOT NULL,
    margin      BIGINT NOT NULL,
    PRIMARY KEY (grain, quarter, offer, source, buyer, contract, number, trunk, flow, reason, currency)
);
CREATE TABLE ping (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source     TEXT COLLATE "C" NOT NULL,
    offer      TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    test       BIGINT NOT NULL,
    expires_at BIGINT,
    lead       TEXT COLLATE "C",
    record     TEXT COLLATE "C" NOT NULL,
    caller     TEXT COLLATE "C",
    call       TEXT COLLATE "C"
);
CREATE TABLE announced (
    platform TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    page     TEXT COLLATE "C",
    form     TEXT COLLATE "C",
    at       BIGINT NOT NULL,
    due_at   BIGINT,
    attempts BIGINT NOT NULL,
    state    TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'taken', 'dead')),
    lead     TEXT COLLATE "C",
    reason   TEXT COLLATE "C",
    PRIMARY KEY (platform, id)
);
CREATE TABLE lead_delivery (
    lead     TEXT COLLATE "C" NOT NULL REFERENCES inquiry (id),
    contract TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    fault    TEXT COLLATE "C",
    PRIMARY KEY (lead, contract)
);
CREATE TABLE lead_status (
    sale     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lead     TEXT COLLATE "C" NOT NULL,
    contract TEXT COLLATE "C" NOT NULL,
    due_at   BIGINT,
    until    BIGINT NOT NULL
);
CREATE TABLE ping_bid (
    ping            TEXT COLLATE "C" NOT NULL REFERENCES ping (id) ON DELETE CASCADE,
    ordinal         BIGINT NOT NULL,
    offer           TEXT COLLATE "C" NOT NULL,
    contract        TEXT COLLATE "C" NOT NULL,
    buyer           TEXT COLLATE "C" NOT NULL,
    asked_at        BIGINT NOT NULL,
    answer_ms       BIGINT,
    amount_micros   BIGINT,
    amount_currency TEXT COLLATE "C",
    ping_id         TEXT COLLATE "C",
    expires_at      BIGINT,
    result          TEXT COLLATE "C" NOT NULL,
    reason          TEXT COLLATE "C",
    destination     TEXT COLLATE "C",
    buffer_seconds  BIGINT,
    repeated        BIGINT NOT NULL,
    PRIMARY KEY (ping, ordinal)
);

CREATE INDEX cap_use_by_time ON cap_use (taken_at);
CREATE INDEX sold_mark_by_expiry ON sold_mark (until);
CREATE INDEX sale_of_inquiry ON sale (inquiry_id);
CREATE UNIQUE INDEX posting_once ON posting (sale, kind, cause);
CREATE UNIQUE INDEX posting_credit_once ON posting (cause) WHERE sale IS NULL;
CREATE UNIQUE INDEX posting_by_entry ON posting (entry) WHERE entry IS NOT NULL;
CREATE INDEX posting_of_party ON posting (party, entry) WHERE entry IS NOT NULL;
CREATE INDEX posting_by_cause ON posting (cause, kind) WHERE entry IS NOT NULL;
CREATE INDEX inquiry_live ON inquiry (id) WHERE state = 'live';
CREATE INDEX inquiry_by_caller ON inquiry (caller, id) WHERE caller IS NOT NULL;
CREATE INDEX attempt_of_inquiry ON attempt (inquiry_id, ordinal);
CREATE INDEX decision_of_inquiry ON decision (inquiry_id);
CREATE INDEX carrier_call_live ON carrier_call (token) WHERE live = 1;
CREATE INDEX carrier_call_of_call ON carrier_call (call_id);
CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_at IS NULL;
CREATE INDEX activity_by_time ON activity (at);
CREATE INDEX request_key_by_time ON request_key (created_at);
CREATE INDEX request_key_of_activity ON request_key (activity);
CREATE INDEX inquiry_by_number ON inquiry (number, id) WHERE number IS NOT NULL;
CREATE INDEX inquiry_by_source ON inquiry (source, id);
CREATE INDEX inquiry_by_offer ON inquiry (offer, id);
CREATE INDEX inquiry_by_winner ON inquiry (winner_buyer, id) WHERE winner_buyer IS NOT NULL;
CREATE INDEX inquiry_by_reason ON inquiry (reason, id) WHERE reason IS NOT NULL;
CREATE INDEX attempt_by_buyer ON attempt (buyer, inquiry_id);
CREATE INDEX posting_of_party_by_time ON posting (party, made_at) WHERE party IS NOT NULL;
CREATE INDEX cost_by_day ON cost (day, source, offer);
CREATE INDEX conversion_of_sale ON conversion (sale, id);
CREATE INDEX sale_return_of_buyer ON sale_return (buyer, id);
CREATE INDEX sale_return_of_contract ON sale_return (contract, asked_at);
CREATE INDEX sale_return_open ON sale_return (accept_at) WHERE state = 'open';
CREATE INDEX posting_of_budget ON posting (id) WHERE kind = 'budget';
CREATE INDEX delivery_due_of_postback ON delivery (postback, due_at) WHERE state = 'waiting';
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';
CREATE INDEX delivery_ended ON delivery (due_at) WHERE state <> 'waiting';
CREATE INDEX pause_open ON pause (contract, until) WHERE resumed_at IS NULL;
CREATE INDEX pause_until ON pause (until);
CREATE INDEX carried_leg_of_trunk ON carried_leg (trunk, dialed_at);
CREATE INDEX carried_leg_dialed_at ON carried_leg (dialed_at);
CREATE INDEX event_of_call ON event (call) WHERE call IS NOT NULL;
CREATE INDEX suppression_part_of_list ON suppression_part (list);
CREATE INDEX lead_by_status ON lead (status, id);
CREATE INDEX lead_key_by_time ON lead_key (created_at);
CREATE INDEX lead_certificate_by_lead ON lead_certificate (lead);
CREATE INDEX bid_by_time ON bid (asked_at, inquiry_id, ordinal);
CREATE INDEX bid_by_buyer ON bid (buyer, asked_at, inquiry_id, ordinal);
CREATE INDEX ping_by_time ON ping (at, source);
CREATE INDEX ping_by_source ON ping (source, at);
CREATE INDEX announced_by_due ON announced (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX announced_by_time ON announced (at);
CREATE INDEX lead_status_by_due ON lead_status (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lead_status_by_end ON lead_status (until);
CREATE INDEX ping_by_caller ON ping (caller) WHERE caller IS NOT NULL;
CREATE INDEX ping_by_end ON ping (expires_at) WHERE caller IS NOT NULL;
CREATE INDEX ping_bid_by_time ON ping_bid (asked_at, ping, ordinal);
CREATE INDEX ping_bid_by_buyer ON ping_bid (buyer, asked_at, ping, ordinal);

-- The highest number of an event that there ever was, as SQLite keeps it.
CREATE TABLE sqlite_sequence (name TEXT COLLATE "C" PRIMARY KEY, seq BIGINT NOT NULL);
INSERT INTO sqlite_sequence VALUES ('event', 0);
CREATE FUNCTION event_added() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sqlite_sequence SET seq = NEW.sequence WHERE name = 'event';
    RETURN NULL;
END $$;
CREATE TRIGGER event_added AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_added();
INSERT INTO outbox VALUES (1, 0, 0);
INSERT INTO score_use (id, model, change) VALUES (1, NULL, 0);

-- Rows that stay as they were written.
CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;
CREATE TRIGGER posting_is_final BEFORE UPDATE ON posting
    FOR EACH ROW EXECUTE FUNCTION refuse('a posting is final');
CREATE TRIGGER posting_stays BEFORE DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION refuse('a posting stays');
CREATE TRIGGER activity_is_final BEFORE UPDATE ON activity
    FOR EACH ROW WHEN (OLD.outcome IS NOT NULL)
    EXECUTE FUNCTION refuse('an entry of the activity log is final');
CREATE TRIGGER cost_is_final BEFORE UPDATE ON cost
    FOR EACH ROW EXECUTE FUNCTION refuse('a cost is final');
CREATE TRIGGER cost_stays BEFORE DELETE ON cost
    FOR EACH ROW EXECUTE FUNCTION refuse('a cost stays');
CREATE TRIGGER conversion_is_final BEFORE UPDATE ON conversion
    FOR EACH ROW WHEN (NEW.reference IS NOT NULL OR NEW.id <> OLD.id OR NEW.sale <> OLD.sale
        OR NEW.sold <> OLD.sold OR NEW.micros IS DISTINCT FROM OLD.micros
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.disposition IS DISTINCT FROM OLD.disposition OR NEW.reported_at <> OLD.reported_at)
    EXECUTE FUNCTION refuse('a report is final');
CREATE TRIGGER sale_return_is_final BEFORE UPDATE ON sale_return
    FOR EACH ROW WHEN (OLD.state <> 'open' AND (NEW.note <> '' OR NEW.decision_note <> ''
        OR NEW.id <> OLD.id OR NEW.sale <> OLD.sale OR NEW.contract <> OLD.contract
        OR NEW.buyer <> OLD.buyer OR NEW.state <> OLD.state OR NEW.reason <> OLD.reason
        OR NEW.micros IS DISTINCT FROM OLD.micros OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.asked_at <> OLD.asked_at OR NEW.asked_by <> OLD.asked_by
        OR NEW.accept_at IS DISTINCT FROM OLD.accept_at
        OR NEW.decided_at IS DISTINCT FROM OLD.decided_at
        OR NEW.decided_by IS DISTINCT FROM OLD.decided_by))
    EXECUTE FUNCTION refuse('a decided return is final');

-- How the delivery of a lead by a postback ended.
CREATE FUNCTION lead_delivery_ended() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lead_delivery
    SELECT event.call, substr(NEW.postback, 10), NEW.due_at, NEW.attempts,
        CASE NEW.state WHEN 'dead' THEN coalesce(NEW.fault, '') END
    FROM event WHERE event.sequence = NEW.event AND event.call IS NOT NULL
    ON CONFLICT (lead, contract) DO UPDATE
        SET at = excluded.at, attempts = excluded.attempts, fault = excluded.fault;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_delivery_ended AFTER UPDATE OF state ON delivery
    FOR EACH ROW WHEN (NEW.state <> 'waiting' AND NEW.postback LIKE 'contract:%')
    EXECUTE FUNCTION lead_delivery_ended();

-- Tells every program that follows the database that there is something new.
CREATE FUNCTION tell() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('strowger', '');
    RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER INSERT ON book FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER INSERT ON posting FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER INSERT ON sale_return FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON pause FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER UPDATE ON score_use FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER UPDATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell();
