-- SIP messages of calls, in parts: compressed, without secrets. A part without messages marks a call of
-- which nothing may be kept any more.
CREATE TABLE ladder (
    call     TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,              -- of the first message
    messages BYTEA  NOT NULL DEFAULT '',
    PRIMARY KEY (call, at)
);
CREATE INDEX ladder_at ON ladder (at);
