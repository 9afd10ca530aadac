-- What a SIP call's media were: packets, loss, jitter, and whether a party was never heard. JSON;
-- null for calls of webhook carriers, and for calls of older programs.

ALTER TABLE inquiry ADD COLUMN media TEXT NOT NULL DEFAULT 'null';
