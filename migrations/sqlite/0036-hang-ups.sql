-- Hang-ups that the node which keeps the call has not taken yet. A number is never used again.
CREATE TABLE hang_up (
    number   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    call     TEXT    NOT NULL UNIQUE,
    asked_at INTEGER NOT NULL                   -- by the database's clock
) STRICT;
