//! Postings of the ledger. They are never changed or removed.

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::Author;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::outbox::Charge;
use crate::outbox::balance_low;
use crate::store::StoreError;

use super::aggregate::clamped_sum;
use super::cap_use;
use super::column::Columns;
use super::column::word;
use super::column::word_or_null;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::event;
use super::rollup;
use super::sale;

/// Numbers a balance entry; a posting that changes no balance gets no number.
const INSERT: &str = "
    INSERT INTO posting (sale, kind, cause, party, micros, currency, note, made_by, made_at, entry)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        CASE WHEN $10 = 1 THEN
            (SELECT coalesce(max(entry), 0) + 1 FROM posting WHERE entry IS NOT NULL) END)
    ON CONFLICT DO NOTHING";

const BALANCE: &str = "SELECT micros FROM balance WHERE buyer = $1 AND currency = $2";

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

/// Adds a row, unless the sale already has one of this kind and cause. Returns whether it was
/// added.
pub(super) fn insert(db: &Db, line: &PostingRow<'_>) -> Result<bool, StoreError> {
    let PostingRow { sale, kind, cause, party, amount, note, who, at, is_entry } = line;
    let added = db.prepare_cached(INSERT)?.execute(params![
        word_or_null(sale.as_ref())?,
        kind,
        cause,
        party,
        amount.micros(),
        amount.currency().as_str(),
        note,
        who,
        at.micros(),
        is_entry,
    ])?;
    if added > 0
        && *is_entry
        && let Some(buyer) = party
    {
        let currency = amount.currency();
        let values = params![buyer, currency.as_str(), amount.micros()];
        db.prepare_cached(&add())?.execute(values)?;
    }
    Ok(added > 0)
}

/// Adds a posting once, as [`store`], and to the sums of reports. Returns whether it was added.
pub(super) fn save(db: &Db, posting: &Posting) -> Result<bool, StoreError> {
    let added = store(db, posting)?;
    if added {
        rollup::post(db, posting)?;
    }
    Ok(added)
}

/// Adds a posting once; a [`PostingKind::Budget`] also returns money to budgets, and a
/// [`PostingKind::Charge`] may report a low balance. Returns whether it was added. The end of an inquiry
/// counts its postings in reports itself.
pub(super) fn store(db: &Db, posting: &Posting) -> Result<bool, StoreError> {
    let Posting { sale, kind, cause, amount, at, by } = posting;
    let added = insert(
        db,
        &PostingRow {
            sale: Some(*sale),
            kind: kind.name(),
            cause: cause.as_str(),
            party: kind.party(),
            amount: *amount,
            note: &by.note,
            who: &by.who,
            at: *at,
            is_entry: kind.is_in_balance(),
        },
    )?;
    if !added {
        return Ok(false);
    }
    match kind {
        PostingKind::Budget => cap_use::add_money(db, &sale::units(db, *sale)?, *amount)?,
        PostingKind::Charge(buyer) => charged(db, buyer, posting)?,
        PostingKind::Revenue(_)
        | PostingKind::Payout(_)
        | PostingKind::Margin
        | PostingKind::Return(_) => {}
    }
    Ok(true)
}

/// Writes the event of a charge that leaves a low balance.
fn charged(db: &Db, buyer: &BuyerId, posting: &Posting) -> Result<(), StoreError> {
    let Posting { sale, amount, at, .. } = posting;
    let Some(taken) = sale::taken(db, *sale)? else { return Ok(()) };
    let currency = amount.currency();
    let values = params![buyer.as_str(), currency.as_str()];
    let left: i64 = db.prepare_cached(BALANCE)?.query_row(values, |row| row.get(0))?;
    let event = balance_low(Charge {
        buyer,
        sale: *sale,
        left: Money::from_micros(left, currency),
        amount: Money::from_micros(amount.micros().saturating_neg(), currency),
        price: taken.price,
        low: taken.balance_low,
        at: *at,
    });
    event.map_or(Ok(()), |event| event::write(db, &event))
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
