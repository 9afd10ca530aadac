//! Entries of balances.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::Row;
use rusqlite::params;

use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::Money;
use crate::call::CallRecord;
use crate::store::Balance;
use crate::store::BalanceEntry;
use crate::store::Balances;
use crate::store::Credit;
use crate::store::ENTRIES_MAX;
use crate::store::Entered;
use crate::store::EntryKind;
use crate::store::ReturnedCall;
use crate::store::Sale;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;
use super::column::word;

const INSERT: &str = "
    INSERT INTO balance_entry (kind, reference, buyer, micros, currency, note, made_by, made_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (reference, kind) DO NOTHING";
const FETCH: &str = "SELECT * FROM balance_entry WHERE reference = $1 AND kind = $2";
const NEWEST: &str = "SELECT coalesce(max(sequence), 0) AS sequence FROM balance_entry";
const AFTER: &str = "SELECT * FROM balance_entry WHERE sequence > $1 ORDER BY sequence LIMIT $2";
const OF_BUYER: &str = "
    SELECT * FROM balance_entry WHERE buyer = $1 AND sequence < $2
    ORDER BY sequence DESC LIMIT $3";
const SUMS: &str = "
    SELECT buyer, currency, max(sequence) AS sequence, sum(micros) AS balance,
        coalesce(sum(micros) FILTER (WHERE kind = 'credit'), 0) AS credited,
        coalesce(sum(micros) FILTER (WHERE kind = 'charge'), 0) AS charged,
        coalesce(sum(micros) FILTER (WHERE kind = 'return'), 0) AS returned
    FROM balance_entry GROUP BY buyer, currency ORDER BY buyer, currency";

/// What an entry says, before it has its place.
struct Line<'a> {
    kind: EntryKind,
    reference: &'a str,
    buyer: &'a str,
    amount: Money,
    note: &'a str,
    who: &'a str,
    at: i64,
}

/// Adds an entry, unless its kind has one of its reference. True when it was added.
fn insert(db: &Connection, line: &Line<'_>) -> Result<bool, StoreError> {
    let Line { kind, reference, buyer, amount, note, who, at } = line;
    let currency = amount.currency();
    let mut statement = db.prepare_cached(INSERT)?;
    let added = statement.execute(params![
        kind.name(),
        reference,
        buyer,
        amount.micros(),
        currency.as_str(),
        note,
        who,
        at
    ])?;
    Ok(added > 0)
}

/// Takes a billable call's price from its buyer's balance.
pub(super) fn charge(db: &Connection, record: &CallRecord, sale: &Sale) -> Result<(), StoreError> {
    let Some(winner) = &record.winner else { return Ok(()) };
    let price = record.revenue.unwrap_or(sale.price);
    let amount = Money::from_micros(price.micros().saturating_neg(), price.currency());
    let (reference, at) = (word(&record.id)?, record.ended_at.unwrap_or(record.started_at));
    let (kind, note, who) = (EntryKind::Charge, winner.contract.as_str(), "call");
    let (reference, buyer, at) = (reference.as_str(), winner.buyer.as_str(), at.micros());
    insert(db, &Line { kind, reference, buyer, amount, note, who, at }).map(drop)
}

/// Enters a credit.
pub(super) fn credit(db: &Connection, credit: &Credit) -> Result<Entered, StoreError> {
    let Credit { id, buyer, amount, note, who, at } = credit;
    let (kind, reference, amount, at) = (EntryKind::Credit, id.as_str(), *amount, at.micros());
    let line = Line { kind, reference, buyer: buyer.as_str(), amount, note, who, at };
    let added = insert(db, &line)?;
    let found = fetch(db, reference, kind)?.ok_or_else(vanished)?;
    let same = found.buyer == *buyer && found.amount == amount && found.note == *note;
    Ok(match (added, same) {
        (true, _) => Entered::Now(found),
        (false, true) => Entered::Before(found),
        (false, false) => Entered::Other(found),
    })
}

/// Gives a call's price back; none for a call that was not charged.
pub(super) fn give_back(
    db: &Connection,
    returned: &ReturnedCall,
) -> Result<Option<Entered>, StoreError> {
    let ReturnedCall { call, note, who, at } = returned;
    let reference = word(call)?;
    let Some(charged) = fetch(db, &reference, EntryKind::Charge)? else { return Ok(None) };
    let amount = charged.amount;
    let amount = Money::from_micros(amount.micros().saturating_neg(), amount.currency());
    let (kind, buyer, at) = (EntryKind::Return, charged.buyer.as_str(), at.micros());
    let line = Line { kind, reference: &reference, buyer, amount, note, who, at };
    let added = insert(db, &line)?;
    let found = fetch(db, &reference, kind)?.ok_or_else(vanished)?;
    Ok(Some(if added { Entered::Now(found) } else { Entered::Before(found) }))
}

fn vanished() -> StoreError {
    StoreError::Sql("an entry that was just made is not there".to_owned())
}

fn fetch(
    db: &Connection,
    reference: &str,
    kind: EntryKind,
) -> Result<Option<BalanceEntry>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![reference, kind.name()], |row| Ok(read(row)));
    found.optional()?.transpose()
}

/// The newest entry; 0 before the first.
pub(super) fn newest(db: &Connection) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(NEWEST)?;
    statement.query_row([], |row| Ok(Columns::of("balance_entry", row).natural("sequence")))?
}

/// The entries after one, in their order; at most [`ENTRIES_MAX`].
pub(super) fn after(db: &Connection, sequence: u64) -> Result<Vec<BalanceEntry>, StoreError> {
    let mut statement = db.prepare_cached(AFTER)?;
    let most = i64::try_from(ENTRIES_MAX).unwrap_or(i64::MAX);
    all(&mut statement.query(params![natural(sequence), most])?)
}

/// A buyer's entries before one, or all, newest first; at most `limit` and [`ENTRIES_MAX`].
pub(super) fn of_buyer(
    db: &Connection,
    buyer: &BuyerId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<BalanceEntry>, StoreError> {
    let limit = i64::try_from(limit.min(ENTRIES_MAX)).unwrap_or(i64::MAX);
    let before = before.map_or(i64::MAX, natural);
    let mut statement = db.prepare_cached(OF_BUYER)?;
    all(&mut statement.query(params![buyer.as_str(), before, limit])?)
}

/// Every balance.
pub(super) fn sums(db: &Connection) -> Result<Balances, StoreError> {
    let mut statement = db.prepare_cached(SUMS)?;
    let mut rows = statement.query([])?;
    let mut balances = Balances::default();
    while let Some(row) = rows.next()? {
        let column = Columns::of("balance_entry", row);
        let currency: Currency = currency(&column)?;
        let money = |name| -> Result<Money, StoreError> {
            Ok(Money::from_micros(column.plain(name)?, currency))
        };
        balances.sequence = balances.sequence.max(column.natural("sequence")?);
        balances.items.push(Balance {
            buyer: column.word("buyer")?,
            balance: money("balance")?,
            credited: money("credited")?,
            charged: money("charged")?,
            returned: money("returned")?,
        });
    }
    Ok(balances)
}

fn all(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<BalanceEntry>, StoreError> {
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(row)?);
    }
    Ok(entries)
}

fn currency(column: &Columns<'_>) -> Result<Currency, StoreError> {
    let code: String = column.plain("currency")?;
    code.parse().map_err(|error: crate::base::MoneyError| StoreError::Unreadable {
        what: "balance_entry",
        cause: format!("currency: {error}"),
    })
}

fn read(row: &Row<'_>) -> Result<BalanceEntry, StoreError> {
    let column = Columns::of("balance_entry", row);
    let kind: String = column.plain("kind")?;
    let kinds = [EntryKind::Credit, EntryKind::Charge, EntryKind::Return];
    let kind = kinds.into_iter().find(|known| known.name() == kind);
    Ok(BalanceEntry {
        sequence: column.natural("sequence")?,
        kind: kind.ok_or_else(|| StoreError::Unreadable {
            what: "balance_entry",
            cause: "kind: not one of the values expected".to_owned(),
        })?,
        reference: column.plain("reference")?,
        buyer: column.word("buyer")?,
        amount: Money::from_micros(column.plain("micros")?, currency(&column)?),
        note: column.plain("note")?,
        who: column.plain("made_by")?,
        at: column.wall("made_at")?,
    })
}
