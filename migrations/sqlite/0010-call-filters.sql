-- Calls are listed by what an operator asks for. Each index ends in the id, as ids sort by time: a
-- page is read from one end, however many calls there are.

CREATE INDEX inquiry_by_number ON inquiry (number, id) WHERE number IS NOT NULL;
CREATE INDEX inquiry_by_source ON inquiry (source, id);
CREATE INDEX inquiry_by_offer  ON inquiry (offer, id);
CREATE INDEX inquiry_by_winner ON inquiry (winner_buyer, id) WHERE winner_buyer IS NOT NULL;
CREATE INDEX inquiry_by_reason ON inquiry (reason, id) WHERE reason IS NOT NULL;
CREATE INDEX attempt_by_buyer  ON attempt (buyer, inquiry_id);
