//! Looks callers up on the suppression lists.

use std::time::Duration;

use super::Screened;
use super::Shared;
use crate::base::ListName;
use crate::call::CallRecord;
use crate::suppression::Contact;
use crate::suppression::first_applying;

/// Longest look-up. A caller who is not found by then is not suppressed: the caller dialled us, so
/// that a slow database costs no calls.
const LOOKUP_MAX: Duration = Duration::from_millis(250);

/// Returns the list that suppresses the caller of a call that has just arrived; `None` for a caller
/// who withholds the number, and if the lists cannot be read in time.
pub(super) async fn screen(shared: &Shared, record: &CallRecord) -> Option<ListName> {
    let caller = Contact::Phone(record.caller.clone()?);
    let lookup = shared.records.store.suppression_check(caller, record.started_at);
    let (screened, list) = match tokio::time::timeout(LOOKUP_MAX, lookup).await {
        Ok(Ok(found)) => match first_applying(found, &record.offer, Some(&record.source)) {
            Some(list) => {
                tracing::info!(call.id = %record.id, list = %list, "caller suppressed");
                (Screened::Suppressed, Some(list))
            }
            None => (Screened::Clear, None),
        },
        Ok(Err(error)) => {
            if let Some(unlogged) = shared.callers.screening.unlogged(shared.clock.now().mono) {
                tracing::error!(unlogged, %error, "suppression lists not read");
            }
            (Screened::Failed, None)
        }
        Err(_) => {
            if let Some(unlogged) = shared.callers.screening.unlogged(shared.clock.now().mono) {
                tracing::error!(unlogged, "suppression lists not read in time");
            }
            (Screened::Late, None)
        }
    };
    shared.callers.screening.add(screened);
    list
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;

    use super::*;
    use crate::base::Wall;
    use crate::dispatch::Dispatch;
    use crate::net::Clock;
    use crate::quota::Quota;
    use crate::routing::Snapshot;
    use crate::store::Addition;
    use crate::store::Database;
    use crate::store::Destination;
    use crate::store::Remark;
    use crate::store::Suppressions as _;
    use crate::store::sample::by;
    use crate::store::sample::finished;
    use crate::store::sample::second;
    use crate::suppression::Applies;

    fn open(home: &tempfile::TempDir) -> Database {
        Database::sqlite(&home.path().join("strowger.db")).unwrap()
    }

    fn shared(store: Database) -> Shared {
        let snapshot = Snapshot::compile(Arc::default(), 0);
        let dispatch = Arc::new(Dispatch::new(snapshot, Quota::memory()));
        Shared::deaf(Clock::system(), dispatch, Arc::new(store))
    }

    async fn list(store: &Database, name: &str, applies: Applies, at: Wall) {
        let addition = Addition {
            to: Destination { list: name.parse().unwrap(), applies: Some(applies) },
            contacts: vec!["+13055550123".parse().unwrap()],
            remark: Remark::default(),
            by: by("ann", at),
        };
        store.suppression_add(addition).await.unwrap().unwrap();
    }

    fn counts(shared: &Shared) -> Vec<u64> {
        shared.callers.screening.counts().into_iter().map(|(_, count)| count).collect()
    }

    #[tokio::test]
    async fn the_first_list_that_applies_suppresses_the_caller() {
        let home = tempfile::tempdir().unwrap();
        let store = open(&home);
        let record = finished(1);
        let other = Applies::Offer("other".parse().unwrap());
        list(&store, "of-another", other, second(0)).await;
        list(&store, "of-source", Applies::Source(record.source.clone()), second(0)).await;
        list(&store, "dnc", Applies::All, second(0)).await;
        let shared = shared(store);
        let found = screen(&shared, &record).await;
        assert_eq!(found.as_ref().map(ListName::as_str), Some("of-source"));
        let elsewhere = CallRecord { source: "news".parse().unwrap(), ..record.clone() };
        let found = screen(&shared, &elsewhere).await;
        assert_eq!(found.as_ref().map(ListName::as_str), Some("dnc"));
        let unlisted = CallRecord { caller: "+13055550124".parse().ok(), ..record.clone() };
        assert_eq!(screen(&shared, &unlisted).await, None);
        let withheld = CallRecord { caller: None, ..record };
        assert_eq!(screen(&shared, &withheld).await, None);
        assert_eq!(counts(&shared), [1, 2, 0, 0], "nothing to look up is not counted");
    }

    /// The key is a pipe into which no program writes: reading it never ends.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_lookup_that_takes_too_long_suppresses_nobody() {
        let home = tempfile::tempdir().unwrap();
        let store = open(&home);
        list(&store, "dnc", Applies::All, second(0)).await;
        drop(store);
        let key = home.path().join("strowger.db-suppression.key");
        std::fs::remove_file(&key).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&key).status().unwrap().success());
        let shared = shared(open(&home));
        assert_eq!(screen(&shared, &finished(1)).await, None);
        assert_eq!(counts(&shared), [0, 0, 0, 1]);
        // Lets the thread that reads end.
        let mut pipe = std::fs::OpenOptions::new().write(true).open(&key).unwrap();
        writeln!(pipe, "no key").unwrap();
    }
}
