//! What happened to leads after their end: deliveries, reports of buyers, and returns.

use crate::base::LeadId;
use crate::lead::After;
use crate::lead::AfterStep;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::params;
use super::report_of_sale;
use super::returned;

const DELIVERIES: &str = "SELECT * FROM lead_delivery WHERE lead = $1 ORDER BY contract";
const FORGET: &str = "UPDATE lead_delivery SET fault = '' WHERE lead = $1 AND fault <> ''";
const FORGET_LATEST: &str = "
    UPDATE delivery SET fault = '' WHERE fault <> '' AND event IN
        (SELECT sequence FROM event WHERE call = $1)";

/// Returns what happened to a lead after its end, oldest first.
pub(super) fn of_lead(db: &Db, id: LeadId) -> Result<Vec<AfterStep>, StoreError> {
    let mut after = deliveries(db, id)?;
    for reported in report_of_sale::all(db, id)? {
        after
            .push(AfterStep { at: reported.at, what: After::Reported { report: reported.report } });
    }
    for returned in returned::all(db, id)? {
        let asked = After::ReturnAsked { said: returned.reason };
        after.push(AfterStep { at: returned.asked_at, what: asked });
        let state = returned.state;
        let decided = |at| AfterStep { at, what: After::ReturnDecided { state } };
        after.extend(returned.decided_at.map(decided));
    }
    after.sort_by_key(|step| step.at);
    Ok(after)
}

fn deliveries(db: &Db, id: LeadId) -> Result<Vec<AfterStep>, StoreError> {
    let mut statement = db.prepare_cached(DELIVERIES)?;
    let mut rows = statement.query(params![word(&id)?])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("lead_delivery", row);
        let (contract, attempts) = (column.word("contract")?, column.plain("attempts")?);
        let what = match column.plain::<Option<String>>("fault")? {
            None => After::Delivered { contract, attempts },
            Some(said) => After::Undelivered { contract, attempts, said },
        };
        steps.push(AfterStep { at: column.wall("at")?, what });
    }
    Ok(steps)
}

/// Removes what buyers said of a lead when it was delivered. Returns whether there was anything.
pub(super) fn forget_person(db: &Db, id: &str) -> Result<bool, StoreError> {
    let said = db.prepare_cached(FORGET)?.execute(params![id])?;
    let latest = db.prepare_cached(FORGET_LATEST)?.execute(params![id])?;
    Ok(said + latest > 0)
}
