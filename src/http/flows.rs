//! `GET /v1/flows` and `POST /v1/flows/check`: the live flows, and the check of a flow's text.

use axum::Json;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Staff;
use super::fault::TextFault;
use super::handler::Admitted;
use super::problem::Problem;
use crate::base::Diagnostic;
use crate::base::FlowName;
use crate::base::Severity;
use crate::carrier;
use crate::flow;

/// Largest body of a request that carries a flow, in bytes: 64 KiB of text with every character
/// escaped.
pub(super) const FLOW_BYTES_MAX: usize = 512 * 1024;

/// A flow.
#[derive(Serialize, ToSchema)]
pub(super) struct Flow {
    /// Name; for a file that was never live, the file's name without `.xml`.
    name: String,
    /// The first 12 hexadecimal digits of the SHA-256 of the live text; null when none is live.
    version: Option<String>,
    /// Faults of the current file.
    faults: Vec<TextFault>,
}

/// Every flow.
#[derive(Serialize, ToSchema)]
pub(super) struct Flows {
    items: Vec<Flow>,
    /// Always null: the list is complete.
    next: Option<String>,
}

fn faults(found: Vec<Diagnostic>) -> Vec<TextFault> {
    found.into_iter().map(TextFault::from).collect()
}

/// Returns every flow with its name, its live version, and the faults of its file.
pub(super) async fn list(request: Admitted<Staff>) -> Result<Json<Flows>, Problem> {
    let items = request.site.flows.standing().into_iter().map(|standing| {
        let faults = faults(standing.faults);
        Flow { name: standing.name, version: standing.version, faults }
    });
    Ok(Json(Flows { items: items.collect(), next: None }))
}

/// A flow to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftedFlow {
    /// The name that it would have.
    #[schema(schema_with = super::schema::slug)]
    name: FlowName,
    /// The flow, as XML.
    text: String,
}

/// Faults of a flow.
#[derive(Serialize, ToSchema)]
pub(super) struct CheckedFlow {
    /// True if the flow could go live.
    ok: bool,
    faults: Vec<TextFault>,
}

/// Returns the faults of `text` as the flow `name`, and the parts of it that the configured webhook
/// carriers do not support. Changes nothing.
pub(super) async fn check(
    request: Admitted<Staff, (), (), Json<DraftedFlow>>,
) -> Result<Json<CheckedFlow>, Problem> {
    let Admitted { site, body: Json(draft), .. } = request;
    let carriers = site.carriers.proofs.in_use();
    let judge = move || {
        let mut found = site.flows.judge(draft.name.as_str(), &draft.text);
        let path = format!("{}.xml", draft.name);
        if let (Some(flow), _) = flow::parse(&path, &draft.text) {
            found.extend(carrier::shortcomings(&path, &flow, &carriers));
        }
        found
    };
    let found = tokio::task::spawn_blocking(judge).await.map_err(|_| Problem::Internal)?;
    let ok = !found.iter().any(|fault| fault.severity == Severity::Error);
    Ok(Json(CheckedFlow { ok, faults: faults(found) }))
}
