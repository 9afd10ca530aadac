//! `GET /v1/flows` and `POST /v1/flows/check`: the flows in force, and what is wrong with a text.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::Site;
use super::problem::Problem;
use crate::base::Diagnostic;
use crate::base::FlowName;
use crate::base::Severity;
use crate::carrier;
use crate::flow;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: FlowName,
    text: String,
}

/// A fault as the API shows it.
#[derive(Serialize)]
struct Fault {
    file: String,
    line: u32,
    column: u32,
    severity: &'static str,
    message: String,
    hint: String,
}

impl From<Diagnostic> for Fault {
    fn from(found: Diagnostic) -> Self {
        let Diagnostic { file, place, severity, message, hint } = found;
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Self { file, line: place.line, column: place.column, severity, message, hint }
    }
}

fn faults(found: Vec<Diagnostic>) -> Vec<Fault> {
    found.into_iter().map(Fault::from).collect()
}

/// Every flow: its name, the version in force, and what is wrong with its file.
pub(super) async fn list(State(site): State<Site>) -> Json<Value> {
    let items = site.flows.standing().into_iter().map(|standing| {
        let faults = faults(standing.faults);
        json!({ "name": standing.name, "version": standing.version, "faults": faults })
    });
    let items: Vec<Value> = items.collect();
    Json(json!({ "items": items, "next": null }))
}

/// What is wrong with `text` as the flow `name`, and what of it the webhook carriers of the
/// settings cannot do; nothing is changed by asking. `ok` says that it
/// could be put in force.
pub(super) async fn check(
    State(site): State<Site>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    let body = body.map_err(|error| Problem::of_body(&error))?;
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|error| Problem::Unreadable(format!("The flow cannot be read: {error}.")))?;
    let carriers = site.carriers.proofs.in_use();
    let judge = move || {
        let mut found = site.flows.judge(asked.name.as_str(), &asked.text);
        let path = format!("{}.xml", asked.name);
        if let (Some(flow), _) = flow::parse(&path, &asked.text) {
            found.extend(carrier::shortcomings(&path, &flow, &carriers));
        }
        found
    };
    let found = tokio::task::spawn_blocking(judge).await.map_err(|_| Problem::Internal)?;
    let ok = !found.iter().any(|fault| fault.severity == Severity::Error);
    Ok(Json(json!({ "ok": ok, "faults": faults(found) })))
}
