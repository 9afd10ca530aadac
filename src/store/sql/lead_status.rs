//! Sales of leads whose buyers are asked what became of them.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Wall;
use crate::store::STATUS_DUE_MAX;
use crate::store::StatusDue;
use crate::store::StatusTerms;
use crate::store::StoreError;

use super::column::Columns;
use super::column::before;
use super::column::word;
use super::engine::Db;
use super::engine::params;

/// Longest time from the arrival of a lead to its sale: it waits for an opening, and for the result
/// of a post.
const SOLD_WITHIN: Duration = Duration::from_secs(40 * 86_400);

/// Begins with leads: there may be many more calls.
const FIND: &str = "
    INSERT INTO lead_status (sale, lead, contract, due_at, until)
    SELECT sale.id, lead.id, sale.contract, inquiry.bridged_at + $1, inquiry.bridged_at + $2
    FROM lead CROSS JOIN inquiry CROSS JOIN sale
    WHERE inquiry.id = lead.id AND sale.inquiry_id = lead.id AND lead.id > $3 AND inquiry.bridged_at > $4 AND sale.contract = $5
        AND NOT EXISTS (SELECT 1 FROM conversion WHERE conversion.sale = sale.id AND sold = 1)
        AND NOT EXISTS (SELECT 1 FROM sale_return WHERE sale_return.sale = sale.id)
    ON CONFLICT DO NOTHING";
const ADD: &str = "
    INSERT INTO lead_status (sale, lead, contract, due_at, until)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";
const REMOVE: &str = "DELETE FROM lead_status WHERE until <= $1";
const DUE: &str = "SELECT * FROM lead_status WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
const NEXT: &str = "SELECT min(due_at) FROM lead_status WHERE due_at IS NOT NULL";
const ASKED: &str = "UPDATE lead_status SET due_at = $1 WHERE sale = $2";

/// Notes sales of contracts that are not noted, and removes what is over.
pub(super) fn find(db: &Db, contracts: &[StatusTerms], now: Wall) -> Result<(), StoreError> {
    db.prepare_cached(REMOVE)?.execute(params![now.micros()])?;
    let mut statement = db.prepare_cached(FIND)?;
    for StatusTerms { contract, interval, within } in contracts {
        let since = now - *within;
        let first = before(since - SOLD_WITHIN);
        let (pause, life) = (micros(*interval), micros(*within));
        statement.execute(params![pause, life, first, since.micros(), contract.as_str()])?;
    }
    Ok(())
}

/// Notes sales, and removes what is over.
pub(super) fn add(db: &Db, sales: &[StatusDue], now: Wall) -> Result<(), StoreError> {
    db.prepare_cached(REMOVE)?.execute(params![now.micros()])?;
    let mut statement = db.prepare_cached(ADD)?;
    for StatusDue { sale, lead, contract, due_at, until } in sales {
        let (sale, lead) = (word(sale)?, word(lead)?);
        statement.execute(params![
            sale,
            lead,
            contract.as_str(),
            due_at.micros(),
            until.micros()
        ])?;
    }
    Ok(())
}

/// Returns sales that are due.
pub(super) fn due(db: &Db, now: Wall) -> Result<Vec<StatusDue>, StoreError> {
    let most = i64::try_from(STATUS_DUE_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(DUE)?;
    let mut rows = statement.query(params![now.micros(), most])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("lead_status", row);
        due.push(StatusDue {
            sale: column.word("sale")?,
            lead: column.word("lead")?,
            contract: column.word("contract")?,
            due_at: column.wall("due_at")?,
            until: column.wall("until")?,
        });
    }
    Ok(due)
}

/// Returns when the next sale is due.
pub(super) fn next(db: &Db) -> Result<Option<Wall>, StoreError> {
    let at: Option<i64> = db.prepare_cached(NEXT)?.query_row(params![], |row| row.get(0))?;
    Ok(at.map(Wall::from_micros))
}

/// Notes when a sale is due next.
pub(super) fn asked(db: &Db, sale: AttemptId, due_at: Option<Wall>) -> Result<(), StoreError> {
    db.prepare_cached(ASKED)?.execute(params![due_at.map(Wall::micros), word(&sale)?])?;
    Ok(())
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
