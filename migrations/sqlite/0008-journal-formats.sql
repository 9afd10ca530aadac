-- The format of a call's journal. Journals of programs before this column have the first.
ALTER TABLE carrier_call ADD COLUMN format INTEGER NOT NULL DEFAULT 1 CHECK (format > 0);
