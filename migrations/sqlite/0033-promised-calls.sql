-- Calls that came for a bid: what their source was promised, and whether it is owed.
ALTER TABLE inquiry ADD COLUMN ping TEXT;               -- JSON; NULL for a call without a ping
ALTER TABLE inquiry ADD COLUMN payout_from_seconds INTEGER;
ALTER TABLE sale ADD COLUMN promised INTEGER;           -- NULL without a promise

-- Whether the buyer said that its bid repeats an earlier one.
ALTER TABLE bid ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0;
