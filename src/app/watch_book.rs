//! Puts a new version of the book in force, whoever applied it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::publish::Publisher;
use crate::store::Change;
use crate::store::Store;

/// How soon a version that could not be read from the database is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Puts versions in force that others applied, until `end`. One that is refused is refused once.
pub(super) async fn run(publisher: Arc<Publisher>, store: Arc<dyn Store>, end: CancellationToken) {
    let mut changes = store.changes();
    let mut seen = publisher.version();
    let mut newest = seen;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            change = changes.next() => match change {
                Some(Change::Book { version }) => newest = version,
                Some(Change::Balances { .. }) => continue,
                None => return,
            },
            () = tokio::time::sleep(AGAIN), if newest > seen.max(publisher.version()) => {}
        }
        seen = look(&publisher, &store, seen).await;
    }
}

/// Puts a version that is neither the one that was seen last nor in force in force, and says
/// which was seen.
async fn look(publisher: &Arc<Publisher>, store: &Arc<dyn Store>, seen: u64) -> u64 {
    // A database that does not answer is reported by the writes that need it.
    let Ok(version) = store.book_version().await else { return seen };
    if version == seen || version == publisher.version() {
        return seen;
    }
    let Ok(Some(latest)) = store.book_latest().await else { return seen };
    let seen = latest.version;
    // A large book takes a while: not on a thread that calls wait for.
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
    use crate::base::Wall;
    use crate::book::Channel;
    use crate::dispatch::Dispatch;
    use crate::net::Clock;
    use crate::publish::Shelf;
    use crate::quota::Quota;
    use crate::routing::Inquiry;
    use crate::routing::Snapshot;
    use crate::store::Sqlite;
    use crate::store::sample::by;
    use crate::switch::Shared;

    const BOOK: &str = "[[buyer]]\nid = \"b\"\ntimezone = \"America/New_York\"\n\
        [[offer]]\nid = \"o\"\nstrategy = \"priority\"\n\
        [[contract]]\nid = \"old\"\nbuyer = \"b\"\noffer = \"o\"\n\
        price = { amount = \"5.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    async fn first(shared: &Shared) -> Option<String> {
        let (offer, fields) = ("o".parse().unwrap(), Fields::default());
        let inquiry = Inquiry { offer, channel: Channel::Call, source: None, caller: None, fields };
        let now = Now::at(Wall::from_micros(0));
        let decision = shared.dispatch.preview(&shared.dispatch.snapshot(), &inquiry, now).await;
        decision.first().map(|pick| pick.contract.to_string())
    }

    #[tokio::test]
    async fn a_call_after_one_look_goes_by_the_new_book() {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&home.path().join("db")).unwrap());
        let empty = Snapshot::compile(Arc::default(), 0);
        let dispatch = Arc::new(Dispatch::new(empty, Quota::memory()));
        let clock = Clock::new(|| Now::at(Wall::from_micros(0)));
        let shared = Arc::new(Shared::deaf(clock, dispatch, store.clone()));
        let publisher = Arc::new(Publisher::new(shared.clone(), Shelf::Bundled, None));
        let at = Wall::from_micros(0);
        let mut seen = 0;
        for (text, expected) in [
            (BOOK.to_owned(), Some("old")),
            (BOOK.replace("\"old\"", "\"new\""), Some("new")),
            // What cannot be read leaves the book in force in its place.
            ("[[offer]]".to_owned(), Some("new")),
            (BOOK.to_owned(), Some("old")),
        ] {
            let version = store.book_apply(text, by("who", at)).await.unwrap();
            seen = look(&publisher, &store, seen).await;
            assert_eq!((seen, first(&shared).await.as_deref()), (version, expected));
        }
    }
}
