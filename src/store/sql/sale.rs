//! Sales, and the usage of their holds.

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::InquiryId;
use crate::caps::CapKey;
use crate::outbox::cap_reached;
use crate::store::CapLimit;
use crate::store::GRANTED_WITHIN;
use crate::store::Sale;
use crate::store::SoldHold;
use crate::store::StoreError;
use crate::store::Won;

use super::cap_use;
use super::column::Columns;
use super::column::json;
use super::column::word;
use super::engine::Db;
use super::engine::params;
use super::event;
use super::mark;

const INSERT: &str = "
    INSERT INTO sale (id, inquiry_id, contract, buyer, taken) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING";
const OF_INQUIRY: &str = "
    SELECT id, contract, buyer, taken FROM sale WHERE inquiry_id = $1 AND taken IS NOT NULL
    ORDER BY id";
/// What is charged or given back when the call of a sale ends.
const SOLD_BETWEEN: &str = "
    SELECT taken, (SELECT count(*) FROM posting
                   WHERE posting.sale = sale.id AND kind IN ('budget', 'charge')) AS settled
    FROM sale WHERE id >= $1 AND id < $2 AND taken IS NOT NULL";
const TAKEN: &str = "SELECT taken FROM sale WHERE id = $1 AND taken IS NOT NULL";

/// Stores a sale and adds the usage of its hold to the counters, once.
pub(super) fn save(db: &Db, inquiry: impl Into<InquiryId>, won: &Won) -> Result<(), StoreError> {
    let Won { attempt, contract, buyer, taken } = won;
    let (id, call) = (word(attempt)?, word(&inquiry.into())?);
    let values = params![id, call, contract.as_str(), buyer.as_str(), json(taken)?];
    if db.prepare_cached(INSERT)?.execute(values)? == 0 {
        return Ok(());
    }
    cap_use::take(db, taken)?;
    for CapLimit { key, units } in &taken.limits {
        let used = cap_use::used(db, key)?;
        if let Some(event) = cap_reached(key, used, *units, taken.at) {
            event::write(db, &event)?;
        }
    }
    mark::save(db, taken)
}

/// Returns the sales of an inquiry whose hold usage is stored.
pub(super) fn of_inquiry(db: &Db, inquiry: impl Into<InquiryId>) -> Result<Vec<Won>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRY)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("sale", row);
        sales.push(Won {
            attempt: column.word("id")?,
            contract: column.word("contract")?,
            buyer: column.word("buyer")?,
            taken: column.json("taken")?,
        });
    }
    Ok(sales)
}

/// Returns which holds have a sale.
pub(super) fn sold_holds(db: &Db, mut holds: Vec<HoldId>) -> Result<Vec<SoldHold>, StoreError> {
    holds.sort_unstable();
    let mut sold = Vec::new();
    let mut statement = db.prepare_cached(SOLD_BETWEEN)?;
    // Holds that follow each other closely are looked for together.
    let apart = |a: &HoldId, b: &HoldId| b.made_at() <= a.made_at() + GRANTED_WITHIN;
    for near in holds.chunk_by(apart) {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
        let from = AttemptId::first_at(first.made_at());
        let to = AttemptId::first_at(last.made_at() + GRANTED_WITHIN);
        let mut rows = statement.query(params![word(&from)?, word(&to)?])?;
        while let Some(row) = rows.next()? {
            let column = Columns::of("sale", row);
            let taken: Sale = column.json("taken")?;
            if let Some(hold) = taken.hold.filter(|hold| near.binary_search(hold).is_ok()) {
                sold.push(SoldHold { hold, is_settled: column.natural("settled")? > 0 });
            }
        }
    }
    Ok(sold)
}

/// Returns the counters that a sale used; empty if they are not stored.
pub(super) fn units(db: &Db, sale: AttemptId) -> Result<Vec<CapKey>, StoreError> {
    Ok(taken(db, sale)?.map(|taken| taken.units).unwrap_or_default())
}

/// Returns the usage of a sale's hold, if it is stored.
pub(super) fn taken(db: &Db, sale: AttemptId) -> Result<Option<Sale>, StoreError> {
    let mut statement = db.prepare_cached(TAKEN)?;
    let mut rows = statement.query(params![word(&sale)?])?;
    rows.next()?.map(|row| Columns::of("sale", row).json("taken")).transpose()
}
