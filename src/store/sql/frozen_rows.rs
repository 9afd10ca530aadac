//! The rows of a proof, read one after the other. SQLite sorts in temporary files.

use super::call;
use super::cap_use;
use super::case;
use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::Value;
use super::engine::params;
use super::lead;
use super::posting;
use crate::base::InquiryId;
use crate::base::Money;
use crate::book::PayoutCaps;
use crate::proof::BalanceSum;
use crate::proof::CarrierCalls;
use crate::proof::Counted;
use crate::proof::CounterRow;
use crate::proof::CounterSum;
use crate::proof::LedgerSum;
use crate::proof::Numbering;
use crate::proof::Orphan;
use crate::proof::Paid;
use crate::proof::PayoutCounted;
use crate::proof::PayoutRow;
use crate::proof::Proof;
use crate::proof::ReportDay;
use crate::proof::ReportSums;
use crate::proof::SoldUnit;
use crate::proof::StoredCall;
use crate::proof::StoredLead;
use crate::proof::StoredSale;
use crate::proof::Taken;
use crate::store::Sale;
use crate::store::StoreError;

const CALLS: &str = "SELECT * FROM inquiry WHERE channel = 'call' ORDER BY id";
const LEADS: &str = "
    SELECT inquiry.*, lead.status, lead.steps, lead.in_flight
    FROM inquiry JOIN lead ON lead.id = inquiry.id ORDER BY inquiry.id";
/// A lead has a row in both tables.
const HALF_LEADS: &str = "
    SELECT 'lead' AS place, id, id AS call FROM inquiry
    WHERE channel = 'form' AND NOT EXISTS (SELECT 1 FROM lead WHERE lead.id = inquiry.id)";
const SALES: &str = "SELECT id, contract, buyer, taken FROM sale WHERE inquiry_id = $1 ORDER BY id";
const CARRIER_CALLS: &str = "
    SELECT count(*) AS total, coalesce(sum(live), 0) AS live FROM carrier_call WHERE call_id = $1";
const ORPHANS: &str = "
    SELECT place, id, call FROM (
        SELECT 'attempt' AS place, id, inquiry_id AS call FROM attempt
        UNION ALL SELECT 'decision', id, inquiry_id FROM decision
        UNION ALL SELECT 'sale', id, inquiry_id FROM sale
        UNION ALL SELECT 'lead', id, id FROM lead
        UNION ALL SELECT 'recording', CAST(n AS TEXT), inquiry_id FROM recording
        UNION ALL SELECT 'ping', id, call FROM ping WHERE call IS NOT NULL
        UNION ALL SELECT 'webhook call', carrier_id, call_id FROM carrier_call) AS rows_of_calls
    WHERE NOT EXISTS (SELECT 1 FROM inquiry WHERE inquiry.id = call)";
const ORPHANS_OF_SALES: &str = "
    SELECT place, number, sold FROM (
        SELECT 'posting' AS place, id AS number, sale AS sold FROM posting
        UNION ALL SELECT 'report', id, sale FROM conversion
        UNION ALL SELECT 'return', id, sale FROM sale_return) AS rows_of_sales
    WHERE sold IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sale WHERE sale.id = sold)";
const POSTINGS: &str = "SELECT count(*) AS total, coalesce(max(id), 0) AS highest FROM posting";
const ENTRIES: &str = "
    SELECT count(*) AS total, coalesce(max(entry), 0) AS highest FROM posting
    WHERE entry IS NOT NULL";
const SUMS: &str = "
    SELECT kind, party, currency, sum(micros >> 32) AS high, sum(micros & 4294967295) AS low
    FROM posting WHERE kind IN ('revenue', 'payout', 'margin')
    GROUP BY kind, party, currency";

/// Selects the stored balances, and the sums of the entries of each.
const BALANCES: &str = "
    SELECT buyer, currency, max(stored) AS stored, sum(high) AS high, sum(low) AS low FROM (
        SELECT buyer, currency, micros AS stored, 0 AS high, 0 AS low FROM balance
        UNION ALL
        SELECT party, currency, NULL, micros >> 32, micros & 4294967295 FROM posting
        WHERE entry IS NOT NULL AND party IS NOT NULL) AS entries
    GROUP BY buyer, currency";

/// Selects the units of sales and the counters, by account. A unit is stored as
/// `{"contract":"acme","period":"2026-11"}`. The postings of a sale are summed once for all units.
const COUNTERS: &str = "
    WITH sold AS MATERIALIZED (
        SELECT CASE WHEN json_valid(taken) THEN taken END AS taken,
            (SELECT coalesce(sum(micros >> 32), 0) FROM posting
             WHERE posting.sale = sale.id AND posting.kind = 'budget') AS high,
            (SELECT coalesce(sum(micros & 4294967295), 0) FROM posting
             WHERE posting.sale = sale.id AND posting.kind = 'budget') AS low,
            EXISTS (SELECT 1 FROM posting
             WHERE posting.sale = sale.id AND posting.kind = 'budget' AND micros > 0) AS raised,
            coalesce((SELECT CASE WHEN coalesce(json_extract(sale.terms, '$.returns.frees_cap'),
                json_extract(inquiry.returns, '$.frees_cap')) || '' IN ('1', 'true')
                THEN 1 ELSE 0 END
             FROM sale_return JOIN inquiry ON inquiry.id = sale.inquiry_id
             WHERE sale_return.sale = sale.id AND sale_return.state = 'accepted'), 0) AS freed
        FROM sale)
    SELECT 0 AS part, account.key AS level, account.value AS subject,
        json_extract(unit.value, '$.period') AS period,
        json_extract(taken, '$.at') AS at, json_extract(taken, '$.price') AS price,
        high, low, raised, freed, NULL AS used, NULL AS micros
    FROM sold, json_each(taken, '$.units') AS unit, json_each(unit.value) AS account
    WHERE account.key <> 'period'
    UNION ALL
    SELECT 1, level, subject, period, NULL, NULL, NULL, NULL, NULL, NULL, used, micros
    FROM cap_use
    ORDER BY level, subject, part";

/// Selects the counts of payouts and the payouts that they count: the first one of each sale.
const PAYOUTS: &str = "
    SELECT 0 AS part, source, period, used, NULL AS id, NULL AS made_at,
        NULL AS payout_caps
    FROM payout_use
    UNION ALL
    SELECT 1, posting.party, NULL, NULL, posting.id, posting.made_at,
        inquiry.payout_caps
    FROM posting JOIN sale ON sale.id = posting.sale
        JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE posting.kind = 'payout' AND posting.micros > 0 AND posting.party IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM posting AS earlier
            WHERE earlier.sale = posting.sale AND earlier.kind = 'payout' AND earlier.micros > 0
                AND earlier.id < posting.id)
    ORDER BY source, part, id DESC";

/// Selects the sums for reports by day, in halves as in `balance`. A call counts once in each pair,
/// except in the last: there once per tag. The cube is pair -1.
const REPORTS: &str = "
    WITH sums AS (
        SELECT pair, grain, quarter, currency, calls, leads, answered, talk_ms, revenue, payout,
            margin
        FROM call_rollup WHERE pair <> 5
        UNION ALL
        SELECT -1, grain, quarter, currency, calls, leads, answered, talk_ms, revenue, payout,
            margin
        FROM cube_rollup)
    SELECT pair, grain, quarter / 96 AS day, currency, sum(calls) AS calls,
        sum(leads) AS leads,
        sum(answered) AS answered, sum(talk_ms) AS talk_ms,
        sum(revenue >> 32) AS revenue_high, sum(revenue & 4294967295) AS revenue_low,
        sum(payout >> 32) AS payout_high, sum(payout & 4294967295) AS payout_low,
        sum(margin >> 32) AS margin_high, sum(margin & 4294967295) AS margin_low
    FROM sums
    GROUP BY pair, grain, quarter / 96, currency";

/// Whether calls of older schemas are still to be added to the sums.
const BUILDING: &str = "SELECT EXISTS (SELECT 1 FROM rollup_build)";

/// Passes all rows to a proof.
pub(super) fn all(db: &Db, proof: &mut Proof) -> Result<(), StoreError> {
    calls(db, proof)?;
    leads(db, proof)?;
    orphans(db, proof)?;
    for (what, sql) in [("postings", POSTINGS), ("balance entries", ENTRIES)] {
        let numbers = db.query_row(sql, params![], |row| {
            Ok(Numbering { what, rows: row.get("total")?, last: row.get("highest")? })
        })?;
        proof.numbering(numbers);
    }
    each(db, SUMS, proof, "posting", sum, Proof::sum)?;
    each(db, BALANCES, proof, "balance", balance, Proof::balance)?;
    each(db, COUNTERS, proof, "counter", counter, Proof::counter)?;
    each(db, PAYOUTS, proof, "count of payouts", payout, Proof::payout)?;
    if db.query_row(BUILDING, params![], |row| row.get(0))? {
        return Ok(());
    }
    proof.reports_are_kept();
    each(db, REPORTS, proof, "sums for reports", report_day, Proof::report_day)
}

/// Passes each row of a query. A row that cannot be read is a difference.
fn each<T>(
    db: &Db,
    sql: &str,
    proof: &mut Proof,
    subject: &str,
    read: impl Fn(Row<'_>) -> Result<T, StoreError>,
    pass: impl Fn(&mut Proof, T),
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![])?;
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(row) => pass(proof, row),
            Err(StoreError::Unreadable { what, cause }) => {
                proof.unreadable(subject, format!("{what}: {cause}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn calls(db: &Db, proof: &mut Proof) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(CALLS)?;
    let mut rows = statement.query(params![])?;
    while let Some(row) = rows.next()? {
        match stored_call(db, row) {
            Ok(call) => proof.call(&call),
            Err(StoreError::Unreadable { what, cause }) => {
                let id: String = row.get("id")?;
                proof.unreadable(format!("call {id}"), format!("{what}: {cause}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn stored_call(db: &Db, row: Row<'_>) -> Result<StoredCall, StoreError> {
    let record = call::read(db, row)?;
    let seen_at = Columns::of("inquiry", row).wall("seen_at")?;
    let sales = sales(db, record.id)?;
    let postings = posting::of_inquiry(db, record.id)?;
    let mut statement = db.prepare_cached(CARRIER_CALLS)?;
    let read = |row: Row<'_>| {
        let column = Columns::of("carrier_call", row);
        Ok(column.natural("total").and_then(|all| Ok((all, column.natural("live")?))))
    };
    let (all, live) = statement.query_row(params![word(&record.id)?], read)??;
    Ok(StoredCall { record, seen_at, sales, postings, carrier_calls: CarrierCalls { all, live } })
}

fn leads(db: &Db, proof: &mut Proof) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(LEADS)?;
    let mut rows = statement.query(params![])?;
    while let Some(row) = rows.next()? {
        match stored_lead(db, row) {
            Ok(lead) => proof.lead(&lead),
            Err(StoreError::Unreadable { what, cause }) => {
                let id: String = row.get("id")?;
                proof.unreadable(format!("lead {id}"), format!("{what}: {cause}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn stored_lead(db: &Db, row: Row<'_>) -> Result<StoredLead, StoreError> {
    let record = lead::read(db, row)?;
    let sales = sales(db, record.id)?;
    let postings = posting::of_inquiry(db, record.id)?;
    Ok(StoredLead { record, sales, postings })
}

fn sales(db: &Db, inquiry: impl Into<InquiryId>) -> Result<Vec<StoredSale>, StoreError> {
    let mut statement = db.prepare_cached(SALES)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("sale", row);
        let taken: Option<Sale> = column.json_or_null("taken")?;
        let taken =
            taken.map(|Sale { at, units, price, prepaid, .. }| Taken { at, units, price, prepaid });
        let (id, contract) = (column.word("id")?, column.word("contract")?);
        let case = case::fetch(db, id)?.map(|stored| stored.case());
        sales.push(StoredSale { id, contract, buyer: column.word("buyer")?, taken, case });
    }
    Ok(sales)
}

fn orphans(db: &Db, proof: &mut Proof) -> Result<(), StoreError> {
    let of_call = |row: Row<'_>| {
        let column = Columns::of("inquiry", row);
        let id: Value = column.plain("id")?;
        let id = match id {
            Value::Text(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Null | Value::Real(_) | Value::Blob(_) => String::new(),
        };
        Ok(Orphan::OfCall { table: column.plain("place")?, id, call: column.plain("call")? })
    };
    let of_sale = |row: Row<'_>| {
        let column = Columns::of("posting", row);
        let (table, number) = (column.plain("place")?, column.plain("number")?);
        Ok(Orphan::OfSale { table, number, sale: column.plain("sold")? })
    };
    each(db, ORPHANS, proof, "row", of_call, Proof::orphan)?;
    each(db, HALF_LEADS, proof, "row", of_call, Proof::orphan)?;
    each(db, ORPHANS_OF_SALES, proof, "posting", of_sale, Proof::orphan)
}

fn sum(row: Row<'_>) -> Result<LedgerSum, StoreError> {
    let column = Columns::of("posting", row);
    Ok(LedgerSum {
        kind: column.plain("kind")?,
        party: column.plain("party")?,
        currency: column.plain("currency")?,
        micros: column.whole("high", "low")?,
    })
}

fn balance(row: Row<'_>) -> Result<BalanceSum, StoreError> {
    let column = Columns::of("balance", row);
    Ok(BalanceSum {
        buyer: column.plain("buyer")?,
        currency: column.plain("currency")?,
        stored: column.plain("stored")?,
        entries: column.whole("high", "low")?,
    })
}

fn counter(row: Row<'_>) -> Result<CounterRow, StoreError> {
    let column = Columns::of("sale", row);
    let key = cap_use::key(&column)?;
    if column.plain("part")? {
        let (used, micros) = (column.natural("used")?, column.plain("micros")?);
        return Ok(CounterRow::Counted(Counted { key, used, micros }));
    }
    let price: Money = column.json("price")?;
    let (budget, raised) = (column.whole("high", "low")?, column.plain("raised")?);
    let freed = column.natural("freed")?;
    let sum = CounterSum { price: price.micros(), budget, raised, freed };
    Ok(CounterRow::Sold(SoldUnit { key, at: column.word("at")?, sum }))
}

fn payout(row: Row<'_>) -> Result<PayoutRow, StoreError> {
    let column = Columns::of("payout_use", row);
    let source = column.word("source")?;
    if column.plain("part")? {
        let caps: Option<PayoutCaps> = column.json_or_null("payout_caps")?;
        let (at, zone) = (column.wall("made_at")?, caps.map(|caps| caps.zone));
        return Ok(PayoutRow::Paid(Paid { source, at, zone }));
    }
    let (period, used) = (column.word("period")?, column.natural("used")?);
    Ok(PayoutRow::Counted(PayoutCounted { source, period, used }))
}

fn report_day(row: Row<'_>) -> Result<ReportDay, StoreError> {
    let column = Columns::of("call_rollup", row);
    let count = |name: &str| column.plain::<i64>(name).map(i128::from);
    let money = |name: &str| column.whole(&format!("{name}_high"), &format!("{name}_low"));
    let sums = ReportSums {
        calls: count("calls")?,
        leads: count("leads")?,
        answered: count("answered")?,
        talk_ms: count("talk_ms")?,
        revenue: money("revenue")?,
        payout: money("payout")?,
        margin: money("margin")?,
    };
    let (pair, grain, day) = (column.plain("pair")?, column.plain("grain")?, column.plain("day")?);
    Ok(ReportDay { pair, grain, day, currency: column.plain("currency")?, sums })
}
