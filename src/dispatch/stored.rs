//! A stored decision with its sentences and prices.

use std::sync::Arc;

use serde_json::Value;

use crate::book;
use crate::routing::Decision;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::sale::DecisionRecord;
use crate::store::Store;
use crate::store::StoreError;

/// Returns the stored decision as the API's JSON. It is decided again with the book of its version,
/// which gives the sentences and the prices. `"replayed": true` means that this gave exactly the
/// stored picks and reasons. If it did not (a later program may decide otherwise, or the book is
/// gone), the stored ones are returned with each reason's general sentence and `"replayed": false`.
///
/// # Errors
/// [`StoreError`] if the store fails or the stored decision cannot be read.
pub async fn stored_decision(
    store: &dyn Store,
    live: &Arc<Snapshot>,
    row: &DecisionRecord,
) -> Result<Value, StoreError> {
    let unreadable = |error: serde_json::Error| StoreError::Unreadable {
        what: "decision",
        cause: error.to_string(),
    };
    let trace: Trace = serde_json::from_str(&row.document).map_err(unreadable)?;
    let snapshot = snapshot_of(store, live, trace.book_version()).await?;
    let Some(decision) = snapshot.and_then(|snapshot| faithful(&trace, &snapshot)) else {
        return Ok(trace.as_json());
    };
    let mut json = serde_json::to_value(&decision).map_err(unreadable)?;
    if let Value::Object(map) = &mut json {
        map.insert("replayed".to_owned(), Value::from(true));
    }
    Ok(json)
}

fn faithful(trace: &Trace, snapshot: &Snapshot) -> Option<Decision> {
    Some(trace.replay(snapshot)).filter(|decision| trace.agrees(decision))
}

/// Returns the compiled book of a version; `None` if it is gone or unreadable.
pub(crate) async fn snapshot_of(
    store: &dyn Store,
    live: &Arc<Snapshot>,
    version: u64,
) -> Result<Option<Arc<Snapshot>>, StoreError> {
    if live.version() == version {
        return Ok(Some(live.clone()));
    }
    let Some(found) = store.book_fetch(version).await? else { return Ok(None) };
    // A large book takes a while, so it must not block a thread that calls use.
    let compile = move || {
        let (book, _) = book::parse("", &found.text);
        book.map(|book| Arc::new(Snapshot::compile(Arc::new(book), version)))
    };
    tokio::task::spawn_blocking(compile).await.map_err(|_| StoreError::Panicked)
}
