-- The number or SIP address of the party that a buyer transferred its call to.
ALTER TABLE inquiry ADD COLUMN transferred_to TEXT;
