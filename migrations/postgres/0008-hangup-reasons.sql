-- The Reason header of the party that ended a call.
ALTER TABLE inquiry ADD COLUMN hangup_reason TEXT;
