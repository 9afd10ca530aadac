//! A stored decision told in full.

use std::sync::Arc;

use serde_json::Value;

use crate::book;
use crate::routing::Decision;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::sale::DecisionRecord;
use crate::store::Store;
use crate::store::StoreError;

/// The stored decision as the API's JSON. It is made again from the book of its version, which
/// gives the words and the prices; `"replayed": true` says that this gave the very picks and
/// reasons that were stored. When it did not (a later program may decide otherwise, a book may be
/// gone), the stored ones are told, with each reason's general sentence, and `"replayed": false`.
pub async fn retell(
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
        return Ok(trace.told());
    };
    let mut told = serde_json::to_value(&decision).map_err(unreadable)?;
    if let Value::Object(map) = &mut told {
        map.insert("replayed".to_owned(), Value::from(true));
    }
    Ok(told)
}

fn faithful(trace: &Trace, snapshot: &Snapshot) -> Option<Decision> {
    Some(trace.replay(snapshot)).filter(|decision| trace.agrees(decision))
}

/// The book of a version, compiled; `None` when it is gone or can no longer be read.
pub(crate) async fn snapshot_of(
    store: &dyn Store,
    live: &Arc<Snapshot>,
    version: u64,
) -> Result<Option<Arc<Snapshot>>, StoreError> {
    if live.version() == version {
        return Ok(Some(live.clone()));
    }
    let Some(found) = store.book_fetch(version).await? else { return Ok(None) };
    // A large book takes a while: not on a thread that calls wait for.
    let compile = move || {
        let (book, _) = book::parse("", &found.text);
        book.map(|book| Arc::new(Snapshot::compile(Arc::new(book), version)))
    };
    tokio::task::spawn_blocking(compile).await.map_err(|_| StoreError::Panicked)
}
