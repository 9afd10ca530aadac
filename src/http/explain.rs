//! `POST /v1/explain`: a routing decision without effects.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access::Staff;
use super::fault::refuse;
use super::handler::Admitted;
use super::problem::Problem;
use super::schema::DecisionDocument;
use super::schema::moment;
use crate::base::Now;
use crate::base::Wall;
use crate::book;
use crate::book::Surroundings;
use crate::routing::Question;
use crate::routing::Snapshot;

/// Name of a book that came with a request, for diagnostics.
const DRAFT: &str = "book";

/// An inquiry that is to be explained.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    /// The offer.
    offer: String,
    /// `call` or `form`.
    #[serde(default = "call")]
    #[schema(pattern = "^(call|form)$")]
    channel: String,
    /// The source; any source by default.
    #[serde(default)]
    source: Option<String>,
    /// Known fields by name; values are numbers or strings.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// When the inquiry comes; now when it is not given.
    #[serde(default)]
    #[schema(schema_with = moment)]
    at: Option<Wall>,
    /// Draft of a book, as TOML; the live book by default.
    #[serde(default)]
    book: Option<String>,
}

fn call() -> String {
    "call".to_owned()
}

/// Routes an inquiry with the live book, or with `book`. Uses the current caps and turns, but holds
/// no cap, uses no turn and stores nothing.
pub(super) async fn explain(
    request: Admitted<Staff, (), (), Json<Explanation>>,
) -> Result<Json<DecisionDocument>, Problem> {
    let Admitted { site, body: Json(asked), .. } = request;
    let snapshot = match asked.book {
        None => site.dispatch.snapshot(),
        Some(text) => {
            let books = site.books.clone();
            let compile = move || draft(&text, books.surroundings());
            tokio::task::spawn_blocking(compile).await.map_err(|_| Problem::Internal)??
        }
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    let known = asked.fields.into_iter().filter(|(_, value)| !value.is_null());
    let question = Question {
        offer: asked.offer,
        channel: asked.channel,
        source: asked.source,
        fields: known.map(|(name, value)| (name, text(value))).collect(),
    };
    let unknown = |sentence: String| Problem::Unreadable(format!("{sentence}."));
    let inquiry = question.inquiry(snapshot.book()).map_err(unknown)?;
    let now = site.clock.now();
    let now = Now { wall: asked.at.unwrap_or(now.wall), ..now };
    let decision = site.dispatch.preview(&snapshot, &inquiry, now).await;
    let document = serde_json::to_value(&decision).map_err(|_| Problem::Internal)?;
    Ok(Json(DecisionDocument(document)))
}

/// Compiles a drafted book as version 0.
fn draft(text: &str, beside: Surroundings<'_>) -> Result<Arc<Snapshot>, Problem> {
    let (book, found) = book::parse_with(DRAFT, text, beside);
    refuse(found)?;
    let book = book.ok_or(Problem::Internal)?;
    Ok(Arc::new(Snapshot::compile(Arc::new(book), 0)))
}
