//! `/v1/reports/audit`: likely mistakes in the live book.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Staff;
use super::handler::Admitted;
use super::problem::Problem;
use crate::audit;
use crate::audit::Finding;
use crate::past::past;

/// Every finding, the gravest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditReport)]
pub(super) struct Report {
    book_version: u64,
    items: Vec<Finding>,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// Returns every finding of the audit, the gravest first.
pub(super) async fn audit(request: Admitted<Staff>) -> Result<Json<Report>, Problem> {
    let site = request.site;
    let snapshot = site.dispatch.snapshot();
    let now = site.clock.now().wall;
    let past = past(site.store.as_ref(), snapshot.book(), now).await?;
    let flows = site.flows.live();
    let evidence = past.evidence(snapshot.book(), now).with_flows(&flows);
    let evidence = evidence.with_answer_within(site.intake.answer_within());
    let items = audit::audit(&evidence);
    Ok(Json(Report { book_version: snapshot.version(), items, next: None }))
}
