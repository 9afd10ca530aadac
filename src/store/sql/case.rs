//! Reads what is stored about a sale, and applies the corrections of the ledger that follow from it.

use crate::base::AttemptId;
use crate::base::InquiryId;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::Wall;
use crate::book::Conversion;
use crate::book::Payout;
use crate::call::CallRecord;
use crate::sale::Winner;
use crate::store::StoreError;
use crate::store::after_sale::AfterSale;
use crate::store::after_sale::Amounts;
use crate::store::after_sale::StoredSale;
use crate::store::after_sale::What;

use super::cap_use;
use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;
use super::payout_use::PayoutUse;
use super::posting;
use super::report_of_sale;
use super::returned;
use super::sale;

const FETCH: &str = "
    SELECT sale.contract AS contract, sale.buyer AS buyer, sale.taken AS taken,
        sale.shown AS shown, inquiry.id AS inquiry_id,
        inquiry.channel AS channel, inquiry.source AS source,
        inquiry.price_micros AS price_micros, inquiry.price_currency AS price_currency,
        inquiry.source_payout_micros AS payout_micros,
        inquiry.source_payout_currency AS payout_currency,
        inquiry.payout_share AS payout_share, inquiry.payout_caps AS payout_caps,
        inquiry.conversion AS conversion,
        inquiry.returns AS returns,
        coalesce(inquiry.bridged_at, inquiry.started_at) AS sold_at,
        sale.terms AS terms, sale.promised AS promised
    FROM sale JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE sale.id = $1 AND inquiry.price_micros IS NOT NULL";
const SHOWN: &str = "
    UPDATE sale SET
        shown = CASE WHEN sale.id = ended.column1 AND ended.column2 = 1 THEN 1 ELSE 0 END,
        promised = CASE WHEN sale.id = ended.column1 THEN ended.column3 END
    FROM (VALUES (CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), $4)) AS ended
    WHERE sale.inquiry_id = ended.column4";
const AMOUNTS: &str = "
    UPDATE inquiry
    SET (billable, revenue_micros, revenue_currency, payout_micros, payout_currency)
        = ($1, $2, $3, $4, $5)
    WHERE id = $6 AND winner_contract = $7";
/// A lead may have several sales: its amounts are the sums of what is posted for them.
const SUM: &str = "
    UPDATE inquiry SET
        billable = CASE WHEN EXISTS (SELECT 1 FROM sale WHERE sale.inquiry_id = inquiry.id AND
            (SELECT sum(micros) FROM posting
             WHERE posting.sale = sale.id AND posting.kind = 'revenue') IS NOT NULL
            AND ((SELECT sum(micros) FROM posting
                  WHERE posting.sale = sale.id AND posting.kind = 'revenue') <> 0
                OR NOT EXISTS (SELECT 1 FROM posting WHERE posting.sale = sale.id
                    AND posting.kind = 'revenue' AND micros <> 0))) THEN 1 ELSE 0 END,
        revenue_micros = CASE WHEN winner_contract IS NULL THEN NULL ELSE
            (SELECT coalesce(sum(posting.micros), 0) FROM sale
             JOIN posting ON posting.sale = sale.id AND posting.kind = 'revenue'
             WHERE sale.inquiry_id = inquiry.id) END,
        revenue_currency = price_currency,
        payout_micros = CASE WHEN payout_currency IS NULL THEN NULL ELSE
            (SELECT coalesce(sum(posting.micros), 0) FROM sale
             JOIN posting ON posting.sale = sale.id AND posting.kind = 'payout'
             WHERE sale.inquiry_id = inquiry.id) END
    WHERE id = $1 AND channel = 'form'";

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

/// Returns a sale; `None` if it is unknown, or its terms are.
pub(super) fn fetch(db: &Db, sale: AttemptId) -> Result<Option<StoredSale>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let read = |row: Row<'_>| Ok(read(db, sale, row));
    statement.query_row(params![word(&sale)?], read).optional()?.transpose()
}

fn read(db: &Db, sale: AttemptId, row: Row<'_>) -> Result<StoredSale, StoreError> {
    let column = Columns::of("sale", row);
    if let Some(terms) = column.json_or_null("terms")? {
        return of_terms(db, sale, &column, terms);
    }
    let price = column.money_or_null("price_micros", "price_currency")?;
    let price = price.ok_or_else(|| StoreError::Unreadable {
        what: "inquiry",
        cause: "price_currency: missing for a call with a winner".to_owned(),
    })?;
    let conversion: Option<Conversion> = column.json("conversion")?;
    let fixed = column.money_or_null("payout_micros", "payout_currency")?;
    let share = column.json_or_null("payout_share")?.map(Payout::Share);
    Ok(StoredSale {
        inquiry: column.call_or_lead()?,
        sale,
        contract: column.word("contract")?,
        buyer: column.word("buyer")?,
        source: column.word("source")?,
        price,
        taken: column.json_or_null("taken")?,
        payout: share.or(fixed.map(Payout::Fixed)),
        payout_caps: column.json_or_null("payout_caps")?.unwrap_or_default(),
        conversion: conversion.unwrap_or_default(),
        returns: column.json("returns")?,
        sold_at: column.wall("sold_at")?,
        shown: column.plain("shown")?,
        promised: column.plain("promised")?,
        reported: report_of_sale::latest(db, sale)?.map(|(_, reported)| reported),
        reports: report_of_sale::count(db, sale)?,
        returned: returned::accepted(db, sale)?.is_some(),
        postings: posting::of_sale(db, sale)?,
    })
}

/// Reads a sale that has its own terms: that of a lead.
fn of_terms(
    db: &Db,
    sale: AttemptId,
    column: &Columns<'_>,
    terms: Winner,
) -> Result<StoredSale, StoreError> {
    Ok(StoredSale {
        inquiry: column.call_or_lead()?,
        sale,
        contract: terms.contract,
        buyer: terms.buyer,
        source: column.word("source")?,
        price: terms.price,
        taken: column.json_or_null("taken")?,
        payout: terms.payout,
        payout_caps: terms.payout_caps,
        conversion: terms.conversion,
        returns: terms.returns,
        sold_at: column.wall("sold_at")?,
        shown: column.plain("shown")?,
        promised: column.plain("promised")?,
        reported: report_of_sale::latest(db, sale)?.map(|(_, reported)| reported),
        reports: report_of_sale::count(db, sale)?,
        returned: returned::accepted(db, sale)?.is_some(),
        postings: posting::of_sale(db, sale)?,
    })
}

/// Brings the amounts of a lead's record to what is posted for its sales.
pub(super) fn sum_amounts(db: &Db, lead: LeadId) -> Result<(), StoreError> {
    db.prepare_cached(SUM)?.execute(params![word(&lead)?])?;
    Ok(())
}

/// Stores for the sales of ended calls whether the call itself converted, and whether its source
/// is owed what it was promised.
pub(super) fn shown(db: &Db, ended: &[&CallRecord]) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    for record in ended {
        let won = record.won().map(|attempt| word(&attempt.id)).transpose()?;
        let id = word(&record.id)?;
        let row = row![won, record.billable, record.owes_promise(), id];
        rows.add(id, row);
    }
    rows.write(db, SHOWN)
}

/// Brings what stands in the ledger for a sale to what is due after an event, and the record with
/// it.
pub(super) fn correct(
    db: &Db,
    stored: &StoredSale,
    event: AfterSale<'_>,
) -> Result<Corrected, StoreError> {
    let Some(mut correction) = stored.correction(event)? else { return Ok(Corrected::Nothing) };
    if let Some(periods) = correction.periods {
        let mut payouts = PayoutUse::read(db, [&stored.source], periods)?;
        match stored.capped(event, periods, |period| payouts.used(&stored.source, period))? {
            Some(capped) => correction = capped,
            None => payouts.take(&stored.source, &periods, event.at),
        }
        payouts.write(db)?;
    }
    for posting in &correction.postings {
        posting::save(db, posting)?;
    }
    if correction.frees_unit {
        cap_use::free(db, &sale::units(db, stored.sale)?)?;
    }
    let Amounts { billable, revenue, payout } = correction.amounts;
    let code = |money: Option<Money>| money.map(|money| money.currency().as_str().to_owned());
    db.prepare_cached(AMOUNTS)?.execute(params![
        billable,
        revenue.micros(),
        revenue.currency().as_str(),
        payout.map(Money::micros),
        code(payout),
        word(&InquiryId::from(stored.inquiry))?,
        stored.contract.as_str(),
    ])?;
    db.prepare_cached(SUM)?.execute(params![word(&InquiryId::from(stored.inquiry))?])?;
    Ok(match (correction.postings.as_slice(), correction.converts) {
        ([], _) => Corrected::Nothing,
        ([_, ..], true) => Corrected::Converted,
        ([_, ..], false) => Corrected::Posted,
    })
}

/// Applies to a sale that the end of its call is known better, at `at`.
pub(super) fn ended_otherwise(db: &Db, sale: AttemptId, at: Wall) -> Result<Corrected, StoreError> {
    let Some(stored) = fetch(db, sale)? else { return Ok(Corrected::Nothing) };
    let number = u64::try_from(stored.postings.len()).unwrap_or(u64::MAX);
    correct(db, &stored, AfterSale { what: What::Ended(number), at, by: "switch" })
}

/// Applies to a sale what came before the end of its call, at `at`.
pub(super) fn settle_early(db: &Db, sale: AttemptId, at: Wall) -> Result<Corrected, StoreError> {
    let Some((number, reported)) = report_of_sale::latest(db, sale)? else {
        return Ok(Corrected::Nothing);
    };
    let Some(stored) = fetch(db, sale)? else { return Ok(Corrected::Nothing) };
    let (what, at) = (What::Reported(number), at.max(reported.at));
    correct(db, &stored, AfterSale { what, at, by: report_of_sale::AUTHOR })
}
