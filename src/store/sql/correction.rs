//! Corrections of counters: postings of kind `budget` that an event after the sale caused.

use crate::book::Returns;
use crate::store::CORRECTIONS_MAX;
use crate::store::CapCorrection;
use crate::store::Sale;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;
use super::engine::Db;
use super::engine::params;

const AFTER: &str = "
    SELECT posting.id AS id, posting.cause AS cause, posting.micros AS micros,
        sale.taken AS taken, inquiry.returns AS returns
    FROM posting JOIN sale ON sale.id = posting.sale
        JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE posting.kind = 'budget' AND posting.id > $1 ORDER BY posting.id";
pub(super) const NEWEST: &str =
    "SELECT coalesce(max(id), 0) AS id FROM posting WHERE kind = 'budget'";

/// Returns the corrections with numbers above `posting`, in order; at most [`CORRECTIONS_MAX`].
pub(super) fn after(db: &Db, posting: u64) -> Result<Vec<CapCorrection>, StoreError> {
    let mut statement = db.prepare_cached(AFTER)?;
    let mut rows = statement.query(params![natural(posting)])?;
    let mut corrections = Vec::new();
    while corrections.len() < CORRECTIONS_MAX {
        let Some(row) = rows.next()? else { break };
        let column = Columns::of("posting", row);
        let cause: String = column.plain("cause")?;
        let taken: Option<Sale> = column.json_or_null("taken")?;
        let returns: Option<Returns> = column.json("returns")?;
        let frees_cap = returns.is_some_and(|returns| returns.frees_cap);
        let (posting, micros) = (column.natural("id")?, column.plain("micros")?);
        corrections.extend(CapCorrection::of(posting, &cause, taken, micros, frees_cap));
    }
    Ok(corrections)
}

/// Returns the number of the newest posting of a budget; 0 before the first.
pub(super) fn newest(db: &Db) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(NEWEST)?;
    statement.query_row(params![], |row| Ok(Columns::of("posting", row).natural("id")))?
}
