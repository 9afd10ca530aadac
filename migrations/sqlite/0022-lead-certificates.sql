-- Consent certificates of form leads, so that one certificate is not used for several people or
-- by several sources.

CREATE TABLE lead_certificate (
    certificate TEXT NOT NULL,                          -- URL or id, in its normal form
    lead        TEXT NOT NULL REFERENCES inquiry (id),
    PRIMARY KEY (certificate, lead)
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_certificate_by_lead ON lead_certificate (lead);
