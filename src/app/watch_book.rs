//! Publishes new versions of the book that other programs applied.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::publish::Publisher;
use crate::store::Change;
use crate::store::Store;

/// Delay before a failed read of a version is retried.
const AGAIN: Duration = Duration::from_secs(1);

fn version_of(change: Change) -> Option<u64> {
    if let Change::Book { version } = change { Some(version) } else { None }
}

/// Publishes versions that others applied, until `end`. A rejected version is not retried.
pub(super) async fn run(publisher: Arc<Publisher>, store: Arc<dyn Store>, end: CancellationToken) {
    let mut changes = store.changes();
    let mut seen = publisher.version();
    let mut newest = seen;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            version = changes.find(version_of) => match version {
                Some(version) => newest = version,
                None => return,
            },
            () = tokio::time::sleep(AGAIN), if newest > seen.max(publisher.version()) => {}
        }
        seen = look(&publisher, &store, seen).await;
    }
}

/// Publishes the latest version, unless it is live or was seen before. Returns the version that
/// was seen last.
async fn look(publisher: &Arc<Publisher>, store: &Arc<dyn Store>, seen: u64) -> u64 {
    // Writes report a database that fails.
    let Ok(version) = store.book_version().await else { return seen };
    if version == seen || version == publisher.version() {
        return seen;
    }
    let Ok(Some(latest)) = store.book_latest().await else { return seen };
    let seen = latest.version;
    // Publishing a large book takes a while, so it must not block a thread that calls use.
    let own = publisher.clone();
    if tokio::task::spawn_blocking(move || own.publish_stored(&latest)).await.is_err() {
        tracing::error!(version = seen, "book not published: internal error");
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Fields;
    use crate::base::Now;
    use crate::base::Reach;
    use crate::base::Wall;
    use crate::book::Channel;
    use crate::dispatch::Dispatch;
    use crate::events::Events;
    use crate::net::Clock;
    use crate::net::Fetcher;
    use crate::publish::Live;
    use crate::publish::Shelf;
    use crate::quota::Quota;
    use crate::routing::Inquiry;
    use crate::routing::Snapshot;
    use crate::store::Database;
    use crate::store::sample::by;
    use crate::switch::Speaker;

    const BOOK: &str = "[[buyer]]\nid = \"b\"\ntimezone = \"America/New_York\"\n\
        [[offer]]\nid = \"o\"\nstrategy = \"priority\"\n\
        [[contract]]\nid = \"old\"\nbuyer = \"b\"\noffer = \"o\"\n\
        price = { amount = \"5.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    async fn first(dispatch: &Dispatch) -> Option<String> {
        let (offer, fields) = ("o".parse().unwrap(), Fields::default());
        let inquiry = Inquiry { offer, channel: Channel::Call, source: None, caller: None, fields };
        let now = Now::at(Wall::from_micros(0));
        let decision = dispatch.preview(&dispatch.snapshot(), &inquiry, now).await;
        decision.first().map(|pick| pick.contract.to_string())
    }

    #[tokio::test]
    async fn a_call_after_a_look_uses_the_new_book() {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Database::sqlite(&home.path().join("db")).unwrap());
        let empty = Snapshot::compile(Arc::default(), 0);
        let dispatch = Arc::new(Dispatch::new(empty, Quota::memory()));
        let clock = Clock::new(|| Now::at(Wall::from_micros(0)));
        let live = Live {
            dispatch: dispatch.clone(),
            library: Arc::default(),
            events: Events::default(),
            speaker: Arc::new(Speaker::new(None, home.path().to_owned(), clock.clone())),
            fetcher: Arc::new(Fetcher::new(Reach::Public)),
            clock,
        };
        let publisher = Arc::new(Publisher::new(live, Shelf::bundled(), None));
        let at = Wall::from_micros(0);
        let mut seen = 0;
        for (text, expected) in [
            (BOOK.to_owned(), Some("old")),
            (BOOK.replace("\"old\"", "\"new\""), Some("new")),
            // A book that cannot be read leaves the live book unchanged.
            ("[[offer]]".to_owned(), Some("new")),
            (BOOK.to_owned(), Some("old")),
        ] {
            let version = store.book_apply(text, by("who", at)).await.unwrap();
            seen = look(&publisher, &store, seen).await;
            assert_eq!((seen, first(&dispatch).await.as_deref()), (version, expected));
        }
    }
}
