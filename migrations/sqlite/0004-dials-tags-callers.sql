-- Fixed destinations, tags for reports, and repeat callers.

ALTER TABLE call ADD COLUMN dials TEXT NOT NULL DEFAULT '[]';  -- JSON list of fixed destinations
ALTER TABLE call ADD COLUMN tags  TEXT NOT NULL DEFAULT '{}';  -- JSON object of strings

CREATE INDEX call_by_caller ON call (caller, id) WHERE caller IS NOT NULL;
