//! Balance entries.

use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::Currency;
use crate::base::Money;
use crate::billing::Posting;
use crate::call::Scope;
use crate::store::Balance;
use crate::store::BalanceEntry;
use crate::store::Balances;
use crate::store::Credit;
use crate::store::ENTRIES_MAX;
use crate::store::Entered;
use crate::store::EntryKind;
use crate::store::Mutation;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::column::clamped;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Params;
use super::engine::Row;
use super::engine::Rows;
use super::engine::params;
use super::posting;
use super::posting::PostingRow;

const OF_CREDIT: &str = "SELECT * FROM posting WHERE cause = $1 AND sale IS NULL";
const OF_SALE: &str = "SELECT * FROM posting WHERE sale = $1 AND kind = $2 AND cause = $3";
const LAST_CHARGE: &str = "
    SELECT * FROM posting WHERE cause = $1 AND kind = 'charge' AND entry IS NOT NULL
    ORDER BY entry DESC LIMIT 1";
pub(super) const NEWEST: &str =
    "SELECT coalesce(max(entry), 0) AS entry FROM posting WHERE entry IS NOT NULL";
const AFTER: &str = "SELECT * FROM posting WHERE entry > $1 ORDER BY entry LIMIT $2";
const OF_BUYER: &str = "
    SELECT * FROM posting WHERE party = $1 AND entry < $2
    ORDER BY entry DESC LIMIT $3";
/// Sums the 32-bit halves separately, because SQLite fails when a sum exceeds 64 bits.
const SUM: &str = "
    SELECT coalesce(sum(micros >> 32), 0) AS high, coalesce(sum(micros & 4294967295), 0) AS low
    FROM posting WHERE party = $1 AND currency = $2 AND entry IS NOT NULL";
const SUMS: &str = "
    SELECT party, currency, kind, max(entry) AS entry,
        sum(micros >> 32) AS high, sum(micros & 4294967295) AS low
    FROM posting WHERE entry IS NOT NULL AND (CAST($1 AS TEXT) IS NULL OR party = $1)
    GROUP BY party, currency, kind ORDER BY party, currency";

/// Adds a credit, once.
pub(super) fn credit(db: &Db, credit: &Credit) -> Result<Entered, StoreError> {
    let Credit { id, buyer, amount, note, by } = credit;
    fits(db, buyer, *amount)?;
    let line = PostingRow {
        sale: None,
        kind: EntryKind::Credit.name(),
        cause: id.as_str(),
        party: Some(buyer.as_str()),
        amount: *amount,
        note,
        who: &by.who(),
        at: by.at,
        is_entry: true,
    };
    let added = one(db, OF_CREDIT, params![id.as_str()])?.is_none();
    if added {
        posting::insert(db, &[line])?;
    }
    let found = one(db, OF_CREDIT, params![id.as_str()])?.ok_or_else(vanished)?;
    let same = found.buyer == *buyer && found.amount == *amount && found.note == *note;
    if added || same {
        activity::done(db, by, Effect::of(buyer))?;
    }
    Ok(match (added, same) {
        (true, _) => Entered::Now(found),
        (false, true) => Entered::Before(found),
        (false, false) => Entered::Other(found),
    })
}

/// Returns [`StoreError::TooLarge`] if a balance plus an amount exceeds 64 bits.
fn fits(db: &Db, buyer: &BuyerId, amount: Money) -> Result<(), StoreError> {
    let currency = amount.currency();
    let values = params![buyer.as_str(), currency.as_str()];
    let mut statement = db.prepare_cached(SUM)?;
    let sum = statement
        .query_row(values, |row| Ok(Columns::of("posting", row).whole("high", "low")))??;
    let fits = i64::try_from(sum + i128::from(amount.micros())).is_ok();
    fits.then_some(()).ok_or_else(|| {
        let sum = Money::from_micros(clamped(sum), currency);
        StoreError::TooLarge(format!("the balance {sum} of {buyer} plus {amount}"))
    })
}

/// Adds a posting to its buyer's balance, once.
pub(super) fn post(db: &Db, posting: &Posting, by: &Mutation) -> Result<Entered, StoreError> {
    let Posting { sale, kind, cause, .. } = posting;
    if !kind.is_in_balance() {
        return Err(StoreError::WrongState);
    }
    let added = posting::save(db, posting)?;
    let found = one(db, OF_SALE, params![word(sale)?, kind.name(), cause.as_str()])?;
    let found = found.ok_or_else(vanished)?;
    activity::done(db, by, Effect::of(&found.buyer))?;
    Ok(if added { Entered::Now(found) } else { Entered::Before(found) })
}

/// Returns the last charge for a call.
pub(super) fn charge(db: &Db, call: CallId) -> Result<Option<BalanceEntry>, StoreError> {
    one(db, LAST_CHARGE, params![word(&call)?])
}

fn vanished() -> StoreError {
    StoreError::Sql("the entry just added is missing".to_owned())
}

fn one(db: &Db, sql: &str, values: impl Params) -> Result<Option<BalanceEntry>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    statement.query_row(values, |row| Ok(read(row))).optional()?.transpose()
}

/// Returns the entries with numbers above `sequence`, in order; at most [`ENTRIES_MAX`].
pub(super) fn after(db: &Db, sequence: u64) -> Result<Vec<BalanceEntry>, StoreError> {
    let mut statement = db.prepare_cached(AFTER)?;
    let most = i64::try_from(ENTRIES_MAX).unwrap_or(i64::MAX);
    all(&mut statement.query(params![natural(sequence), most])?)
}

/// Returns a buyer's entries below `before`, newest first; at most `limit` and [`ENTRIES_MAX`].
pub(super) fn of_buyer(
    db: &Db,
    buyer: &BuyerId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<BalanceEntry>, StoreError> {
    let limit = i64::try_from(limit.min(ENTRIES_MAX)).unwrap_or(i64::MAX);
    let before = before.map_or(i64::MAX, natural);
    let mut statement = db.prepare_cached(OF_BUYER)?;
    all(&mut statement.query(params![buyer.as_str(), before, limit])?)
}

/// Returns all balances. Clamps a sum beyond 64 bits, so that the program starts and users can
/// correct the entries.
pub(super) fn sums(db: &Db, scope: &Scope) -> Result<Balances, StoreError> {
    let only = match scope {
        Scope::All => None,
        Scope::Buyer(buyer) => Some(buyer.as_str()),
        Scope::Source(_) => return Ok(Balances::default()),
    };
    let mut statement = db.prepare_cached(SUMS)?;
    let mut rows = statement.query(params![only])?;
    let mut balances = Balances::default();
    let mut totals: Vec<i128> = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("posting", row);
        let (buyer, currency): (BuyerId, Currency) = (column.word("party")?, currency(&column)?);
        balances.sequence = balances.sequence.max(column.natural("entry")?);
        let of =
            |balance: &Balance| balance.buyer == buyer && balance.balance.currency() == currency;
        if !balances.items.last().is_some_and(of) {
            balances.items.push(Balance::zero(buyer, currency));
            totals.push(0);
        }
        let (Some(balance), Some(total)) = (balances.items.last_mut(), totals.last_mut()) else {
            continue;
        };
        let sum = column.whole("high", "low")?;
        *total += sum;
        balance.balance = Money::from_micros(clamped(*total), currency);
        let part = match kind(&column)? {
            EntryKind::Credit => &mut balance.credited,
            EntryKind::Charge => &mut balance.charged,
            EntryKind::Return => &mut balance.returned,
        };
        *part = Money::from_micros(clamped(sum), currency);
    }
    Ok(balances)
}

fn all(rows: &mut Rows<'_>) -> Result<Vec<BalanceEntry>, StoreError> {
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(row)?);
    }
    Ok(entries)
}

fn currency(column: &Columns<'_>) -> Result<Currency, StoreError> {
    let code: String = column.plain("currency")?;
    code.parse().map_err(|error: crate::base::MoneyError| StoreError::Unreadable {
        what: "posting",
        cause: format!("currency: {error}"),
    })
}

fn kind(column: &Columns<'_>) -> Result<EntryKind, StoreError> {
    let name: String = column.plain("kind")?;
    let kinds = [EntryKind::Credit, EntryKind::Charge, EntryKind::Return];
    kinds.into_iter().find(|known| known.name() == name).ok_or_else(|| StoreError::Unreadable {
        what: "posting",
        cause: "kind: unexpected value".to_owned(),
    })
}

fn read(row: Row<'_>) -> Result<BalanceEntry, StoreError> {
    let column = Columns::of("posting", row);
    Ok(BalanceEntry {
        sequence: column.natural("entry")?,
        kind: kind(&column)?,
        reference: column.plain("cause")?,
        sale: column.word_or_null("sale")?,
        buyer: column.word("party")?,
        amount: Money::from_micros(column.plain("micros")?, currency(&column)?),
        note: column.plain("note")?,
        who: column.plain("made_by")?,
        at: column.wall("made_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::migrate::migrate;

    /// The cost of reading new entries does not grow with the number of other postings.
    #[test]
    fn new_entries_are_found_without_reading_the_postings_of_sales() {
        let db = Db::in_memory();
        migrate(&db, "x").unwrap();
        for sql in [NEWEST, AFTER] {
            let plan = db.plan(sql);
            assert!(plan.contains("posting_by_entry"), "{sql}: {plan}");
        }
    }
}
