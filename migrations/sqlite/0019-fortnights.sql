-- Sums for reports are also kept by fortnight, so that a year is read from a seventh of the rows:
--   grain    2 fortnight: 14 UTC days, counted from 1970-01-01

-- Sums of a fortnight beyond 2^53 micros are rounded, beyond 2^63 clamped.
INSERT INTO call_rollup (pair, grain, quarter, first, second, currency,
    calls, answered, connected, transferred, missed,
    duplicates, billable, returned, ended_early, talk_ms, revenue, payout, margin)
SELECT pair, 2, quarter - quarter % 1344, first, second, currency,
    sum(calls), sum(answered), sum(connected), sum(transferred), sum(missed),
    sum(duplicates), sum(billable), sum(returned), sum(ended_early), sum(talk_ms),
    CAST(total(revenue) AS INTEGER), CAST(total(payout) AS INTEGER), CAST(total(margin) AS INTEGER)
FROM call_rollup WHERE grain = 1
GROUP BY pair, quarter - quarter % 1344, first, second, currency;

INSERT INTO attempt_rollup
SELECT 2, quarter - quarter % 1344, tier, offer, buyer, contract,
    sum(attempts), sum(attempts_answered), sum(attempts_won), sum(rings), sum(delay_ms),
    max(delay_max_ms), sum(answer_ms), max(answer_max_ms)
FROM attempt_rollup WHERE grain = 1
GROUP BY quarter - quarter % 1344, tier, offer, buyer, contract;

INSERT INTO reason_rollup
SELECT about, 2, quarter - quarter % 1344, reason, offer, party, sum(calls), sum(sold)
FROM reason_rollup WHERE grain = 1
GROUP BY about, quarter - quarter % 1344, reason, offer, party;
