//! A buyer reports a sale: the report is stored, and the ledger corrected.

use crate::base::AttemptId;
use crate::base::BuyerReport;
use crate::base::Wall;
use crate::store::ReportOutcome;
use crate::store::StoreError;
use crate::store::after_sale::AfterSale;
use crate::store::after_sale::Hearing;
use crate::store::after_sale::What;

use super::case;
use super::case::Corrected;
use super::column::word;
use super::engine::Db;
use super::engine::params;
use super::report_of_sale;
use super::sale_news;
use super::sale_news::SaleNews;

/// Whether the buyer may still get the call: the attempt has no outcome, or its outcome is stored
/// before its sale.
const IS_TRIED: &str = "
    SELECT EXISTS (SELECT 1 FROM attempt JOIN inquiry ON inquiry.id = attempt.inquiry_id
        WHERE attempt.id = $1 AND inquiry.state = 'live'
            AND (attempt.outcome IS NULL OR attempt.outcome = 'won'))";

/// Stores a report and corrects the ledger.
pub(super) fn add(
    db: &Db,
    sale: AttemptId,
    given: BuyerReport,
    at: Wall,
) -> Result<ReportOutcome, StoreError> {
    let Some(mut stored) = case::fetch(db, sale)? else {
        let is_tried: bool =
            db.prepare_cached(IS_TRIED)?.query_row(params![word(&sale)?], |row| row.get(0))?;
        return Ok(if is_tried { ReportOutcome::NotSold } else { ReportOutcome::Unknown });
    };
    let reported = match stored.hear(given, at) {
        Hearing::Answered(outcome) => return Ok(outcome),
        Hearing::New(reported) => reported,
    };
    let what = What::Reported(report_of_sale::insert(db, sale, &reported)?);
    stored.reported = Some(reported.clone());
    let event = AfterSale { what, at, by: report_of_sale::AUTHOR };
    if case::correct(db, &stored, event)? == Corrected::Converted {
        sale_news::write(db, SaleNews::Converted, stored.inquiry, at)?;
    }
    Ok(stored.accepted(reported))
}
