-- Tokens have names, ends and an owner; every change has an entry in the activity log; requests
-- with an idempotency key keep their answers for a day.

ALTER TABLE token RENAME TO old_token;

CREATE TABLE token (
    id           TEXT    NOT NULL PRIMARY KEY,          -- tok_ and 12 digits of the hash
    name         TEXT    NOT NULL,
    hash         TEXT    NOT NULL UNIQUE,               -- SHA-256 of the secret, in hexadecimal
    role         TEXT    NOT NULL,
    scope        TEXT,                                  -- the buyer or source that it is for
    created_at   INTEGER NOT NULL,
    created_by   TEXT    NOT NULL,                      -- empty before schema 9
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER                                -- to the hour
) STRICT;

INSERT INTO token
SELECT 'tok_' || substr(hash, 1, 12), role || '-' || substr(hash, 1, 12), hash, role, scope,
    created_at, '', NULL, NULL, NULL
FROM old_token ORDER BY created_at, hash;

DROP TABLE old_token;

CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_at IS NULL;

-- One row for each change that was asked for by somebody who may make it. What it changed in the
-- database and the outcome `done` are written in one transaction.
CREATE TABLE activity (
    number       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL CHECK (actor IN ('token', 'user')),
    actor_id     TEXT,                                  -- the token's id; a user has none
    actor_name   TEXT    NOT NULL,                      -- the token's name; the system's user
    verb         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,                      -- what was changed: book, buyer, token …
    subject      TEXT,                                  -- its id
    via          TEXT    NOT NULL,                      -- PUT /v1/book, strowger book apply …
    address      TEXT,                                  -- where the request came from
    request_key  TEXT,                                  -- its idempotency key
    outcome      TEXT CHECK (outcome IN ('done', 'refused', 'failed')),
    status       INTEGER,                               -- of a request that was refused or failed
    reason       TEXT,
    book_version INTEGER,                               -- the version that it made
    CHECK ((actor = 'token') = (actor_id IS NOT NULL))
) STRICT;

CREATE INDEX activity_by_time ON activity (at);

CREATE TRIGGER activity_is_final BEFORE UPDATE ON activity WHEN OLD.outcome IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an entry of the activity log is final'); END;

-- Requests with an idempotency key, of each token. `run` is the run of the program that answers
-- it: of another run, it was cut off.
CREATE TABLE request_key (
    token      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    digest     TEXT    NOT NULL,                        -- SHA-256 of the request, in hexadecimal
    activity   INTEGER NOT NULL,
    run        TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    status     INTEGER,                                 -- the answer, once there is one
    headers    TEXT,                                    -- JSON list of name and value
    body       BLOB,
    PRIMARY KEY (token, key)
) STRICT;

CREATE INDEX request_key_by_time ON request_key (created_at);
CREATE INDEX request_key_of_activity ON request_key (activity);
