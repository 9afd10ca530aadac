//! Everything stored about a sale that decides what is owed, and the corrections of the ledger that
//! `billing` computes from it.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::Row;
use rusqlite::params;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::Case;
use crate::billing::Cause;
use crate::billing::Sold;
use crate::billing::Standing;
use crate::billing::Unbalanced;
use crate::book::Conversion;
use crate::book::Payout;
use crate::store::Sale;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::payout_use;
use super::posting;
use super::report_of_sale;
use super::returned;

const FETCH: &str = "
    SELECT sale.contract AS contract, sale.buyer AS buyer, sale.taken AS taken,
        sale.shown AS shown, inquiry.id AS call, inquiry.source AS source,
        inquiry.price_micros AS price_micros, inquiry.price_currency AS price_currency,
        inquiry.source_payout_micros AS payout_micros,
        inquiry.source_payout_currency AS payout_currency,
        inquiry.payout_share AS payout_share, inquiry.payout_caps AS payout_caps,
        inquiry.conversion AS conversion,
        inquiry.returns AS returns,
        coalesce(inquiry.bridged_at, inquiry.started_at) AS sold_at
    FROM sale JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE sale.id = $1 AND inquiry.price_micros IS NOT NULL";
const SHOWN: &str = "UPDATE sale SET shown = (id IS $1 AND $2) WHERE inquiry_id = $3";
const AMOUNTS: &str = "
    UPDATE inquiry
    SET (billable, revenue_micros, revenue_currency, payout_micros, payout_currency)
        = ($1, $2, $3, $4, $5)
    WHERE id = $6 AND winner_contract = $7";

/// What a correction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Corrected {
    /// Nothing was posted.
    Nothing,
    /// Amounts were posted.
    Posted,
    /// Amounts were posted, and the sale is billed for the first time.
    Converted,
}

/// A sale, and the call that it is a sale of.
pub(super) struct Found {
    pub(super) call: CallId,
    pub(super) case: Case,
}

/// Returns a sale; `None` if it is unknown, or its terms are.
pub(super) fn fetch(db: &Connection, sale: AttemptId) -> Result<Option<Found>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let read = |row: &Row<'_>| Ok(read(db, sale, row));
    statement.query_row(params![word(&sale)?], read).optional()?.transpose()
}

fn read(db: &Connection, sale: AttemptId, row: &Row<'_>) -> Result<Found, StoreError> {
    let column = Columns::of("sale", row);
    let call: CallId = column.word("call")?;
    let stands = Standing::of(&posting::of_sale(db, sale)?);
    let taken: Option<String> = column.plain("taken")?;
    let taken: Option<Sale> = taken.map(|_| column.json("taken")).transpose()?;
    // What older programs took is unknown; a balance that they charged shows it.
    let prepaid = taken.map_or(stands.balance != 0, |taken| taken.prepaid);
    let price = column.money_or_null("price_micros", "price_currency")?;
    let price = price.ok_or_else(|| StoreError::Unreadable {
        what: "inquiry",
        cause: "price_currency: missing for a call with a winner".to_owned(),
    })?;
    let conversion: Option<Conversion> = column.json("conversion")?;
    let fixed = column.money_or_null("payout_micros", "payout_currency")?;
    let share = column.json_or_null("payout_share")?.map(Payout::Share);
    let sold_at = column.wall("sold_at")?;
    let sold = Sold {
        sale,
        contract: column.word("contract")?,
        buyer: column.word("buyer")?,
        source: column.word("source")?,
        price,
        prepaid,
        cause: call.into(),
        at: sold_at,
    };
    let case = Case {
        sold,
        payout: share.or(fixed.map(Payout::Fixed)),
        payout_caps: column.json_or_null("payout_caps")?.unwrap_or_default(),
        full: None,
        conversion: conversion.unwrap_or_default(),
        returns: column.json("returns")?,
        sold_at,
        shown: column.plain("shown")?,
        reported: report_of_sale::latest(db, sale)?.map(|(_, reported)| reported),
        reports: report_of_sale::count(db, sale)?,
        returned: returned::accepted(db, sale)?.is_some(),
        stands,
    };
    Ok(Found { call, case })
}

/// Stores for the sales of an ended call whether the call itself converted; `won` is the sale that
/// its record bills.
pub(super) fn shown(
    db: &Connection,
    call: CallId,
    won: Option<AttemptId>,
    billable: bool,
) -> Result<(), StoreError> {
    let won = won.as_ref().map(word).transpose()?;
    db.prepare_cached(SHOWN)?.execute(params![won, billable, word(&call)?])?;
    Ok(())
}

/// Brings what stands in the ledger for a sale to what is due, and the record with it.
pub(super) fn correct(
    db: &Connection,
    found: &Found,
    cause: &Cause,
    at: Wall,
    by: &str,
) -> Result<Corrected, StoreError> {
    let Found { call, case } = found;
    let refused = |error: Unbalanced| StoreError::TooLarge(error.to_string());
    let mut corrections = case.corrections(cause, at, by).map_err(refused)?;
    let source = &case.sold.source;
    let mut capped = None;
    if let Some(periods) = case.payout_periods(&corrections, at) {
        let used = payout_use::used(db, source, &periods)?;
        capped = case.capped(periods, |period| used.get(&period).copied().unwrap_or(0));
        match &capped {
            Some(capped) => corrections = capped.corrections(cause, at, by).map_err(refused)?,
            None => payout_use::take(db, source, &periods, at)?,
        }
    }
    let case = capped.as_ref().unwrap_or(case);
    let Some(due) = case.due() else { return Ok(Corrected::Nothing) };
    for correction in &corrections {
        posting::save(db, correction)?;
    }
    let code = |money: Option<Money>| money.map(|money| money.currency().as_str().to_owned());
    db.prepare_cached(AMOUNTS)?.execute(params![
        due.billable,
        due.revenue.micros(),
        due.revenue.currency().as_str(),
        due.payout.map(Money::micros),
        code(due.payout),
        word(call)?,
        case.sold.contract.as_str(),
    ])?;
    Ok(match corrections.as_slice() {
        [] => Corrected::Nothing,
        [_, ..] if due.billable && !case.stands.billed => Corrected::Converted,
        [_, ..] => Corrected::Posted,
    })
}

/// Applies to a sale what came before the end of its call, at `at`.
pub(super) fn settle_early(
    db: &Connection,
    sale: AttemptId,
    at: Wall,
) -> Result<Corrected, StoreError> {
    let Some((number, reported)) = report_of_sale::latest(db, sale)? else {
        return Ok(Corrected::Nothing);
    };
    let Some(found) = fetch(db, sale)? else { return Ok(Corrected::Nothing) };
    let cause = Cause::conversion(number);
    correct(db, &found, &cause, at.max(reported.at), report_of_sale::AUTHOR)
}
