-- Reasons of the ends of form leads, beside those of calls. Leads that ended before count no reason.
CREATE TABLE new_reason_rollup (
    about   TEXT    NOT NULL CHECK (about IN ('call', 'lead', 'attempt', 'contract', 'fallback')),
    grain   INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    offer   TEXT    NOT NULL,
    party   TEXT    NOT NULL,                           -- source of a call or a lead, buyer, contract
    calls   INTEGER NOT NULL,
    sold    INTEGER NOT NULL,
    PRIMARY KEY (about, grain, quarter, reason, offer, party)
) STRICT, WITHOUT ROWID;

INSERT INTO new_reason_rollup SELECT * FROM reason_rollup;
DROP TABLE reason_rollup;
ALTER TABLE new_reason_rollup RENAME TO reason_rollup;
