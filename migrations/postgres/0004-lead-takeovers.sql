-- The leads of a node that is gone are taken over, too. What the parts are is the programs' affair: an
-- older one runs beside a newer one that knows more of them.
ALTER TABLE node_takeover DROP CONSTRAINT node_takeover_part_check;
