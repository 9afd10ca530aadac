//! Costs of traffic.

use crate::base::Money;
use crate::store::COSTS_PAGE_MAX;
use crate::store::Cost;
use crate::store::CostId;
use crate::store::CostQuery;
use crate::store::CostSum;
use crate::store::EnteredCost;
use crate::store::NewCost;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::column::natural;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const INSERT: &str = "
    INSERT INTO cost (id, source, offer, day, micros, currency, note, made_by, made_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
const FETCH: &str = "SELECT * FROM cost WHERE id = $1";
const LIST: &str = "
    SELECT * FROM cost
    WHERE number < $1 AND (CAST($2 AS TEXT) IS NULL OR day >= $2) AND (CAST($3 AS TEXT) IS NULL OR day < $3)
        AND (CAST($4 AS TEXT) IS NULL OR source = $4)
    ORDER BY number DESC LIMIT $5";
/// Sums 32-bit halves, because SQLite fails when a sum exceeds 64 bits. Days sort as texts.
const SUMS: &str = "
    SELECT day, source, offer, currency,
        sum(micros >> 32) AS high, sum(micros & 4294967295) AS low
    FROM cost
    WHERE day >= coalesce($1, '') AND (CAST($2 AS TEXT) IS NULL OR day < $2) AND (CAST($3 AS TEXT) IS NULL OR source = $3)
    GROUP BY day, source, offer, currency ORDER BY day, source, offer, currency";

/// Enters a cost, once.
pub(super) fn add(db: &Db, new: &NewCost) -> Result<EnteredCost, StoreError> {
    let NewCost { id, source, offer, day, amount, note, by } = new;
    let added = db.prepare_cached(INSERT)?.execute(params![
        id.as_str(),
        source.as_str(),
        offer.as_str(),
        day.to_string(),
        amount.micros(),
        amount.currency().as_str(),
        note,
        by.who(),
        by.at.micros(),
    ])? > 0;
    let missing = || StoreError::Sql("the cost just entered is missing".to_owned());
    let found = fetch(db, id)?.ok_or_else(missing)?;
    let same = found.source == *source
        && found.offer == *offer
        && found.day == *day
        && found.amount == *amount
        && found.note == *note;
    if added || same {
        activity::done(db, by, Effect::of(id))?;
    }
    Ok(match (added, same) {
        (true, _) => EnteredCost::Now(found),
        (false, true) => EnteredCost::Before(found),
        (false, false) => EnteredCost::Other(found),
    })
}

/// Returns the cost with this id.
pub(super) fn fetch(db: &Db, id: &CostId) -> Result<Option<Cost>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    statement.query_row(params![id.as_str()], |row| Ok(read(row))).optional()?.transpose()
}

/// Returns costs with numbers below `before`, newest first; at most `limit` and [`COSTS_PAGE_MAX`].
pub(super) fn list(
    db: &Db,
    query: &CostQuery,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Cost>, StoreError> {
    let CostQuery { since, until, source } = query;
    let limit = i64::try_from(limit.min(COSTS_PAGE_MAX)).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(LIST)?;
    let mut rows = statement.query(params![
        before.map_or(i64::MAX, natural),
        since.map(|day| day.to_string()),
        until.map(|day| day.to_string()),
        source.as_ref().map(|source| source.as_str()),
        limit,
    ])?;
    let mut costs = Vec::new();
    while let Some(row) = rows.next()? {
        costs.push(read(row)?);
    }
    Ok(costs)
}

/// Returns the sums of costs by day, source, offer and currency, in that order. Clamps a sum beyond
/// 64 bits.
pub(super) fn sums(db: &Db, query: &CostQuery) -> Result<Vec<CostSum>, StoreError> {
    let CostQuery { since, until, source } = query;
    let mut statement = db.prepare_cached(SUMS)?;
    let mut rows = statement.query(params![
        since.map(|day| day.to_string()),
        until.map(|day| day.to_string()),
        source.as_ref().map(|source| source.as_str()),
    ])?;
    let mut sums = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("cost", row);
        sums.push(CostSum {
            day: column.text("day")?,
            source: column.word("source")?,
            offer: column.word("offer")?,
            currency: column.text("currency")?,
            micros: column.sum("high", "low")?,
        });
    }
    Ok(sums)
}

fn read(row: Row<'_>) -> Result<Cost, StoreError> {
    let column = Columns::of("cost", row);
    Ok(Cost {
        number: column.natural("number")?,
        id: column.plain("id")?,
        source: column.word("source")?,
        offer: column.word("offer")?,
        day: column.text("day")?,
        amount: Money::from_micros(column.plain("micros")?, column.text("currency")?),
        note: column.plain("note")?,
        who: column.plain("made_by")?,
        at: column.wall("made_at")?,
    })
}
