-- Bids on calls: where the call goes and from which connected time it is billable, if the bid wins.
ALTER TABLE bid ADD COLUMN destination TEXT;            -- NULL for the contract's
ALTER TABLE bid ADD COLUMN buffer_seconds INTEGER;      -- NULL for the contract's
