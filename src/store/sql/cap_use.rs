//! Usage of cap counters: units and money.

use std::collections::BTreeMap;

use crate::base::Money;
use crate::base::Wall;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::caps::Window;
use crate::store::CapCount;
use crate::store::Sale;
use crate::store::StoreError;

use super::aggregate::clamped_sum;
use super::column::Columns;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::Value;
use super::engine::params;
use super::engine::row;

/// What a sale adds to a counter.
#[derive(Debug, Clone, Copy)]
struct Added {
    units: u64,
    micros: i64,
    at: Wall,
}

const FREE: &str = "
    UPDATE cap_use SET used = max(0, used - 1)
    WHERE period = $1 AND level = $2 AND subject = $3";
const USED: &str = "SELECT used FROM cap_use WHERE period = $1 AND level = $2 AND subject = $3";

const COUNTS_SINCE: &str = "
    SELECT period, level, subject, used, micros FROM cap_use
    WHERE taken_at >= $1 AND period <> 'total'
    UNION ALL
    SELECT period, level, subject, used, micros FROM cap_use WHERE period = 'total'
    ORDER BY level, subject, period";

/// Counts units and their prices.
fn take_sql() -> String {
    let sum = clamped_sum("cap_use.micros", "excluded.micros");
    format!(
        "INSERT INTO cap_use (period, level, subject, used, micros, taken_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (period, level, subject) DO UPDATE \
             SET used = cap_use.used + excluded.used, micros = {sum}, \
                 taken_at = max(cap_use.taken_at, excluded.taken_at) \
         RETURNING period, level, subject, used"
    )
}

/// Adds an amount to what is spent.
fn add_money_sql() -> String {
    let sum = clamped_sum("micros", "spent.column1");
    format!(
        "UPDATE cap_use SET micros = {sum} \
         FROM (VALUES (CAST($1 AS BIGINT), $2, $3, $4)) AS spent \
         WHERE period = spent.column2 AND level = spent.column3 AND subject = spent.column4"
    )
}

/// Adds one unit and the price to every counter of each sale, at the time of the sale. Returns the
/// units used on these counters before.
pub(super) fn take(db: &Db, sales: &[&Sale]) -> Result<BTreeMap<CapKey, u64>, StoreError> {
    let mut added: BTreeMap<&CapKey, Added> = BTreeMap::new();
    for sale in sales {
        for key in kept(&sale.units) {
            let none = Added { units: 0, micros: 0, at: sale.at };
            let sum = added.entry(key).or_insert(none);
            sum.units += 1;
            sum.micros = sum.micros.saturating_add(sale.price.micros());
            sum.at = sum.at.max(sale.at);
        }
    }
    let row = |(key, sum): (&&CapKey, &Added)| -> Result<Vec<Value>, StoreError> {
        let (level, subject) = names(&key.level);
        let Added { units, micros, at } = sum;
        Ok(row![word(&key.period)?, level, subject, natural(*units), micros, at.micros()])
    };
    let rows: Vec<_> = added.iter().map(row).collect::<Result<_, _>>()?;
    let counted = db.insert_all(&take_sql(), rows, |row| {
        let column = Columns::of("cap_use", row);
        Ok(key(&column).and_then(|key| Ok((key, column.natural("used")?))))
    })?;
    let before = |(key, used): (CapKey, u64)| {
        let units = added.get(&key).map_or(0, |sum| sum.units);
        (key, used.saturating_sub(units))
    };
    counted.into_iter().map(|counted| counted.map(before)).collect()
}

/// Returns the units used on a counter.
pub(super) fn used(db: &Db, key: &CapKey) -> Result<u64, StoreError> {
    let (level, subject) = names(&key.level);
    let mut statement = db.prepare_cached(USED)?;
    let values = params![word(&key.period)?, level, subject];
    let used: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
    Ok(used.map_or(0, i64::unsigned_abs))
}

/// Money that is added to counters.
#[derive(Debug, Default)]
pub(super) struct Spent(BTreeMap<CapKey, i64>);

impl Spent {
    /// Adds an amount to counters. A negative amount returns money.
    pub(super) fn add(&mut self, units: &[CapKey], amount: Money) {
        for key in kept(units) {
            let sum = self.0.entry(key.clone()).or_default();
            *sum = sum.saturating_add(amount.micros());
        }
    }

    /// Adds to the money spent on existing counters.
    pub(super) fn write(self, db: &Db) -> Result<(), StoreError> {
        let row = |(key, micros): (CapKey, i64)| -> Result<Vec<Value>, StoreError> {
            let (level, subject) = names(&key.level);
            Ok(row![micros, word(&key.period)?, level, subject])
        };
        let rows: Vec<_> = self.0.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(db.execute_all(&add_money_sql(), rows)?)
    }
}

/// Gives back one unit of existing counters.
pub(super) fn free(db: &Db, units: &[CapKey]) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(FREE)?;
    for key in kept(units) {
        let (level, subject) = names(&key.level);
        statement.execute(params![word(&key.period)?, level, subject])?;
    }
    Ok(())
}

fn kept(units: &[CapKey]) -> impl Iterator<Item = &CapKey> {
    units.iter().filter(|key| key.period.window() != Window::Concurrent)
}

fn names(level: &Level) -> (&'static str, &str) {
    match level {
        Level::Contract(id) => ("contract", id.as_str()),
        Level::Buyer(id) => ("buyer", id.as_str()),
        Level::Offer(id) => ("offer", id.as_str()),
    }
}

/// Returns the usage of all counters used at `since` or later, and of all all-time counters.
pub(super) fn counts_since(db: &Db, since: Wall) -> Result<Vec<CapCount>, StoreError> {
    let mut statement = db.prepare_cached(COUNTS_SINCE)?;
    let mut rows = statement.query(params![since.micros()])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push(read(row)?);
    }
    Ok(counts)
}

fn read(row: Row<'_>) -> Result<CapCount, StoreError> {
    let column = Columns::of("cap_use", row);
    Ok(CapCount {
        key: key(&column)?,
        used: column.natural("used")?,
        micros: column.plain("micros")?,
    })
}

/// Returns a counter from the columns `level`, `subject` and `period`.
pub(super) fn key(column: &Columns<'_>) -> Result<CapKey, StoreError> {
    let level: String = column.plain("level")?;
    let level = match level.as_str() {
        "contract" => Level::Contract(column.word("subject")?),
        "buyer" => Level::Buyer(column.word("subject")?),
        "offer" => Level::Offer(column.word("subject")?),
        _ => {
            let cause = "level: unexpected value".to_owned();
            return Err(StoreError::Unreadable { what: "cap_use", cause });
        }
    };
    Ok(CapKey { level, period: column.word("period")? })
}
