-- What flows do past all contracts, what they keep for reports, and who has called before.

ALTER TABLE call ADD COLUMN dials TEXT NOT NULL DEFAULT '[]';  -- JSON list of fixed destinations
ALTER TABLE call ADD COLUMN tags  TEXT NOT NULL DEFAULT '{}';  -- JSON object of texts

CREATE INDEX call_by_caller ON call (caller, id) WHERE caller IS NOT NULL;
