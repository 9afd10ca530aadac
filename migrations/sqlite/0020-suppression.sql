-- Suppression lists: whose calls and leads are never routed.

-- The list that the caller was on; NULL if the call entered its flow.
ALTER TABLE inquiry ADD COLUMN suppressed_by TEXT;

CREATE TABLE suppression_list (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE,
    applies_to TEXT    NOT NULL CHECK (applies_to IN ('all', 'offer', 'source')),
    applies_id TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CHECK ((applies_to = 'all') = (applies_id IS NULL))
) STRICT;

-- Entries that were added together: those of one import, or all that were added one by one. An
-- import takes effect as a whole, when its part becomes live. A dropped part stays until its
-- entries are removed.
CREATE TABLE suppression_part (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    list       INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('single', 'loading', 'live', 'dropped')),
    entries    INTEGER NOT NULL DEFAULT 0,
    reason     TEXT,
    until      INTEGER,
    at         INTEGER NOT NULL,
    touched_at INTEGER NOT NULL                         -- last batch of a part that is loading
) STRICT;

CREATE INDEX suppression_part_of_list ON suppression_part (list);

-- Keyed digests of contacts, in their order: a look-up reads one leaf. NULL: as the part.
CREATE TABLE suppression (
    digest BLOB    NOT NULL,
    part   INTEGER NOT NULL,
    since  INTEGER,
    until  INTEGER,
    reason TEXT,
    PRIMARY KEY (digest, part)
) STRICT, WITHOUT ROWID;
