//! Tests of announced leads.

use std::sync::Arc;
use std::time::Duration;

use crate::lead::platform::Announced;
use crate::lead::platform::Platform;
use crate::store::ANNOUNCED_KEPT;
use crate::store::AnnouncedEnd;
use crate::store::AnnouncedState;
use crate::store::Store;
use crate::store::conformance::leads::received;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_lead_is_announced_once_and_fetched_until_it_is_taken(&*fresh().await).await;
    a_lead_that_was_given_up_may_be_announced_again(&*fresh().await).await;
    what_is_over_is_kept_for_a_month(&*fresh().await).await;
}

fn announced(id: &str) -> Announced {
    let (page, form) = (Some("7".to_owned()), Some("8".to_owned()));
    Announced { platform: Platform::Meta, id: id.to_owned(), page, form }
}

async fn a_lead_is_announced_once_and_fetched_until_it_is_taken(store: &dyn Store) {
    let same_id = Announced { platform: Platform::LinkedIn, ..announced("1") };
    let both = vec![announced("1"), announced("1"), same_id.clone()];
    store.announce(both, second(0)).await.unwrap();
    store.announce(vec![announced("1")], second(5)).await.unwrap();
    let due = store.announced_due(second(0)).await.unwrap();
    assert_eq!(due.len(), 2, "{due:?}");
    assert_eq!(store.announced_next().await.unwrap(), Some(second(0)));
    let failed = AnnouncedEnd::Failed {
        due_at: Some(second(30)),
        reason: "the API answered 500".to_owned(),
    };
    store.announced_end(announced("1"), failed).await.unwrap();
    store.announced_end(same_id, AnnouncedEnd::Taken(received(1).id)).await.unwrap();
    assert_eq!(store.announced_due(second(29)).await.unwrap(), []);
    assert_eq!(store.announced_next().await.unwrap(), Some(second(30)));
    let again = store.announced_due(second(30)).await.unwrap();
    assert_eq!((again[0].attempts, again[0].state), (1, AnnouncedState::Waiting));
    assert_eq!(again[0].announced(), announced("1"));
    store.announced_end(announced("1"), AnnouncedEnd::Taken(received(2).id)).await.unwrap();
    store.announce(vec![announced("1")], second(40)).await.unwrap();
    assert_eq!(store.announced_next().await.unwrap(), None, "it is taken");
    let taken = store.announced_list(Some(AnnouncedState::Taken)).await.unwrap();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken.iter().filter(|one| one.lead == Some(received(2).id)).count(), 1);
}

async fn a_lead_that_was_given_up_may_be_announced_again(store: &dyn Store) {
    store.announce(vec![announced("1"), announced("2")], second(0)).await.unwrap();
    let dead = AnnouncedEnd::Failed { due_at: None, reason: "gone".to_owned() };
    store.announced_end(announced("1"), dead).await.unwrap();
    let listed = store.announced_list(Some(AnnouncedState::Dead)).await.unwrap();
    assert_eq!((listed.len(), listed[0].reason.as_deref()), (1, Some("gone")));
    store.announce(vec![announced("1")], second(9)).await.unwrap();
    let due = store.announced_due(second(9)).await.unwrap();
    assert_eq!(due.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["2", "1"]);
    assert_eq!(due[1].attempts, 0);
    store.announcement_drop(announced("1")).await.unwrap();
    assert_eq!(store.announced_list(None).await.unwrap().len(), 1);
}

async fn what_is_over_is_kept_for_a_month(store: &dyn Store) {
    store.announce(vec![announced("1"), announced("2")], second(0)).await.unwrap();
    store.announced_end(announced("1"), AnnouncedEnd::Taken(received(1).id)).await.unwrap();
    let later = second(0) + ANNOUNCED_KEPT + Duration::from_secs(1);
    store.announce(vec![announced("3")], later).await.unwrap();
    let left: Vec<String> =
        store.announced_list(None).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(left, ["3", "2"], "what waits stays");
}
