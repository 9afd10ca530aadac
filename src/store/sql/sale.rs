//! Sales, and the usage of their holds.

use std::collections::HashMap;
use std::collections::HashSet;

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
use super::engine::row;
use super::event;
use super::gathered::Gathered;
use super::mark;

/// A sale of an inquiry.
#[derive(Debug, Clone, Copy)]
pub(super) struct SaleOf<'a> {
    pub(super) inquiry: InquiryId,
    pub(super) won: &'a Won,
}

const INSERT: &str = "
    INSERT INTO sale (id, inquiry_id, contract, buyer, taken) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING
    RETURNING id";
const OF_INQUIRY: &str = "
    SELECT id, contract, buyer, taken FROM sale WHERE inquiry_id = $1 AND taken IS NOT NULL
    ORDER BY id";
/// What is charged or given back when the call of a sale ends.
const SOLD_BETWEEN: &str = "
    SELECT taken, (SELECT count(*) FROM posting
                   WHERE posting.sale = sale.id AND kind IN ('budget', 'charge')) AS settled
    FROM sale WHERE id >= $1 AND id < $2 AND taken IS NOT NULL";
const TAKEN: &str = "
    SELECT id, taken FROM sale
    WHERE id IN (SELECT value FROM json_each($1)) AND taken IS NOT NULL";

/// Stores sales and adds the usage of their holds to the counters, once. Of a sale, the first one
/// counts.
pub(super) fn save_all(db: &Db, sales: &[SaleOf<'_>]) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    for SaleOf { inquiry, won } in sales {
        let Won { attempt, contract, buyer, taken } = won;
        let id = word(attempt)?;
        let row = row![id, word(inquiry)?, contract.as_str(), buyer.as_str(), json(taken)?];
        rows.add(id, row);
    }
    let stored = rows.insert(db, INSERT, |row| Ok(Columns::of("sale", row).word("id")))?;
    let mut stored: HashSet<AttemptId> = stored.into_iter().collect::<Result<_, _>>()?;
    let new: Vec<&Sale> = sales
        .iter()
        .filter(|sale| stored.remove(&sale.won.attempt))
        .map(|sale| &sale.won.taken)
        .collect();
    let mut used = cap_use::take(db, &new)?;
    let mut reached = Vec::new();
    for taken in &new {
        for key in &taken.units {
            if let Some(units) = used.get_mut(key) {
                *units += 1;
            }
        }
        for CapLimit { key, units } in &taken.limits {
            let used = match used.get(key) {
                Some(used) => *used,
                None => cap_use::used(db, key)?,
            };
            reached.extend(cap_reached(key, used, *units, taken.at));
        }
    }
    event::write_all(db, &reached)?;
    mark::save_all(db, &new)
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
    Ok(taken_all(db, &[sale])?.remove(&sale))
}

/// Returns the usage of the holds of sales, as far as it is stored.
pub(super) fn taken_all(
    db: &Db,
    sales: &[AttemptId],
) -> Result<HashMap<AttemptId, Sale>, StoreError> {
    let mut statement = db.prepare_cached(TAKEN)?;
    let mut rows = statement.query(params![json(&sales)?])?;
    let mut taken = HashMap::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("sale", row);
        taken.insert(column.word("id")?, column.json("taken")?);
    }
    Ok(taken)
}
