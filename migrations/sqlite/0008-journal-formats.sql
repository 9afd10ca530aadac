-- The format of a call's journal. Journals from before this column have format 1.
ALTER TABLE carrier_call ADD COLUMN format INTEGER NOT NULL DEFAULT 1 CHECK (format > 0);
