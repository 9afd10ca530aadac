//! Postings of the ledger. They are never changed or removed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::Author;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::outbox::Charge;
use crate::outbox::balance_low;
use crate::store::Sale;
use crate::store::StoreError;

use super::aggregate::clamped_sum;
use super::cap_use::Spent;
use super::column::Columns;
use super::column::json;
use super::column::word;
use super::column::word_or_null;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::event;
use super::mark;
use super::rollup;
use super::sale;

const INSERT: &str = "
    INSERT INTO posting (id, sale, kind, cause, party, micros, currency, note, made_by, made_at,
        entry)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Postings are numbered without gaps, so that one that was removed is found; balance entries, those
/// that change a balance, as well.
const LAST: &str = "
    SELECT coalesce(max(id), 0) AS id,
        (SELECT coalesce(max(entry), 0) FROM posting WHERE entry IS NOT NULL) AS entry
    FROM posting";

const KNOWN: &str = "
    SELECT sale, kind, cause FROM posting WHERE sale IN (SELECT value FROM json_each($1))";

const BALANCES: &str = "
    SELECT buyer, currency, micros FROM balance
    WHERE buyer IN (SELECT value FROM json_each($1))";

const OF_INQUIRY: &str = "
    SELECT posting.* FROM sale JOIN posting ON posting.sale = sale.id
    WHERE sale.inquiry_id = $1 ORDER BY posting.id";

const OF_SALE: &str = "SELECT * FROM posting WHERE sale = $1 ORDER BY id";

/// Adds to a balance.
fn add() -> String {
    let sum = clamped_sum("balance.micros", "excluded.micros");
    format!(
        "INSERT INTO balance (buyer, currency, micros) VALUES ($1, $2, $3) \
         ON CONFLICT (buyer, currency) DO UPDATE SET micros = {sum}"
    )
}

/// A posting to insert.
pub(super) struct PostingRow<'a> {
    pub(super) sale: Option<AttemptId>,
    pub(super) kind: &'static str,
    pub(super) cause: &'a str,
    pub(super) party: Option<&'a str>,
    pub(super) amount: Money,
    pub(super) note: &'a str,
    pub(super) who: &'a str,
    pub(super) at: Wall,
    /// Whether the posting changes a balance.
    pub(super) is_entry: bool,
}

/// Adds rows, which must be new, and the amounts of balance entries to the balances.
pub(super) fn insert(db: &Db, lines: &[PostingRow<'_>]) -> Result<(), StoreError> {
    let last = |row: Row<'_>| Ok((row.get::<_, i64>("id")?, row.get::<_, i64>("entry")?));
    let (mut id, mut entry) = db.prepare_cached(LAST)?.query_row(params![], last)?;
    let mut rows = Vec::with_capacity(lines.len());
    let mut balances: BTreeMap<(&str, Currency), i64> = BTreeMap::new();
    for PostingRow { sale, kind, cause, party, amount, note, who, at, is_entry } in lines {
        id += 1;
        entry += i64::from(*is_entry);
        rows.push(row![
            id,
            word_or_null(sale.as_ref())?,
            kind,
            cause,
            party,
            amount.micros(),
            amount.currency().as_str(),
            note,
            who,
            at.micros(),
            is_entry.then_some(entry),
        ]);
        if let Some(buyer) = party.filter(|_| *is_entry) {
            let sum = balances.entry((buyer, amount.currency())).or_default();
            *sum = sum.saturating_add(amount.micros());
        }
    }
    db.execute_all(INSERT, rows)?;
    let row = |((buyer, currency), micros): ((&str, Currency), i64)| {
        Ok(row![buyer, currency.as_str(), micros])
    };
    let rows: Vec<_> = balances.into_iter().map(row).collect::<Result<_, StoreError>>()?;
    Ok(db.execute_all(&add(), rows)?)
}

/// Keys of postings: of each sale, kind and cause there is one.
#[derive(Debug, Default)]
pub(super) struct Known(HashSet<String>);

impl Known {
    /// Reads the keys of the postings for sales.
    pub(super) fn read(db: &Db, sales: &BTreeSet<AttemptId>) -> Result<Self, StoreError> {
        let mut known = Self::default();
        if sales.is_empty() {
            return Ok(known);
        }
        let mut statement = db.prepare_cached(KNOWN)?;
        let mut rows = statement.query(params![json(&sales)?])?;
        while let Some(row) = rows.next()? {
            let column = Columns::of("posting", row);
            let (kind, cause): (String, String) = (column.plain("kind")?, column.plain("cause")?);
            known.0.insert(key(column.word("sale")?, &kind, &cause));
        }
        Ok(known)
    }

    /// Adds a posting; returns whether it is new.
    pub(super) fn add(&mut self, posting: &Posting) -> bool {
        let Posting { sale, kind, cause, .. } = posting;
        self.0.insert(key(*sale, kind.name(), cause.as_str()))
    }
}

fn key(sale: AttemptId, kind: &str, cause: &str) -> String {
    format!("{sale} {kind} {cause}")
}

/// Adds a posting once, as [`store`], and to the sums of reports. Returns whether it was added.
pub(super) fn save(db: &Db, posting: &Posting) -> Result<bool, StoreError> {
    let added = Known::read(db, &BTreeSet::from([posting.sale]))?.add(posting);
    if added {
        store(db, &[posting])?;
        rollup::post(db, posting)?;
    }
    Ok(added)
}

/// Adds postings, which must be new; a [`PostingKind::Budget`] also returns money to budgets, and a
/// [`PostingKind::Charge`] may report a low balance. The end of an inquiry counts its postings in
/// reports itself.
pub(super) fn store(db: &Db, postings: &[&Posting]) -> Result<(), StoreError> {
    if postings.is_empty() {
        return Ok(());
    }
    insert(db, &postings.iter().map(|posting| line(posting)).collect::<Vec<_>>())?;
    let converts = postings.iter().filter(|posting| posting.converts());
    mark::convert(db, &converts.map(|posting| posting.sale).collect::<Vec<_>>())?;
    let needs_sale =
        |posting: &&&Posting| matches!(posting.kind, PostingKind::Budget | PostingKind::Charge(_));
    let sales: Vec<AttemptId> =
        postings.iter().filter(needs_sale).map(|posting| posting.sale).collect();
    if sales.is_empty() {
        return Ok(());
    }
    let taken = sale::taken_all(db, &sales)?;
    let mut spent = Spent::default();
    for posting in postings {
        if let (PostingKind::Budget, Some(taken)) = (&posting.kind, taken.get(&posting.sale)) {
            spent.add(&taken.units, posting.amount);
        }
    }
    spent.write(db)?;
    charged(db, postings, &taken)
}

fn line(posting: &Posting) -> PostingRow<'_> {
    let Posting { sale, kind, cause, amount, at, by } = posting;
    PostingRow {
        sale: Some(*sale),
        kind: kind.name(),
        cause: cause.as_str(),
        party: kind.party(),
        amount: *amount,
        note: &by.note,
        who: &by.who,
        at: *at,
        is_entry: kind.is_in_balance(),
    }
}

/// Writes the events of charges that leave a low balance.
fn charged(
    db: &Db,
    postings: &[&Posting],
    taken: &HashMap<AttemptId, Sale>,
) -> Result<(), StoreError> {
    let buyers: BTreeSet<&BuyerId> =
        postings.iter().filter_map(|posting| posting.kind.charged()).collect();
    if buyers.is_empty() {
        return Ok(());
    }
    let mut left = balances(db, &buyers)?;
    let mut events = Vec::new();
    // The balances are those after the last of them.
    for posting in postings.iter().rev() {
        let Posting { sale, kind, amount, at, .. } = posting;
        let Some(buyer) = kind.party().filter(|_| kind.is_in_balance()) else { continue };
        let currency = amount.currency();
        let Some(left) = left.get_mut(&(buyer.to_owned(), currency)) else { continue };
        if let (Some(buyer), Some(taken)) = (kind.charged(), taken.get(sale)) {
            events.extend(balance_low(Charge {
                buyer,
                sale: *sale,
                left: Money::from_micros(*left, currency),
                amount: Money::from_micros(amount.micros().saturating_neg(), currency),
                price: taken.price,
                low: taken.balance_low,
                at: *at,
            }));
        }
        *left = left.saturating_sub(amount.micros());
    }
    event::write_all(db, events.iter().rev())
}

/// Returns the balances of buyers.
fn balances(
    db: &Db,
    buyers: &BTreeSet<&BuyerId>,
) -> Result<HashMap<(String, Currency), i64>, StoreError> {
    let mut statement = db.prepare_cached(BALANCES)?;
    let mut rows = statement.query(params![json(&buyers)?])?;
    let mut balances = HashMap::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("balance", row);
        let of = (column.plain("buyer")?, column.text("currency")?);
        balances.insert(of, column.plain("micros")?);
    }
    Ok(balances)
}

/// Returns all postings for the sales of an inquiry, in order.
pub(super) fn of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Vec<Posting>, StoreError> {
    all(db, OF_INQUIRY, &word(&inquiry.into())?)
}

/// Returns all postings for a sale, in order.
pub(super) fn of_sale(db: &Db, sale: AttemptId) -> Result<Vec<Posting>, StoreError> {
    all(db, OF_SALE, &word(&sale)?)
}

fn all(db: &Db, sql: &str, id: &str) -> Result<Vec<Posting>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![id])?;
    let mut postings = Vec::new();
    while let Some(row) = rows.next()? {
        postings.push(read(row)?);
    }
    Ok(postings)
}

fn read(row: Row<'_>) -> Result<Posting, StoreError> {
    let column = Columns::of("posting", row);
    let kind: String = column.plain("kind")?;
    let kind = match kind.as_str() {
        "revenue" => PostingKind::Revenue(column.word("party")?),
        "payout" => PostingKind::Payout(column.word("party")?),
        "margin" => PostingKind::Margin,
        "budget" => PostingKind::Budget,
        "charge" => PostingKind::Charge(column.word("party")?),
        "return" => PostingKind::Return(column.word("party")?),
        _ => {
            let cause = "kind: unexpected value".to_owned();
            return Err(StoreError::Unreadable { what: "posting", cause });
        }
    };
    let amount = column.money_or_null("micros", "currency")?;
    Ok(Posting {
        sale: column.word("sale")?,
        kind,
        cause: column.word("cause")?,
        amount: amount.ok_or_else(|| StoreError::Unreadable {
            what: "posting",
            cause: "micros: missing".to_owned(),
        })?,
        at: column.wall("made_at")?,
        by: Author { who: column.plain("made_by")?, note: column.plain("note")? },
    })
}
