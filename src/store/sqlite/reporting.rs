//! A buyer reports a sale: the report is stored, and the ledger corrected.

use rusqlite::Connection;
use rusqlite::params;

use crate::base::AttemptId;
use crate::base::Wall;
use crate::billing::BuyerReport;
use crate::billing::Cause;
use crate::billing::Heard;
use crate::billing::Reported;
use crate::outbox::CallNews;
use crate::store::ReportOutcome;
use crate::store::SaleReport;
use crate::store::StoreError;

use super::call;
use super::case;
use super::case::Corrected;
use super::case::Found;
use super::column::word;
use super::report_of_sale;

/// Whether the buyer may still get the call: the attempt has no outcome, or its outcome is stored
/// before its sale.
const IS_TRIED: &str = "
    SELECT EXISTS (SELECT 1 FROM attempt JOIN inquiry ON inquiry.id = attempt.inquiry_id
        WHERE attempt.id = $1 AND inquiry.state = 'live'
            AND (attempt.outcome IS NULL OR attempt.outcome = 'won'))";

/// Stores a report and corrects the ledger.
pub(super) fn add(
    db: &Connection,
    sale: AttemptId,
    given: BuyerReport,
    at: Wall,
) -> Result<ReportOutcome, StoreError> {
    let Some(mut found) = case::fetch(db, sale)? else {
        let is_tried: bool =
            db.prepare_cached(IS_TRIED)?.query_one(params![word(&sale)?], |row| row.get(0))?;
        return Ok(if is_tried { ReportOutcome::NotSold } else { ReportOutcome::Unknown });
    };
    let reported = match found.case.hear(given, at) {
        Ok(Heard::Before(reported)) => return Ok(accepted(&found, reported)),
        Ok(Heard::Now(reported)) => reported,
        Err(refused) => return Ok(ReportOutcome::Refused(refused)),
    };
    let number = report_of_sale::insert(db, sale, &reported)?;
    found.case.reported = Some(reported.clone());
    let cause = Cause::conversion(number);
    if case::correct(db, &found, &cause, at, report_of_sale::AUTHOR)? == Corrected::Converted {
        call::write_event(db, CallNews::Converted, found.call, at)?;
    }
    Ok(accepted(&found, reported))
}

fn accepted(found: &Found, reported: Reported) -> ReportOutcome {
    let (call, contract) = (found.call, found.case.sold.contract.clone());
    ReportOutcome::Accepted(SaleReport { call, contract, reported })
}
