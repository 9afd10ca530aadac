//! `/v1/calls`: what became of the calls.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::access::Tenant;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::route::Admitted;
use super::schema::DecisionDocument;
use super::schema::event_id;
use super::schema::whole;
use super::segment::Segment;
use crate::base::CallId;
use crate::call::CallQuery;
use crate::call::CallView;
use crate::dispatch::stored_decision;
use crate::store::CallCursor;
use crate::store::PAGE_CALLS_MAX;

/// Calls of a page when the client does not say how many.
const PAGE_CALLS: usize = 50;

query! {
    /// Which page of calls.
    pub(super) struct Wanted {
        /// Where the page begins: the `next` of the one before.
        cursor: CallCursor,
        /// Calls of the page; 50 when it is not given.
        limit: PageSize,
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

/// How many calls a page has.
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
    const ABOUT: &'static str = "A call's id.";

    fn schema() -> RefOr<Schema> {
        event_id()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |_| Problem::Unreadable(format!("Not a call id: `{text}` is no UUID."));
        text.parse().map_err(wrong)
    }
}

/// A page of calls, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = CallPage)]
pub(super) struct Page {
    items: Vec<CallView>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// A page of calls, newest first: of those that the token may see.
pub(super) async fn list(request: Admitted<Tenant, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, who: Tenant { scope }, query, .. } = request;
    let limit = query.limit.map_or(PAGE_CALLS, |limit| limit.0);
    let wanted = CallQuery { who: scope.clone(), ..CallQuery::default() };
    let page = site.store.call_list(wanted, query.cursor, limit).await?;
    let items = page.items.into_iter().filter_map(|call| call.seen_by(&scope)).collect();
    Ok(Json(Page { items, next: page.next.map(|next| next.to_string()) }))
}

/// One call. One that the token may not see is unknown.
pub(super) async fn fetch(request: Admitted<Tenant, CallId>) -> Result<Json<CallView>, Problem> {
    let Admitted { site, who, path: id, .. } = request;
    let found = site.journal.call(site.store.as_ref(), id).await?;
    let seen = found.and_then(|call| call.seen_by(&who.scope));
    seen.map(Json).ok_or(Problem::NotFound("call"))
}

query! {
    /// Which decision of a call.
    pub(super) struct Nth {
        /// Which decision, from 1; the last one when it is not given.
        n: Ordinal,
    }
}

/// A place in a list, from 1.
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

/// The last routing decision of a call, or its `n`th.
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
    /// Always null: they come at once.
    next: Option<String>,
}

/// Every routing decision of a call, in the order in which they were made.
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
