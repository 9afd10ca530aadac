-- Calls at webhook carriers. A call is nothing but its journal: what the carrier told, what it was
-- answered, and what was decided on the way, so that any node goes on with any call.

-- The texts of flows that such calls are in, by the SHA-256 of the text.
CREATE TABLE flow_text (
    hash TEXT NOT NULL PRIMARY KEY,
    file TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE carrier_call (
    token        TEXT    NOT NULL PRIMARY KEY,          -- names the call in our addresses
    carrier      TEXT    NOT NULL,
    carrier_id   TEXT    NOT NULL,                      -- the carrier's own name of the call
    account      TEXT,                                  -- the carrier's account that it belongs to
    call_id      TEXT    NOT NULL REFERENCES call (id),
    seed         TEXT    NOT NULL,                      -- 64 hexadecimal digits
    flow         TEXT    NOT NULL REFERENCES flow_text (hash),
    live         INTEGER NOT NULL CHECK (live IN (0, 1)),
    UNIQUE (carrier, carrier_id)
) STRICT;

CREATE INDEX carrier_call_live ON carrier_call (token) WHERE live = 1;
CREATE INDEX carrier_call_of_call ON carrier_call (call_id);

-- One row for each request of the carrier that was answered. The same errand is answered once;
-- whoever asks again gets the same answer.
CREATE TABLE carrier_line (
    token  TEXT    NOT NULL REFERENCES carrier_call (token),
    place  INTEGER NOT NULL,                            -- from 1
    errand TEXT    NOT NULL,
    line   TEXT    NOT NULL,                            -- JSON
    answer TEXT    NOT NULL,
    PRIMARY KEY (token, place),
    UNIQUE (token, errand)
) STRICT;
