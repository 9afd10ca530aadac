-- SIP messages of calls, in parts: compressed, without secrets. A part without messages marks a call of
-- which nothing may be kept any more.
CREATE TABLE ladder (
    call     TEXT    NOT NULL,
    at       INTEGER NOT NULL,              -- of the first message
    messages BLOB    NOT NULL DEFAULT x'',
    PRIMARY KEY (call, at)
) STRICT;
CREATE INDEX ladder_at ON ladder (at);
