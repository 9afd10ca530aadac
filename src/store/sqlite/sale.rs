//! Sales: what they take when they are made, and what is settled when their call ends.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::params;

use crate::call::CallRecord;
use crate::call::CallState;
use crate::store::Sale;
use crate::store::StoreError;

use super::balance;
use super::cap_use;
use super::column::json;
use super::column::word;
use super::mark;

const TAKE_ONCE: &str =
    "UPDATE call SET caps_taken = 1, sale = $1 WHERE id = $2 AND caps_taken = 0";
const OPEN: &str = "SELECT sale FROM call WHERE id = $1";
const SETTLED: &str = "UPDATE call SET sale = NULL WHERE id = $1";

/// Counts what a call took, once; and settles it, once, when the call has ended.
pub(super) fn save(
    db: &Connection,
    record: &CallRecord,
    sale: Option<&Sale>,
) -> Result<(), StoreError> {
    if let Some(sale) = sale {
        take(db, record, sale)?;
    }
    match record.state {
        CallState::Live => Ok(()),
        CallState::Ended => settle(db, record),
    }
}

fn take(db: &Connection, record: &CallRecord, sale: &Sale) -> Result<(), StoreError> {
    let values = params![json(sale)?, word(&record.id)?];
    if db.prepare_cached(TAKE_ONCE)?.execute(values)? == 0 {
        return Ok(());
    }
    cap_use::take(db, sale)?;
    mark::save(db, sale)
}

/// A call that was not billable gives its price back to the budgets; one that was takes it from
/// the balance that its hold had taken it from.
fn settle(db: &Connection, record: &CallRecord) -> Result<(), StoreError> {
    let id = word(&record.id)?;
    let mut statement = db.prepare_cached(OPEN)?;
    let open: Option<Option<String>> =
        statement.query_row(params![id], |row| row.get(0)).optional()?;
    let Some(document) = open.flatten() else { return Ok(()) };
    let sale: Sale = serde_json::from_str(&document).map_err(|error| StoreError::Unreadable {
        what: "call",
        cause: format!("sale: {error}"),
    })?;
    if !record.billable {
        cap_use::pay_back(db, &sale)?;
    } else if sale.prepaid {
        balance::charge(db, record, &sale)?;
    }
    db.prepare_cached(SETTLED)?.execute(params![id])?;
    Ok(())
}
