-- Pings for calls: who calls, until the bid is used or has ended, and the call that came for it.
ALTER TABLE ping ADD COLUMN caller TEXT;
ALTER TABLE ping ADD COLUMN call TEXT;                  -- NULL until it comes

CREATE INDEX ping_by_caller ON ping (caller) WHERE caller IS NOT NULL;
CREATE INDEX ping_by_end ON ping (expires_at) WHERE caller IS NOT NULL;
