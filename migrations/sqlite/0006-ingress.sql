-- Where a call comes from: a trunk's id, or `webhook:` and the carrier's name. A webhook call used
-- to have only the carrier's name, which may also be a trunk's id.

UPDATE call SET trunk = 'webhook:' || trunk WHERE id IN (SELECT call_id FROM carrier_call);
