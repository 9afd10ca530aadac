//! `/v1/calls`: live and ended calls.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Serialize;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::access::Tenant;
use super::access::Writer;
use super::body::JSON;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::same_person::WithOthers;
use super::schema::DecisionDocument;
use super::schema::event_id;
use super::schema::moment;
use super::schema::slug;
use super::schema::text;
use super::schema::whole;
use super::schema::word;
use super::segment::Segment;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::End;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::RefusalReason;
use crate::base::SourceId;
use crate::base::Wall;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::CallView;
use crate::call::LiveCall;
use crate::call::RefusedCalls;
use crate::call::Scope;
use crate::call::Sight;
use crate::call::TagFilter;
use crate::dispatch::stored_decision;
use crate::store::CallCursor;
use crate::store::PAGE_CALLS_MAX;
use crate::switch::KnownCall;
use crate::switch::KnownPage;

/// Calls of a page unless the client asks for another number.
const PAGE_CALLS: usize = 50;

query! {
    /// Which calls, and which page of them.
    pub(super) struct Wanted {
        /// Live or ended.
        state: CallState,
        /// Only calls that arrived at or after this time.
        since: Wall,
        /// Only calls that arrived before this time.
        until: Wall,
        /// The dialled number.
        number: Phone,
        /// Source of the call.
        source: SourceId,
        /// Offer for which the call was last routed.
        offer: OfferId,
        /// A buyer who was rung for the call, whether or not they answered.
        buyer: BuyerId,
        /// Reason for which the call ended.
        reason: End,
        /// Tag set by the flow: a name, or `name=value`.
        tag: TagFilter,
        /// The caller's number.
        caller: Phone,
        /// Start of the page: the `next` of the previous page.
        cursor: CallCursor,
        /// Calls per page; 50 by default.
        limit: PageSize,
    }
}

impl Wanted {
    /// Returns the query for this scope. Buyers and sources cannot search by fields that they may
    /// not see.
    fn query(&self, scope: &Scope, sight: Sight) -> Result<CallQuery, Problem> {
        let hidden = [
            ("source", self.source.is_some()),
            ("buyer", self.buyer.is_some()),
            ("tag", self.tag.is_some()),
        ];
        if *scope != Scope::All
            && let Some((name, _)) = hidden.iter().find(|(_, given)| *given)
        {
            let fault = format!("A buyer or a source may not filter calls by `{name}`.");
            return Err(Problem::Unreadable(fault));
        }
        if sight == Sight::Masked && self.caller.is_some() {
            let fault = "An analyst may not filter calls by `caller`: ask with another role.";
            return Err(Problem::Unreadable(fault.to_owned()));
        }
        Ok(CallQuery {
            who: scope.clone(),
            state: self.state,
            since: self.since,
            until: self.until,
            number: self.number.clone(),
            source: self.source.clone(),
            offer: self.offer.clone(),
            buyer: self.buyer.clone(),
            reason: self.reason,
            tag: self.tag.clone(),
            caller: self.caller.clone(),
        })
    }
}

/// Declares filters that are parsed from text: type, expected form, schema.
macro_rules! filters {
    ($($type:ty, $expected:literal, $schema:expr;)+) => {$(
        impl Value for $type {
            const EXPECTED: &'static str = $expected;

            fn schema() -> RefOr<Schema> {
                $schema
            }

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )+};
}

filters! {
    Wall, "a time in RFC 3339, like 2026-05-04T15:00:00Z", moment();
    SourceId, "the id of a source", slug();
    OfferId, "the id of an offer", slug();
    BuyerId, "the id of a buyer", slug();
    ContractId, "the id of a contract", slug();
    End, "a code of docs/reasons.md", word(End::ALL.iter().map(|end| end.code()));
    RefusalReason, "a code of docs/reasons.md",
        word(RefusalReason::ALL.iter().map(|reason| reason.code()));
    TagFilter, "a tag's name, or name=value", text();
}

impl Value for CallState {
    const EXPECTED: &'static str = "`live` or `ended`";

    fn schema() -> RefOr<Schema> {
        word(["live", "ended"])
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "live" => Some(CallState::Live),
            "ended" => Some(CallState::Ended),
            _ => None,
        }
    }
}

impl Value for Phone {
    const EXPECTED: &'static str = "a phone number in E.164, like +13055550123";

    fn schema() -> RefOr<Schema> {
        text()
    }

    /// A bare `+` in a query means a space.
    fn read(text: &str) -> Option<Self> {
        Phone::from_carrier(text.trim()).ok()
    }
}

impl Value for CallCursor {
    const EXPECTED: &'static str = "the `next` of an earlier page";

    fn schema() -> RefOr<Schema> {
        event_id()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Number of calls of a page.
pub(super) struct PageSize(pub(super) usize);

impl Value for PageSize {
    const EXPECTED: &'static str = "a whole number from 1 to 200";

    fn schema() -> RefOr<Schema> {
        whole(1, PAGE_CALLS_MAX)
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|limit| (1..=PAGE_CALLS_MAX).contains(limit)).map(Self)
    }
}

impl Segment for CallId {
    const ABOUT: &'static str = "Call id.";

    fn schema() -> RefOr<Schema> {
        event_id()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |_| Problem::Unreadable(format!("`{text}` is not a call id: expected a UUID."));
        text.parse().map_err(wrong)
    }
}

/// A page of calls, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = CallPage)]
pub(super) struct Page {
    items: Vec<ShownCall>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of the calls that the token may see, newest first.
pub(super) async fn list(request: Admitted<Tenant, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, who: Tenant { scope, sight }, query, .. } = request;
    let wanted = query.query(&scope, sight)?;
    let limit = query.limit.map_or(PAGE_CALLS, |limit| limit.0);
    if wanted.state == Some(CallState::Live) {
        let before = query.cursor.map(|CallCursor(id)| id);
        let KnownPage { items, next } = site.operator.list(&wanted, before, limit).await?;
        let items = items.into_iter().filter_map(|call| ShownCall::known(call, &scope)).collect();
        return Ok(Json(Page { items, next: next.map(|next| next.to_string()) }));
    }
    let page = site.store.call_list(wanted, query.cursor, limit).await?;
    let items = page.items.into_iter().filter_map(|call| call.seen_by(&scope));
    let items = items.map(ShownCall::View).collect();
    Ok(Json(Page { items, next: page.next.map(|next| next.to_string()) }))
}

/// A call as the API shows it: the fields of its record that the token may see. For staff, a call
/// that is live on this switch also has its current state.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ShownCall {
    /// A live call.
    Live(Box<LiveCall>),
    /// A call from the journal or the database.
    View(CallView),
}

impl ShownCall {
    fn known(call: KnownCall, scope: &Scope) -> Option<Self> {
        match call {
            KnownCall::Here(call) => Self::of_live(*call, scope),
            KnownCall::Elsewhere(record) => record.seen_by(scope).map(Self::View),
        }
    }

    fn of_live(call: LiveCall, scope: &Scope) -> Option<Self> {
        match scope {
            Scope::All => Some(Self::Live(Box::new(call))),
            Scope::Buyer(_) | Scope::Source(_) => call.record.seen_by(scope).map(Self::View),
        }
    }
}

/// The schema of a record includes the fields of a live call.
impl PartialSchema for ShownCall {
    fn schema() -> RefOr<Schema> {
        CallView::schema()
    }
}

impl ToSchema for ShownCall {
    fn name() -> Cow<'static, str> {
        CallView::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        CallView::schemas(schemas);
    }
}

/// Returns one call. A call that the token may not see is reported as unknown.
pub(super) async fn fetch(
    request: Admitted<Tenant, CallId>,
) -> Result<Json<WithOthers<ShownCall>>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, path: id, .. } = request;
    let (caller, shown) = match site.operator.find(id) {
        Some(live) => (live.record.caller.clone(), ShownCall::of_live(live, &scope)),
        None => {
            let found = site.journal.call(site.store.as_ref(), id).await?;
            let found = found.ok_or(Problem::NotFound("call"))?;
            (found.caller.clone(), found.seen_by(&scope).map(ShownCall::View))
        }
    };
    let shown = shown.ok_or(Problem::NotFound("call"))?;
    WithOthers::find(&site, &scope, (id.into(), caller), shown).await.map(Json)
}

/// A call that was hung up: 200 with its record if it has ended, 202 if the node that keeps it is
/// asked.
pub(super) struct HungUp(CallRecord);

impl Reply for HungUp {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let mut of = |told: &str| content(JSON, sheet.refer::<ShownCall>()).description(told);
        let ended = of("The call is hung up.");
        let asked = of("Another node keeps the call: it is asked to hang up.");
        vec![(StatusCode::OK, ended), (StatusCode::ACCEPTED, asked)]
    }

    fn reply(self) -> Response {
        let status = match self.0.state {
            CallState::Ended => StatusCode::OK,
            CallState::Live => StatusCode::ACCEPTED,
        };
        (status, Json(ShownCall::View(CallView::Whole(Box::new(self.0))))).into_response()
    }
}

/// Hangs up a live call. Returns the call's record if it has ended already.
pub(super) async fn hang_up(request: Admitted<Writer, CallId>) -> Result<HungUp, Problem> {
    let Admitted { site, path: id, .. } = request;
    Ok(HungUp(site.operator.hang_up(id).await?))
}

query! {
    /// Which refused calls.
    pub(super) struct WhichRefused {
        /// Why they were refused.
        reason: RefusalReason,
    }
}

/// Refused calls, latest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Refusals {
    items: Vec<RefusedCalls>,
    /// Always null: they come at once.
    next: Option<String>,
}

/// Returns the calls that this switch refused since its start. They have no record.
pub(super) async fn refused(
    request: Admitted<Staff, (), WhichRefused>,
) -> Result<Json<Refusals>, Problem> {
    let Admitted { site, query, .. } = request;
    let mut items = site.operator.refused();
    items.retain(|calls| query.reason.is_none_or(|reason| calls.reason == reason));
    Ok(Json(Refusals { items, next: None }))
}

query! {
    /// Which decision of a call.
    pub(super) struct Nth {
        /// Number of the decision, from 1; the last one by default.
        n: Ordinal,
    }
}

/// Position in a list, from 1.
pub(super) struct Ordinal(usize);

impl Value for Ordinal {
    const EXPECTED: &'static str = "a whole number from 1";

    fn schema() -> RefOr<Schema> {
        whole(1, usize::MAX)
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|n| *n > 0).map(Self)
    }
}

/// Returns the last routing decision of a call, or its `n`th.
pub(super) async fn decision(
    request: Admitted<Staff, CallId, Nth>,
) -> Result<Json<DecisionDocument>, Problem> {
    let Admitted { site, path: id, query, .. } = request;
    let found = match query.n {
        None => site.journal.last_decision(site.store.as_ref(), id).await?,
        Some(Ordinal(n)) => {
            site.journal.decisions(site.store.as_ref(), id).await?.into_iter().nth(n - 1)
        }
    };
    let Some(found) = found else {
        let known = site.journal.call(site.store.as_ref(), id).await?.is_some();
        return Err(Problem::NotFound(if known { "decision" } else { "call" }));
    };
    let document = stored_decision(site.store.as_ref(), &site.dispatch.snapshot(), &found).await?;
    Ok(Json(DecisionDocument(document)))
}

/// The routing decisions of a call.
#[derive(Serialize, ToSchema)]
pub(super) struct Decisions {
    items: Vec<DecisionDocument>,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// Returns every routing decision of a call, in the order in which they were made.
pub(super) async fn decisions(
    request: Admitted<Staff, CallId>,
) -> Result<Json<Decisions>, Problem> {
    let Admitted { site, path: id, .. } = request;
    let store = site.store.as_ref();
    let found = site.journal.decisions(store, id).await?;
    if found.is_empty() && site.journal.call(store, id).await?.is_none() {
        return Err(Problem::NotFound("call"));
    }
    let live = site.dispatch.snapshot();
    let mut items = Vec::with_capacity(found.len());
    for row in &found {
        items.push(DecisionDocument(stored_decision(store, &live, row).await?));
    }
    Ok(Json(Decisions { items, next: None }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tokio::task::JoinSet;

    use super::*;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;
    use crate::store::sample::finish;
    use crate::store::sample::finished;
    use crate::store::sample::open;
    use crate::store::sample::ringing;

    async fn ids(server: &Server, token: &str, query: &str) -> Vec<String> {
        let page = server.ask(&format!("GET /v1/calls?{query}"), token).await;
        assert_eq!(page.status, 200, "{query}: {page:?}");
        let id = |call: &Value| call["id"].as_str().unwrap().to_owned();
        page.json()["items"].as_array().unwrap().iter().map(id).collect()
    }

    #[tokio::test]
    async fn calls_are_listed_by_what_is_asked_for() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Operator).await;
        finish(&*server.store, finished(1)).await.unwrap();
        open(&*server.store, ringing(2)).await.unwrap();
        let [one, two] = [1, 2].map(|seconds| ringing(seconds).id.to_string());
        let [at_one, at_two] = [1, 2].map(|seconds| ringing(seconds).started_at);
        for (query, expected) in [
            ("", vec![&two, &one]),
            ("state=ended", vec![&one]),
            ("reason=bridged", vec![&one]),
            ("reason=hung_up", vec![]),
            ("number=%2B18005550100", vec![&two, &one]),
            // A bare `+` means a space.
            ("number=+18005550100", vec![&two, &one]),
            ("number=8005550100&caller=%2B13055550123&state=ended", vec![&one]),
            ("caller=%2B13055550124", vec![]),
            ("buyer=acme", vec![&two, &one]),
            ("source=search-ads&offer=auto-quote&limit=1", vec![&two]),
            ("tag=plan", vec![]),
            (&format!("since={at_two}"), vec![&two]),
            (&format!("since={at_one}&until={at_two}"), vec![&one]),
        ] {
            let expected: Vec<String> = expected.into_iter().cloned().collect();
            assert_eq!(ids(&server, &token, query).await, expected, "{query}");
        }
        let wrong = "state=up&since=30d&number=x&reason=bored&buyer=a%20b&tag==x";
        let refused = server.ask(&format!("GET /v1/calls?{wrong}"), &token).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        for name in ["state", "since", "number", "reason", "buyer", "tag"] {
            assert!(refused.body.contains(&format!("for `{name}`: expected ")), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn a_live_call_is_shown_and_hung_up_once() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Operator).await;
        let (id, shared) = (ringing(1).id, server.shared.clone());
        open(&*server.store, ringing(1)).await.unwrap();
        let order = shared.calls.begin(ringing(1));
        assert_eq!(ids(&server, &token, "state=live").await, [id.to_string()]);
        assert_eq!(ids(&server, &token, "state=live&buyer=blue").await, Vec::<String>::new());
        let path = format!("/v1/calls/{id}");
        let shown = server.ask(&format!("GET {path}"), &token).await.json();
        assert_eq!(shown["live"]["phase"], "flow", "{shown}");
        // Stands for the call's task.
        let mut task = JoinSet::new();
        task.spawn(async move {
            order.cancelled().await;
            let mut record = ringing(1);
            record.attempts.clear();
            record.state = CallState::Ended;
            (record.reason, record.ended_at) = (Some(End::HungUp), Some(record.started_at));
            finish(shared.records.store.as_ref(), record).await.unwrap();
            shared.calls.end(id);
        });
        let hang_up = format!("POST {path}/hangup");
        let first = server.ask(&hang_up, &token).await;
        assert_eq!((first.status, &first.json()["reason"]), (200, &"hung_up".into()));
        let again = server.ask(&hang_up, &token).await;
        assert_eq!((again.status, again.json()), (200, first.json()));
        assert!(server.ask(&format!("GET {path}"), &token).await.json()["live"].is_null());
        finish(&*server.store, finished(2)).await.unwrap();
        for (seconds, status, detail) in
            [(2, 409, "The call has ended already: bridged."), (3, 404, "There is no such call.")]
        {
            let line = format!("POST /v1/calls/{}/hangup", ringing(seconds).id);
            let refused = server.ask(&line, &token).await;
            assert_eq!((refused.status, &refused.json()["detail"]), (status, &detail.into()));
        }
    }
}
