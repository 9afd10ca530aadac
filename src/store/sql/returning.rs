//! A return is asked for and decided: it is stored, and the ledger corrected.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Money;
use crate::base::ReturnState;
use crate::base::Wall;
use crate::call::Scope;
use crate::store::AskedReturn;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::ReturnId;
use crate::store::ReturnOutcome;
use crate::store::SaleReturn;
use crate::store::StoreError;
use crate::store::after_sale::AfterSale;
use crate::store::after_sale::OpenReturn;
use crate::store::after_sale::StoredSale;
use crate::store::after_sale::What;

use super::activity;
use super::activity::Effect;
use super::case;
use super::column::before;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;
use super::pause;
use super::returned;
use super::sale_news;
use super::sale_news::SaleNews;

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
    SELECT id FROM sale WHERE inquiry_id = $1 AND (CAST($2 AS TEXT) IS NULL OR buyer = $2)
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
        AND EXISTS (SELECT 1 FROM posting
            WHERE posting.sale = sale.id AND posting.kind = 'revenue' AND posting.micros > 0)";
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
pub(super) fn ask(db: &Db, asked: &AskedReturn) -> Result<ReturnOutcome, StoreError> {
    let AskedReturn { inquiry, reason, note, scope, by } = asked;
    let own = match scope {
        Scope::All => None,
        Scope::Buyer(buyer) => Some(buyer.as_str()),
        Scope::Source(_) => return Ok(ReturnOutcome::Unknown),
    };
    let values = params![word(inquiry)?, own];
    let sale: Option<String> =
        db.prepare_cached(LAST_SALE)?.query_row(values, |row| row.get(0)).optional()?;
    let sale = sale.and_then(|id| id.parse::<AttemptId>().ok());
    let Some(sale) = sale else { return Ok(ReturnOutcome::Unknown) };
    let Some(stored) = case::fetch(db, sale)? else { return Ok(ReturnOutcome::Unknown) };
    if let Some(known) = returned::of_sale(db, sale)? {
        activity::done(db, by, Effect::of(known.id))?;
        return Ok(ReturnOutcome::Before(known));
    }
    let window = stored.returns.as_ref().map(|rules| rules.window);
    let [sales, returned] = counts(db, &stored, window, by.at)?;
    let open = match stored.ask_return(asked, sales, returned) {
        Ok(open) => open,
        Err(refused) => return Ok(ReturnOutcome::Refused(refused)),
    };
    let OpenReturn { revenue, asked_by, accept_at } = open;
    db.prepare_cached(INSERT)?.execute(params![
        word(&sale)?,
        stored.contract.as_str(),
        stored.buyer.as_str(),
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
    pause_for_returns(db, &stored, by.at)?;
    activity::done(db, by, Effect::of(added.id))?;
    Ok(ReturnOutcome::Now(added))
}

/// Pauses the contract if the return just added is one too many.
fn pause_for_returns(db: &Db, stored: &StoredSale, now: Wall) -> Result<(), StoreError> {
    let window = stored.returns.as_ref().and_then(|rules| rules.pause).map(|rule| rule.window);
    let [sales, returned] = counts(db, stored, window, now)?;
    stored.pause(sales, returned, now).map_or(Ok(()), |new| pause::begin(db, &new))
}

/// Returns how many sales of the contract were billed within a window, and how many of them have a
/// return; none without a window.
fn counts(
    db: &Db,
    stored: &StoredSale,
    window: Option<Duration>,
    now: Wall,
) -> Result<[u64; 2], StoreError> {
    let Some(window) = window else { return Ok([0, 0]) };
    let (contract, since) = (stored.contract.as_str(), before(now - window));
    let values = params![stored.buyer.as_str(), since, contract];
    let sales: i64 = db.prepare_cached(SALES)?.query_row(values, |row| row.get(0))?;
    let returned: i64 =
        db.prepare_cached(RETURNED)?.query_row(params![contract, since], |row| row.get(0))?;
    Ok([sales, returned].map(i64::unsigned_abs))
}

/// Decides on a return.
pub(super) fn decide(db: &Db, decided: &DecidedReturn) -> Result<DecisionOutcome, StoreError> {
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
    db: &Db,
    id: ReturnId,
    state: ReturnState,
    by: &Decider<'_>,
) -> Result<Option<SaleReturn>, StoreError> {
    let Decider { at, who, note } = by;
    let values = params![state.name(), at.micros(), who, note, natural(id.0)];
    db.prepare_cached(DECIDE)?.execute(values)?;
    let Some((sale, settled)) = returned::fetch_with_sale(db, id)? else { return Ok(None) };
    if state == ReturnState::Accepted
        && let Some(stored) = case::fetch(db, sale)?
    {
        accept(db, &stored, id, by)?;
    }
    Ok(Some(settled))
}

fn accept(db: &Db, stored: &StoredSale, id: ReturnId, by: &Decider<'_>) -> Result<(), StoreError> {
    let event = AfterSale { what: What::Returned(id), at: by.at, by: by.who };
    case::correct(db, stored, event)?;
    sale_news::write(db, SaleNews::Returned, stored.inquiry, by.at)
}

/// Accepts returns whose time has come. Returns when to continue.
pub(super) fn accept_due(db: &Db, at: Wall) -> Result<Option<Wall>, StoreError> {
    let mut statement = db.prepare_cached(DUE)?;
    let due: Vec<i64> = statement.query_all(params![at.micros(), DUE_MAX], |row| row.get(0))?;
    for id in due {
        let id = ReturnId(id.unsigned_abs());
        settle(db, id, ReturnState::Accepted, &Decider { at, who: BY_ITSELF, note: "" })?;
    }
    let next: Option<i64> = db.prepare_cached(NEXT_DUE)?.query_row(params![], |row| row.get(0))?;
    Ok(next.map(Wall::from_micros))
}
