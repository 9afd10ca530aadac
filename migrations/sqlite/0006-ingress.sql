-- Where a call comes from: a trunk's id, or `webhook:` and the carrier's name. A call that a webhook
-- carrier holds had the bare name, which may be a trunk's id too.

UPDATE call SET trunk = 'webhook:' || trunk WHERE id IN (SELECT call_id FROM carrier_call);
