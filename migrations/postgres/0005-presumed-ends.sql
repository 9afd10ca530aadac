-- A call whose node is gone is presumed to have ended at its last heartbeat. What its node knows better
-- replaces that end.
ALTER TABLE inquiry ADD COLUMN presumed BIGINT NOT NULL DEFAULT 0 CHECK (presumed IN (0, 1));
CREATE INDEX inquiry_presumed ON inquiry (id) WHERE presumed = 1;
