//! A return is asked for and decided: it is stored, and the ledger corrected.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::params;

use crate::base::AttemptId;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::Case;
use crate::billing::Cause;
use crate::billing::ReturnCounts;
use crate::billing::ReturnState;
use crate::billing::ReturnedBy;
use crate::book::Returns;
use crate::call::Scope;
use crate::outbox::CallNews;
use crate::store::AskedReturn;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::ReturnId;
use crate::store::ReturnOutcome;
use crate::store::SaleReturn;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::call;
use super::cap_use;
use super::case;
use super::case::Found;
use super::column::before;
use super::column::natural;
use super::column::word;
use super::returned;
use super::sale;

/// Author of what is accepted because its time has come.
const BY_ITSELF: &str = "accept_after";
/// Most returns that one write accepts.
const DUE_MAX: i64 = 100;

const INSERT: &str = "
    INSERT INTO sale_return (sale, contract, buyer, state, reason, note, micros, currency,
        asked_at, asked_by, accept_at)
    VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10)";
const DECIDE: &str = "
    UPDATE sale_return SET state = $1, decided_at = $2, decided_by = $3, decision_note = $4
    WHERE id = $5 AND state = 'open'";
const LAST_SALE: &str = "
    SELECT id FROM sale WHERE inquiry_id = $1 AND ($2 IS NULL OR buyer = $2)
    ORDER BY id DESC LIMIT 1";
const DUE: &str = "
    SELECT id FROM sale_return WHERE state = 'open' AND accept_at <= $1
    ORDER BY accept_at LIMIT $2";
const NEXT_DUE: &str = "
    SELECT min(accept_at) FROM sale_return WHERE state = 'open' AND accept_at IS NOT NULL";
/// Sales of a contract that were billed since a call id, returned ones included.
const SALES: &str = "
    SELECT count(*) FROM inquiry JOIN sale ON sale.inquiry_id = inquiry.id
    WHERE inquiry.winner_buyer = $1 AND inquiry.id > $2 AND sale.contract = $3
        AND (inquiry.revenue_micros > 0 OR EXISTS
            (SELECT 1 FROM sale_return WHERE sale_return.sale = sale.id AND state = 'accepted'))";
const RETURNED: &str = "
    SELECT count(*) FROM sale_return JOIN sale ON sale.id = sale_return.sale
    WHERE sale_return.contract = $1 AND sale.inquiry_id > $2 AND state <> 'refused'";

/// Who decides on a return, when, and with which note.
struct Decider<'a> {
    at: Wall,
    who: &'a str,
    note: &'a str,
}

/// Asks for the return of a call's sale.
pub(super) fn ask(db: &Connection, asked: &AskedReturn) -> Result<ReturnOutcome, StoreError> {
    let AskedReturn { call, reason, note, scope, by } = asked;
    let (own, who, asked_by) = match scope {
        Scope::All => (None, ReturnedBy::Operator, by.who()),
        Scope::Buyer(buyer) => (Some(buyer.as_str()), ReturnedBy::Buyer, format!("buyer {buyer}")),
        Scope::Source(_) => return Ok(ReturnOutcome::Unknown),
    };
    let values = params![word(call)?, own];
    let sale: Option<String> =
        db.prepare_cached(LAST_SALE)?.query_row(values, |row| row.get(0)).optional()?;
    let sale = sale.and_then(|id| id.parse::<AttemptId>().ok());
    let Some(sale) = sale else { return Ok(ReturnOutcome::Unknown) };
    let Some(found) = case::fetch(db, sale)? else { return Ok(ReturnOutcome::Unknown) };
    if let Some(known) = returned::of_sale(db, sale)? {
        activity::done(db, by, Effect::of(known.id))?;
        return Ok(ReturnOutcome::Before(known));
    }
    let counts = counts(db, &found.case, by.at)?;
    let accept_at = match found.case.ask_return(who, reason, counts, by.at) {
        Ok(accept_at) => accept_at,
        Err(refused) => return Ok(ReturnOutcome::Refused(refused)),
    };
    let revenue = found.case.due().map(|bill| bill.revenue);
    db.prepare_cached(INSERT)?.execute(params![
        word(&sale)?,
        found.case.sold.contract.as_str(),
        found.case.sold.buyer.as_str(),
        reason,
        note,
        revenue.map(Money::micros),
        revenue.map(|money| money.currency().as_str().to_owned()),
        by.at.micros(),
        asked_by,
        accept_at.map(Wall::micros),
    ])?;
    let added = returned::of_sale(db, sale)?;
    let added = added.ok_or_else(|| StoreError::Sql("the return just added is missing".into()))?;
    activity::done(db, by, Effect::of(added.id))?;
    Ok(ReturnOutcome::Now(added))
}

/// Returns how many sales of the contract there were within its window.
fn counts(db: &Connection, case: &Case, now: Wall) -> Result<ReturnCounts, StoreError> {
    let Some(Returns { window, .. }) = case.returns else { return Ok(ReturnCounts::default()) };
    let (contract, since) = (case.sold.contract.as_str(), before(now - window));
    let sales = params![case.sold.buyer.as_str(), since, contract];
    let sales: i64 = db.prepare_cached(SALES)?.query_one(sales, |row| row.get(0))?;
    let returned: i64 =
        db.prepare_cached(RETURNED)?.query_one(params![contract, since], |row| row.get(0))?;
    Ok(ReturnCounts { sales: sales.unsigned_abs(), returned: returned.unsigned_abs() })
}

/// Decides on a return.
pub(super) fn decide(
    db: &Connection,
    decided: &DecidedReturn,
) -> Result<DecisionOutcome, StoreError> {
    let DecidedReturn { id, verdict, note, by } = decided;
    let Some(known) = returned::fetch(db, *id)? else { return Ok(DecisionOutcome::Unknown) };
    let wanted = verdict.state();
    if known.state == ReturnState::Open {
        let settled = settle(db, *id, wanted, &Decider { at: by.at, who: &by.who(), note })?;
        activity::done(db, by, Effect::of(id))?;
        return Ok(settled.map_or(DecisionOutcome::Unknown, DecisionOutcome::Now));
    }
    if known.state == wanted {
        activity::done(db, by, Effect::of(id))?;
        return Ok(DecisionOutcome::Before(known));
    }
    Ok(DecisionOutcome::Otherwise(known))
}

/// Settles an open return: stores its state, and corrects the ledger if it is accepted.
fn settle(
    db: &Connection,
    id: ReturnId,
    state: ReturnState,
    by: &Decider<'_>,
) -> Result<Option<SaleReturn>, StoreError> {
    let Decider { at, who, note } = by;
    let values = params![state.name(), at.micros(), who, note, natural(id.0)];
    db.prepare_cached(DECIDE)?.execute(values)?;
    let Some((sale, settled)) = returned::fetch_with_sale(db, id)? else { return Ok(None) };
    if state == ReturnState::Accepted
        && let Some(found) = case::fetch(db, sale)?
    {
        accept(db, &found, id, by)?;
    }
    Ok(Some(settled))
}

fn accept(
    db: &Connection,
    found: &Found,
    id: ReturnId,
    by: &Decider<'_>,
) -> Result<(), StoreError> {
    case::correct(db, found, &Cause::returned(id.0), by.at, by.who)?;
    if found.case.frees_cap() {
        cap_use::free(db, &sale::units(db, found.case.sold.sale)?)?;
    }
    call::write_event(db, CallNews::Returned, found.call, by.at)
}

/// Accepts returns whose time has come. Returns when to continue.
pub(super) fn accept_due(db: &Connection, at: Wall) -> Result<Option<Wall>, StoreError> {
    let mut statement = db.prepare_cached(DUE)?;
    let due = statement.query_map(params![at.micros(), DUE_MAX], |row| row.get::<_, i64>(0))?;
    let due: Vec<i64> = due.collect::<Result<_, _>>()?;
    for id in due {
        let id = ReturnId(id.unsigned_abs());
        settle(db, id, ReturnState::Accepted, &Decider { at, who: BY_ITSELF, note: "" })?;
    }
    let next: Option<i64> = db.prepare_cached(NEXT_DUE)?.query_one([], |row| row.get(0))?;
    Ok(next.map(Wall::from_micros))
}
