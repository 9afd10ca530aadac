//! `/v1/calls`: what became of the calls.

use axum::Json;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::PathRejection;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::Site;
use super::problem::Problem;
use crate::base::CallId;
use crate::call::CallRecord;
use crate::dispatch::stored_decision;
use crate::store::CallCursor;
use crate::store::PAGE_CALLS_MAX;

/// Calls of a page when the client does not say how many.
const PAGE_CALLS: usize = 50;

#[derive(Deserialize)]
pub(super) struct Wanted {
    cursor: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Page {
    items: Vec<CallRecord>,
    next: Option<String>,
}

/// `GET /v1/calls`: a page of calls, newest first.
pub(super) async fn list(
    State(site): State<Site>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Page>, Problem> {
    let Query(wanted) =
        wanted.map_err(|error| Problem::Unreadable(format!("{}.", error.body_text())))?;
    let cursor = wanted.cursor.as_deref().map(cursor).transpose()?;
    let limit = wanted.limit.as_deref().map_or(Ok(PAGE_CALLS), limit)?;
    let page = site.store.call_list(cursor, limit).await?;
    Ok(Json(Page { items: page.items, next: page.next.map(|next| next.to_string()) }))
}

/// `GET /v1/calls/{id}`: one call.
pub(super) async fn fetch(
    State(site): State<Site>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<CallRecord>, Problem> {
    let found = site.journal.call(site.store.as_ref(), call_id(id)?).await?;
    found.map(Json).ok_or(Problem::NotFound("call"))
}

#[derive(Deserialize)]
pub(super) struct Nth {
    n: Option<String>,
}

/// `GET /v1/calls/{id}/decision`: the last routing decision of a call, or its `?n=`th.
pub(super) async fn decision(
    State(site): State<Site>,
    id: Result<Path<String>, PathRejection>,
    nth: Result<Query<Nth>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let id = call_id(id)?;
    let wrong = || Problem::Unreadable("`n` is not a number from 1.".to_owned());
    let Query(Nth { n }) = nth.map_err(|_| wrong())?;
    let found = match n {
        None => site.journal.last_decision(site.store.as_ref(), id).await?,
        Some(n) => {
            let n: usize = n.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
            site.journal.decisions(site.store.as_ref(), id).await?.into_iter().nth(n - 1)
        }
    };
    let Some(found) = found else {
        let known = site.journal.call(site.store.as_ref(), id).await?.is_some();
        return Err(Problem::NotFound(if known { "decision" } else { "call" }));
    };
    Ok(Json(stored_decision(site.store.as_ref(), &site.dispatch.snapshot(), &found).await?))
}

/// `GET /v1/calls/{id}/decisions`: every routing decision of a call, in the order in which they
/// were made.
pub(super) async fn decisions(
    State(site): State<Site>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let id = call_id(id)?;
    let store = site.store.as_ref();
    let found = site.journal.decisions(store, id).await?;
    if found.is_empty() && site.journal.call(store, id).await?.is_none() {
        return Err(Problem::NotFound("call"));
    }
    let live = site.dispatch.snapshot();
    let mut items = Vec::with_capacity(found.len());
    for row in &found {
        items.push(stored_decision(site.store.as_ref(), &live, row).await?);
    }
    Ok(Json(json!({ "items": items, "next": null })))
}

fn call_id(id: Result<Path<String>, PathRejection>) -> Result<CallId, Problem> {
    let wrong = || Problem::Unreadable("This is not a call's id: it is a UUID.".to_owned());
    let Path(id) = id.map_err(|_| wrong())?;
    id.parse().map_err(|_| wrong())
}

fn cursor(text: &str) -> Result<CallCursor, Problem> {
    let wrong = "`cursor` is not the `next` of an earlier page.";
    text.parse().map_err(|_| Problem::Unreadable(wrong.into()))
}

fn limit(text: &str) -> Result<usize, Problem> {
    text.parse().ok().filter(|limit| (1..=PAGE_CALLS_MAX).contains(limit)).ok_or_else(|| {
        Problem::Unreadable(format!("`limit` is not a number from 1 to {PAGE_CALLS_MAX}."))
    })
}
