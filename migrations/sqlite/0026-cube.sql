-- Sums for reports by every dimension together, so that no report reads the calls themselves.
--   grain    0 quarter hour, 1 UTC day
-- Empty texts stand for none: no buyer, no number.
CREATE TABLE cube_rollup (
    grain       INTEGER NOT NULL,
    quarter     INTEGER NOT NULL,
    offer       TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    buyer       TEXT    NOT NULL,
    contract    TEXT    NOT NULL,
    number      TEXT    NOT NULL,
    trunk       TEXT    NOT NULL,
    flow        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    currency    TEXT    NOT NULL,                       -- of the amounts; empty without a price
    calls       INTEGER NOT NULL,
    leads       INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    connected   INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    missed      INTEGER NOT NULL,
    duplicates  INTEGER NOT NULL,
    billable    INTEGER NOT NULL,
    returned    INTEGER NOT NULL,
    ended_early INTEGER NOT NULL,
    talk_ms     INTEGER NOT NULL,
    revenue     INTEGER NOT NULL,                       -- micros
    payout      INTEGER NOT NULL,
    margin      INTEGER NOT NULL,
    PRIMARY KEY (grain, quarter, offer, source, buyer, contract, number, trunk, flow, reason,
        currency)
) STRICT, WITHOUT ROWID;

-- Calls and leads that ended, except tests, which no report counts. Those that the program is still
-- to add to the other sums, it adds to these, too. The marks in `inquiry` are written no longer.
INSERT INTO cube_rollup
SELECT 0, started_at / 900000000, offer, source, coalesce(winner_buyer, ''),
    coalesce(winner_contract, ''), coalesce(number, ''), coalesce(trunk, ''), coalesce(flow, ''),
    coalesce(reason, ''), coalesce(price_currency, ''),
    sum(channel = 'call'), sum(channel = 'form'), sum(answered_at IS NOT NULL),
    sum(channel = 'call' AND winner_buyer IS NOT NULL),
    sum(channel = 'call' AND winner_buyer IS NULL AND NOT missed), sum(missed), sum(duplicate),
    0, 0, sum(ended_early), sum(talk_ms), 0, 0, 0
FROM inquiry
WHERE state = 'ended' AND (channel = 'call' OR reason IS NOT 'test_lead')
    AND id <= coalesce((SELECT after FROM rollup_build), '~')
GROUP BY 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;

-- The postings of their sales: a sale is billed or not as a whole. Amounts beyond 2^53 micros are
-- rounded, beyond 2^63 clamped.
INSERT INTO cube_rollup
SELECT 0, quarter, offer, source, buyer, contract, number, trunk, flow, reason, currency,
    0, 0, 0, 0, 0, 0, 0, sum(owed <> 0 OR (bills > 0 AND amounts = 0)),
    sum(owed = 0 AND amounts > 0), 0, 0,
    CAST(total(owed) AS INTEGER), CAST(total(payout) AS INTEGER), CAST(total(margin) AS INTEGER)
FROM (
    SELECT inquiry.started_at / 900000000 AS quarter, inquiry.offer, inquiry.source, sale.buyer,
        sale.contract, coalesce(inquiry.number, '') AS number,
        coalesce(inquiry.trunk, '') AS trunk, coalesce(inquiry.flow, '') AS flow,
        coalesce(inquiry.reason, '') AS reason, posting.currency,
        sum(posting.kind = 'revenue') AS bills,
        sum(posting.kind = 'revenue' AND posting.micros <> 0) AS amounts,
        CAST(total(posting.micros) FILTER (WHERE posting.kind = 'revenue') AS INTEGER) AS owed,
        CAST(total(posting.micros) FILTER (WHERE posting.kind = 'payout') AS INTEGER) AS payout,
        CAST(total(posting.micros) FILTER (WHERE posting.kind = 'margin') AS INTEGER) AS margin
    FROM sale JOIN inquiry ON inquiry.id = sale.inquiry_id JOIN posting ON posting.sale = sale.id
    WHERE inquiry.state = 'ended' AND posting.kind IN ('revenue', 'payout', 'margin')
        AND inquiry.id <= coalesce((SELECT after FROM rollup_build), '~')
    GROUP BY sale.id, posting.currency
)
WHERE TRUE
GROUP BY quarter, offer, source, buyer, contract, number, trunk, flow, reason, currency
ON CONFLICT DO UPDATE SET
    billable = billable + excluded.billable, returned = returned + excluded.returned,
    revenue = revenue + excluded.revenue, payout = payout + excluded.payout,
    margin = margin + excluded.margin;

INSERT INTO cube_rollup
SELECT 1, quarter - quarter % 96, offer, source, buyer, contract, number, trunk, flow, reason,
    currency, sum(calls), sum(leads), sum(answered), sum(connected), sum(transferred),
    sum(missed), sum(duplicates), sum(billable), sum(returned), sum(ended_early), sum(talk_ms),
    CAST(total(revenue) AS INTEGER), CAST(total(payout) AS INTEGER), CAST(total(margin) AS INTEGER)
FROM cube_rollup WHERE grain = 0
GROUP BY quarter - quarter % 96, offer, source, buyer, contract, number, trunk, flow, reason,
    currency;

-- The sums by pairs of dimensions are also kept by hour, for days of other zones than UTC:
--   grain    3 hour
INSERT INTO call_rollup (pair, grain, quarter, first, second, currency,
    calls, answered, connected, transferred, missed,
    duplicates, billable, returned, ended_early, talk_ms, revenue, payout, margin, leads)
SELECT pair, 3, quarter - quarter % 4, first, second, currency,
    sum(calls), sum(answered), sum(connected), sum(transferred), sum(missed),
    sum(duplicates), sum(billable), sum(returned), sum(ended_early), sum(talk_ms),
    CAST(total(revenue) AS INTEGER), CAST(total(payout) AS INTEGER), CAST(total(margin) AS INTEGER),
    sum(leads)
FROM call_rollup WHERE grain = 0
GROUP BY pair, quarter - quarter % 4, first, second, currency;
