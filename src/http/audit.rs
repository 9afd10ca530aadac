//! `/v1/reports/audit`: what the book in force allows and its owner hardly meant.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Site;
use super::problem::Problem;
use crate::audit;
use crate::audit::Finding;
use crate::past::past;

#[derive(Serialize)]
pub(super) struct Report {
    book_version: u64,
    items: Vec<Finding>,
    next: Option<String>,
}

/// `GET /v1/reports/audit`: every finding, the gravest first.
pub(super) async fn audit(State(site): State<Site>) -> Result<Json<Report>, Problem> {
    let snapshot = site.dispatch.snapshot();
    let now = site.clock.now().wall;
    let past = past(site.store.as_ref(), snapshot.book(), now).await?;
    let items = audit::audit(&past.evidence(snapshot.book(), now));
    Ok(Json(Report { book_version: snapshot.version(), items, next: None }))
}
