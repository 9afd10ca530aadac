//! `POST /v1/explain`: a decision without effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use serde::Deserialize;
use serde_json::Value;

use super::Site;
use super::book::refuse;
use super::problem::Problem;
use crate::base::Now;
use crate::base::Wall;
use crate::book;
use crate::geo::DmaTable;
use crate::routing::Question;
use crate::routing::Snapshot;

/// What diagnostics call a book that came with a question.
const DRAFT: &str = "book";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    offer: String,
    #[serde(default = "call")]
    channel: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    #[serde(default)]
    at: Option<Wall>,
    #[serde(default)]
    book: Option<String>,
}

fn call() -> String {
    "call".to_owned()
}

/// Decides for an inquiry against the book in force, or against `book`, a drafted one as TOML.
/// Caps and turns are seen as they stand now; nothing is held, no turn is used, nothing is
/// stored.
pub(super) async fn explain(
    State(site): State<Site>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    let body = body.map_err(|error| Problem::of_body(&error))?;
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|error| Problem::Unreadable(format!("The question cannot be read: {error}.")))?;
    let snapshot = match asked.book {
        None => site.dispatch.snapshot(),
        Some(text) => {
            let books = site.books.clone();
            let compile = move || draft(&text, books.areas());
            tokio::task::spawn_blocking(compile).await.map_err(|_| Problem::Internal)??
        }
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    let told = asked.fields.into_iter().filter(|(_, value)| !value.is_null());
    let question = Question {
        offer: asked.offer,
        channel: asked.channel,
        source: asked.source,
        fields: told.map(|(name, value)| (name, text(value))).collect(),
    };
    let unknown = |sentence: String| Problem::Unreadable(format!("{sentence}."));
    let inquiry = question.inquiry(snapshot.book()).map_err(unknown)?;
    let now = site.clock.now();
    let now = Now { wall: asked.at.unwrap_or(now.wall), ..now };
    let decision = site.dispatch.preview(&snapshot, &inquiry, now).await;
    serde_json::to_value(&decision).map(Json).map_err(|_| Problem::Internal)
}

/// A drafted book, compiled; its version is 0.
fn draft(text: &str, areas: Option<&DmaTable>) -> Result<Arc<Snapshot>, Problem> {
    let (book, found) = book::parse_with(DRAFT, text, areas);
    refuse(found)?;
    let book = book.ok_or(Problem::Internal)?;
    Ok(Arc::new(Snapshot::compile(Arc::new(book), 0)))
}
