//! Returns of sales.

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::InquiryId;
use crate::base::ReturnState;
use crate::base::Returned;
use crate::base::Wall;
use crate::call::Scope;
use crate::store::RETURNS_MAX;
use crate::store::ReturnId;
use crate::store::ReturnQuery;
use crate::store::SaleReturn;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const FETCH: &str = "
    SELECT sale_return.*, sale.inquiry_id, inquiry.channel FROM sale_return
    JOIN sale ON sale.id = sale_return.sale JOIN inquiry ON inquiry.id = sale.inquiry_id WHERE sale_return.id = $1";
const OF_SALE: &str = "
    SELECT sale_return.*, sale.inquiry_id, inquiry.channel FROM sale_return
    JOIN sale ON sale.id = sale_return.sale JOIN inquiry ON inquiry.id = sale.inquiry_id WHERE sale_return.sale = $1";
const OF_INQUIRY: &str = "
    SELECT sale_return.*, sale.inquiry_id, inquiry.channel FROM sale
    JOIN sale_return ON sale_return.sale = sale.id JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE sale.inquiry_id = $1 ORDER BY sale_return.id";
const LIST: &str = "
    SELECT sale_return.*, sale.inquiry_id, inquiry.channel FROM sale_return
    JOIN sale ON sale.id = sale_return.sale JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE sale_return.id < $1 AND (CAST($2 AS TEXT) IS NULL OR sale_return.state = $2)
        AND (CAST($3 AS TEXT) IS NULL OR sale_return.buyer = $3) AND (CAST($4 AS TEXT) IS NULL OR sale_return.buyer = $4)
    ORDER BY sale_return.id DESC LIMIT $5";
const OF_CONTRACT: &str = "
    SELECT count(*) FROM sale_return
    WHERE contract = $1 AND asked_at >= $2 AND state <> 'refused'";
pub(super) const NEWEST: &str = "SELECT coalesce(max(id), 0) AS id FROM sale_return";

/// Returns matching returns, newest first.
pub(super) fn list(
    db: &Db,
    query: &ReturnQuery,
    before: Option<ReturnId>,
    limit: usize,
) -> Result<Vec<SaleReturn>, StoreError> {
    let ReturnQuery { state, buyer, scope } = query;
    let own = match scope {
        Scope::All => None,
        Scope::Buyer(buyer) => Some(buyer.as_str()),
        Scope::Source(_) => return Ok(Vec::new()),
    };
    let before = before.map_or(i64::MAX, |before| natural(before.0));
    let limit = i64::try_from(limit.min(RETURNS_MAX)).unwrap_or(i64::MAX);
    let buyer = buyer.as_ref().map(|buyer| buyer.as_str());
    let mut statement = db.prepare_cached(LIST)?;
    let state = state.map(ReturnState::name);
    let mut rows = statement.query(params![before, state, buyer, own, limit])?;
    let mut returns = Vec::new();
    while let Some(row) = rows.next()? {
        returns.push(read(row)?);
    }
    Ok(returns)
}

/// Returns the number of a contract's returns that are open or accepted.
pub(super) fn of_contract(db: &Db, contract: &ContractId, since: Wall) -> Result<u64, StoreError> {
    let values = params![contract.as_str(), since.micros()];
    let count: i64 = db.prepare_cached(OF_CONTRACT)?.query_row(values, |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Returns the return of a sale.
pub(super) fn of_sale(db: &Db, sale: AttemptId) -> Result<Option<SaleReturn>, StoreError> {
    one(db, OF_SALE, &word(&sale)?)
}

/// Returns whether the return of a sale was accepted, and its number.
pub(super) fn accepted(db: &Db, sale: AttemptId) -> Result<Option<ReturnId>, StoreError> {
    let known = of_sale(db, sale)?;
    let accepted = known.filter(|known| known.state == ReturnState::Accepted);
    Ok(accepted.map(|known| known.id))
}

/// Returns the latest return of an inquiry's sales.
pub(super) fn of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Option<Returned>, StoreError> {
    Ok(all(db, inquiry)?.pop())
}

/// Returns the returns of an inquiry's sales, oldest first.
pub(super) fn all(db: &Db, inquiry: impl Into<InquiryId>) -> Result<Vec<Returned>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRY)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut returns = Vec::new();
    while let Some(row) = rows.next()? {
        let SaleReturn { id, state, reason, asked_at, decided_at, .. } = read(row)?;
        returns.push(Returned { id: id.0, state, reason, asked_at, decided_at });
    }
    Ok(returns)
}

/// Returns a return by its number.
pub(super) fn fetch(db: &Db, id: ReturnId) -> Result<Option<SaleReturn>, StoreError> {
    Ok(fetch_with_sale(db, id)?.map(|(_, found)| found))
}

/// Returns a return by its number, with its sale.
pub(super) fn fetch_with_sale(
    db: &Db,
    id: ReturnId,
) -> Result<Option<(AttemptId, SaleReturn)>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let both = |row: Row<'_>| {
        let sale = Columns::of("sale_return", row).word("sale");
        Ok(sale.and_then(|sale| Ok((sale, read(row)?))))
    };
    statement.query_row(params![natural(id.0)], both).optional()?.transpose()
}

fn one(db: &Db, sql: &str, id: &str) -> Result<Option<SaleReturn>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    statement.query_row(params![id], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: Row<'_>) -> Result<SaleReturn, StoreError> {
    let column = Columns::of("sale_return", row);
    Ok(SaleReturn {
        id: ReturnId(column.natural("id")?),
        inquiry: column.call_or_lead()?,
        contract: column.word("contract")?,
        buyer: column.word("buyer")?,
        state: column.word("state")?,
        reason: column.plain("reason")?,
        note: column.plain("note")?,
        revenue: column.money_or_null("micros", "currency")?,
        asked_at: column.wall("asked_at")?,
        asked_by: column.plain("asked_by")?,
        accept_at: column.wall_or_null("accept_at")?,
        decided_at: column.wall_or_null("decided_at")?,
        decided_by: column.plain("decided_by")?,
        decision_note: column.plain("decision_note")?,
    })
}
