//! `/v1/returns`: buyers return sales, and the operator decides.

use axum::Json;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Returner;
use super::access::Tenant;
use super::access::Writer;
use super::handler::Admitted;
use super::problem::Problem;
use super::problem::sentence;
use super::query::Value;
use super::query::query;
use super::reply::Made;
use super::schema::event_id;
use super::schema::text;
use super::schema::whole;
use super::schema::word;
use super::segment::Segment;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::InquiryId;
use crate::base::LeadId;
use crate::base::ReturnState;
use crate::billing::RETURN_NOTE_BYTES_MAX;
use crate::billing::ReturnRefused;
use crate::call::Scope;
use crate::dispatch::take_up_credits;
use crate::dispatch::take_up_pauses;
use crate::store::Activity;
use crate::store::AskedReturn;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::RETURNS_MAX;
use crate::store::ReturnId;
use crate::store::ReturnOutcome;
use crate::store::ReturnQuery;
use crate::store::ReturnVerdict;
use crate::store::SaleReturn;

/// Returns of a page unless the client asks for another number.
const PAGE_RETURNS: usize = 50;
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 64;

impl Segment for ReturnId {
    const ABOUT: &'static str = "Number of the return.";

    fn schema() -> RefOr<Schema> {
        whole(1, 1_000_000_000_000)
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|_| Problem::NotFound("return"))
    }
}

impl Value for ReturnState {
    const EXPECTED: &'static str = "open, accepted or refused";

    fn schema() -> RefOr<Schema> {
        word(ReturnState::ALL.iter().map(|state| state.name()))
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for ReturnId {
    const EXPECTED: &'static str = "the `next` of the previous page";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Returns of a page.
pub(super) struct Limit(usize);

impl Value for Limit {
    const EXPECTED: &'static str = "a number from 1 to 200";

    fn schema() -> RefOr<Schema> {
        whole(1, 200)
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|limit| (1..=RETURNS_MAX).contains(limit)).map(Self)
    }
}

query! {
    /// Which returns, and which page of them.
    pub(super) struct Wanted {
        /// State of the return.
        state: ReturnState,
        /// Buyer of the sale.
        buyer: BuyerId,
        /// Start of the page: the `next` of the previous page.
        cursor: ReturnId,
        /// Returns per page; 50 by default.
        limit: Limit,
    }
}

/// A page of returns, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ReturnPage {
    items: Vec<SaleReturn>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// A sale to return.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnBody {
    /// The call that was sold.
    #[serde(default)]
    #[schema(schema_with = event_id)]
    call: Option<CallId>,
    /// The lead that was sold, in place of `call`.
    #[serde(default)]
    #[schema(schema_with = event_id)]
    lead: Option<LeadId>,
    /// A reason that the contract knows; at most 64 bytes.
    #[schema(max_length = 64)]
    reason: String,
    /// A note for whoever decides; at most 500 bytes.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// A decision on a return.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerdictBody {
    /// A note for the buyer; at most 500 bytes.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// Asks for the return of a sale. A sale that was returned before gets the same answer.
pub(super) async fn ask(
    request: Admitted<Returner, (), (), Json<ReturnBody>>,
) -> Result<Made<SaleReturn>, Problem> {
    let Admitted { site, who: Returner { by, scope }, body: Json(body), .. } = request;
    let ReturnBody { call, lead, reason, note } = body;
    let inquiry: InquiryId = match (call, lead) {
        (Some(call), None) => call.into(),
        (None, Some(lead)) => lead.into(),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::Unreadable("Give either `call` or `lead`.".to_owned()));
        }
    };
    fits("reason", &reason, REASON_BYTES_MAX)?;
    fits("note", &note, RETURN_NOTE_BYTES_MAX)?;
    if reason.trim().is_empty() {
        return Err(Problem::Unreadable("`reason` is empty.".to_owned()));
    }
    let asked = AskedReturn { inquiry, reason, note, scope: scope.clone(), by };
    let outcome = site.store.return_ask(asked).await?;
    // A return may pause its contract.
    take_up_pauses(site.store.as_ref(), &site.dispatch).await?;
    match outcome {
        ReturnOutcome::Now(found) => Ok(Made::Now(seen(found, &scope))),
        ReturnOutcome::Before(found) => Ok(Made::Before(seen(found, &scope))),
        ReturnOutcome::Refused(refused) => Err(Problem::from(refused)),
        ReturnOutcome::Unknown => Err(Problem::NotFound("sold call or lead")),
    }
}

/// Lists returns.
pub(super) async fn list(
    request: Admitted<Tenant, (), Wanted>,
) -> Result<Json<ReturnPage>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, query, .. } = request;
    let limit = query.limit.map_or(PAGE_RETURNS, |Limit(limit)| limit);
    let wanted = ReturnQuery { state: query.state, buyer: query.buyer, scope: scope.clone() };
    let found = site.store.returns(wanted, query.cursor, limit).await?;
    let next = (found.len() == limit).then(|| found.last().map(|last| last.id.to_string()));
    let items = found.into_iter().map(|found| seen(found, &scope)).collect();
    Ok(Json(ReturnPage { items, next: next.flatten() }))
}

/// Accepts a return: revenue and payout are reversed together.
pub(super) async fn accept(
    request: Admitted<Writer, ReturnId, (), Json<VerdictBody>>,
) -> Result<Json<SaleReturn>, Problem> {
    decide(request, ReturnVerdict::Accept).await
}

/// Refuses a return: nothing is reversed.
pub(super) async fn refuse(
    request: Admitted<Writer, ReturnId, (), Json<VerdictBody>>,
) -> Result<Json<SaleReturn>, Problem> {
    decide(request, ReturnVerdict::Refuse).await
}

async fn decide(
    request: Admitted<Writer, ReturnId, (), Json<VerdictBody>>,
    verdict: ReturnVerdict,
) -> Result<Json<SaleReturn>, Problem> {
    let Admitted { site, who: Writer { by }, path: id, body: Json(VerdictBody { note }), .. } =
        request;
    fits("note", &note, RETURN_NOTE_BYTES_MAX)?;
    let outcome = site.store.return_decide(DecidedReturn { id, verdict, note, by }).await?;
    take_up_credits(site.store.as_ref(), &site.dispatch).await?;
    match outcome {
        DecisionOutcome::Now(found) | DecisionOutcome::Before(found) => Ok(Json(found)),
        DecisionOutcome::Otherwise(found) => {
            let by = found.decided_by.unwrap_or_default();
            Err(Problem::Conflict(format!("Return {id} was {} by {by}.", found.state)))
        }
        DecisionOutcome::Unknown => Err(Problem::NotFound("return")),
    }
}

/// Returns the answer to a decision whose answer was lost.
pub(super) async fn again(site: Site, done: Activity) -> Result<Json<SaleReturn>, Problem> {
    found(&site, &done).await.map(Json)
}

/// Returns the answer to a request whose answer was lost.
pub(super) async fn asked_again(site: Site, done: Activity) -> Result<Made<SaleReturn>, Problem> {
    found(&site, &done).await.map(Made::Now)
}

async fn found(site: &Site, done: &Activity) -> Result<SaleReturn, Problem> {
    let lost = || Problem::DoneBefore(done.number);
    let id = done.mutation.subject.as_deref().and_then(|id| id.parse::<ReturnId>().ok());
    let ReturnId(number) = id.ok_or_else(lost)?;
    let all = ReturnQuery { state: None, buyer: None, scope: Scope::All };
    let below = ReturnId(number.saturating_add(1));
    let found = site.store.returns(all, Some(below), 1).await?.pop();
    found.filter(|found| found.id.0 == number).ok_or_else(lost)
}

/// Returns a return without the names of staff, for a buyer.
fn seen(found: SaleReturn, scope: &Scope) -> SaleReturn {
    match scope {
        Scope::All => found,
        Scope::Buyer(_) | Scope::Source(_) => {
            let own = found.asked_by.starts_with("buyer ");
            let asked_by = if own { found.asked_by.clone() } else { "staff".to_owned() };
            let decided_by = found.decided_by.map(|_| "staff".to_owned());
            SaleReturn { asked_by, decided_by, ..found }
        }
    }
}

fn fits(name: &str, text: &str, most: usize) -> Result<(), Problem> {
    if text.len() <= most && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let fault = format!("`{name}` must have at most {most} bytes, and no control characters.");
    Err(Problem::Unreadable(fault))
}

impl From<ReturnRefused> for Problem {
    fn from(refused: ReturnRefused) -> Self {
        let sentence = sentence(&refused.to_string());
        match refused {
            ReturnRefused::Live | ReturnRefused::NotBilled => Problem::Conflict(sentence),
            ReturnRefused::None(_) => Problem::Disallowed("no_returns", sentence),
            ReturnRefused::Late { .. } => Problem::Disallowed("return_late", sentence),
            ReturnRefused::Reason { .. } => Problem::Disallowed("return_reason", sentence),
            ReturnRefused::Share { .. } => Problem::Disallowed("return_share", sentence),
        }
    }
}

#[cfg(test)]
mod tests;
