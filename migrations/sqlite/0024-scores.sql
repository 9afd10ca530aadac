-- Models that score inquiries, each trained on the outcomes of earlier ones.
CREATE TABLE score_model (
    version    INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    trained_at INTEGER NOT NULL,
    examples   INTEGER NOT NULL,
    evaluation TEXT    NOT NULL,                        -- JSON: on examples held out
    trees      TEXT    NOT NULL                         -- JSON
) STRICT;

-- The model in use; NULL: the points table.
CREATE TABLE score_use (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    model  INTEGER REFERENCES score_model (version),
    change INTEGER NOT NULL                             -- grows with each change
) STRICT;

INSERT INTO score_use (id, model, change) VALUES (1, NULL, 0);
