-- The outbox: events, written with the facts that caused them, and their deliveries to postbacks.

CREATE TABLE event (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,                   -- the same happening has the same id
    kind     TEXT    NOT NULL,                          -- call.completed …
    at       INTEGER NOT NULL,
    data     TEXT    NOT NULL                           -- JSON: what happened
) STRICT;

-- One row for each postback that reports an event.
CREATE TABLE delivery (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    event    INTEGER NOT NULL REFERENCES event (sequence) ON DELETE CASCADE,
    postback TEXT    NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts INTEGER NOT NULL,                          -- since it was planned or resent
    since    INTEGER NOT NULL,                          -- when it was planned or resent
    due_at   INTEGER NOT NULL,                          -- next attempt; when it ended
    fault    TEXT,                                      -- why the last attempt failed
    UNIQUE (event, postback)
) STRICT;

CREATE INDEX delivery_due_of_postback ON delivery (postback, due_at) WHERE state = 'waiting';
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';
CREATE INDEX delivery_ended ON delivery (due_at) WHERE state <> 'waiting';

-- How far events are planned, and how often something was resent.
CREATE TABLE outbox (
    one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    planned INTEGER NOT NULL,
    resent  INTEGER NOT NULL
) STRICT;

INSERT INTO outbox VALUES (1, 0, 0);

-- Keys that the program made. Those of the settings are not here.
CREATE TABLE postback_secret (
    postback TEXT    NOT NULL PRIMARY KEY,
    secret   TEXT    NOT NULL,                          -- whsec_ and base64
    made_at  INTEGER NOT NULL
) STRICT;
