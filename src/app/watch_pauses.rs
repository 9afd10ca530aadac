//! Stores the pauses that begin in this switch, and applies what other programs change.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatch;
use crate::dispatch::take_up_pauses;
use crate::store::Change;
use crate::store::Store;

/// Delay before a failed read or write is repeated.
const AGAIN: Duration = Duration::from_secs(1);

/// Stores pauses that begin here until `end` is cancelled.
pub(super) async fn keep(store: Arc<dyn Store>, dispatch: Arc<Dispatch>, end: CancellationToken) {
    loop {
        let is_over = tokio::select! {
            () = dispatch.pause_begins() => false,
            () = end.cancelled() => true,
        };
        for pause in dispatch.take_pauses_begun() {
            while let Err(error) = store.pause_begin(pause.clone()).await {
                let contract = &pause.contract;
                tracing::warn!(%error, %contract, "pause not stored");
                tokio::select! {
                    () = end.cancelled() => return,
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        }
        if is_over {
            return;
        }
    }
}

fn of_pauses(change: Change) -> Option<()> {
    matches!(change, Change::Pauses { .. }).then_some(())
}

/// Applies pauses and resumptions that others stored, until `end` is cancelled.
pub(super) async fn follow(store: Arc<dyn Store>, dispatch: Arc<Dispatch>, end: CancellationToken) {
    let mut changes = store.changes();
    let mut failed = false;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            changed = changes.find(of_pauses) => if changed.is_none() { return },
            () = tokio::time::sleep(AGAIN), if failed => {}
        }
        // Writes report a database that fails.
        failed = take_up_pauses(store.as_ref(), &dispatch).await.is_err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Fields;
    use crate::base::HoldId;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::book;
    use crate::book::Channel;
    use crate::caps::Settle;
    use crate::caps::Settled;
    use crate::quota::Quota;
    use crate::routing::Inquiry;
    use crate::routing::Snapshot;
    use crate::store::Database;
    use crate::store::Pauses as _;

    const BOOK: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n\
        [[offer]]\nid = \"o\"\n[[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\n\
        auto_pause = { unanswered = 2, window = \"1h\", pause = \"30m\" }\n\
        price = { amount = \"5.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    /// Two calls ring a buyer who does not answer. A third in flight meanwhile begins no second
    /// pause.
    #[tokio::test]
    async fn a_pause_is_stored_when_it_begins() {
        let home = tempfile::tempdir().unwrap();
        let store = Arc::new(Database::sqlite(&home.path().join("s.db")).unwrap());
        let now = Now::at("2026-05-04T15:00:00Z".parse().unwrap());
        let book = Arc::new(book::parse("b", BOOK).0.unwrap());
        let dispatch = Arc::new(Dispatch::new(Snapshot::compile(book, 1), Quota::memory()));
        let mut rng = Rng::seeded(1);
        let inquiry = Inquiry {
            offer: "o".parse().unwrap(),
            channel: Channel::Call,
            source: None,
            caller: None,
            fields: Fields::default(),
        };
        let decision = dispatch.decide(&dispatch.snapshot(), &inquiry, now, &mut rng).await;
        let pick = decision.picks().next().unwrap();
        let mut holds = Vec::new();
        for _ in 0..3 {
            let id = HoldId::new(now, &mut rng);
            holds.push(dispatch.hold(&pick, id, now).await.unwrap());
        }
        for hold in &mut holds {
            let settled = dispatch.settle(hold, Settle::Unanswered, now).await;
            assert_eq!(settled, Settled::Done);
        }
        // It stores what has begun, even if the program ends at once.
        let end = CancellationToken::new();
        end.cancel();
        keep(store.clone(), dispatch, end).await;
        let open = store.pauses_open(now.wall).await.unwrap().items;
        let found: Vec<_> = open.iter().map(|one| (one.contract.as_str(), one.until)).collect();
        assert_eq!(found, [("c", now.wall + Duration::from_secs(1_800))]);
    }
}
