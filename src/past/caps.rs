//! Reads the usage of the live book's caps.

use std::time::Duration;

use crate::base::Wall;
use crate::book::Book;
use crate::call::Scope;
use crate::report::CapsReport;
use crate::report::Used;
use crate::report::caps_in_use;
use crate::store::Store;
use crate::store::StoreError;

/// Longest window of a cap, beside `total`: no month is longer.
const SINCE: Duration = Duration::from_secs(32 * 86_400);

/// Returns how much of each cap of a book is used at `now`, as far as `who` may see it.
pub async fn caps_used(
    store: &dyn Store,
    book: &Book,
    who: &Scope,
    now: Wall,
) -> Result<CapsReport, StoreError> {
    let used = store.cap_usage_since(now - SINCE).await?.into_iter();
    let used = used.map(|count| Used { key: count.key, units: count.used, micros: count.micros });
    Ok(caps_in_use(book, &used.collect::<Vec<_>>(), who, now))
}
