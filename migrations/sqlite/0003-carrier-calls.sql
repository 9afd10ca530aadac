-- Calls at webhook carriers. A call is its journal: what the carrier reported, the answers, and the
-- decisions, so that any node can continue any call.

-- The texts of flows that these calls use, by the SHA-256 of the text.
CREATE TABLE flow_text (
    hash TEXT NOT NULL PRIMARY KEY,
    file TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE carrier_call (
    token        TEXT    NOT NULL PRIMARY KEY,          -- identifies the call in our URLs
    carrier      TEXT    NOT NULL,
    carrier_id   TEXT    NOT NULL,                      -- the carrier's own id of the call
    account      TEXT,                                  -- the carrier's account it belongs to
    call_id      TEXT    NOT NULL REFERENCES call (id),
    seed         TEXT    NOT NULL,                      -- 64 hexadecimal digits
    flow         TEXT    NOT NULL REFERENCES flow_text (hash),
    live         INTEGER NOT NULL CHECK (live IN (0, 1)),
    UNIQUE (carrier, carrier_id)
) STRICT;

CREATE INDEX carrier_call_live ON carrier_call (token) WHERE live = 1;
CREATE INDEX carrier_call_of_call ON carrier_call (call_id);

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
