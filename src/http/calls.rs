//! `/v1/calls`: what became of the calls.

use axum::Json;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::PathRejection;
use axum::extract::rejection::QueryRejection;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;

use super::Site;
use super::problem::Problem;
use crate::base::CallId;
use crate::call::CallRecord;
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
    let found = site.store.call_fetch(call_id(id)?).await?;
    found.map(Json).ok_or(Problem::NotFound("call"))
}

/// `GET /v1/calls/{id}/decision`: the last routing decision of a call.
pub(super) async fn decision(
    State(site): State<Site>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = call_id(id)?;
    let Some(decision) = site.store.decision_fetch(id).await? else {
        let known = site.store.call_fetch(id).await?.is_some();
        return Err(Problem::NotFound(if known { "decision" } else { "call" }));
    };
    Ok(([(CONTENT_TYPE, "application/json")], decision.document).into_response())
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
