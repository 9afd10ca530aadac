//! Tests of the activity log and of requests with idempotency keys.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::base::Wall;
use crate::store::ANSWER_BYTES_MAX;
use crate::store::Action;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::Begun;
use crate::store::Credit;
use crate::store::EntityKind;
use crate::store::KEY_UNANSWERED_MAX;
use crate::store::KEYS_MAX;
use crate::store::Kept;
use crate::store::KeyedRequest;
use crate::store::Mutation;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoredAnswer;
use crate::store::Verb;
use crate::store::sample::by;
use crate::store::sample::remove_due;
use crate::store::sample::second;
use crate::store::sample::usd;

const DONE: ActivityOutcome = ActivityOutcome::Done { book_version: None };

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    writes_add_their_own_entries(&*fresh().await).await;
    entries_are_listed_newest_first_and_expire(&*fresh().await).await;
    a_begun_change_has_the_outcome_of_its_write(&*fresh().await).await;
    the_same_request_has_the_same_answer(&*fresh().await).await;
    an_effect_without_an_answer_is_not_repeated(&*fresh().await).await;
    a_failed_request_may_be_retried(&*fresh().await).await;
    an_abandoned_request_changes_nothing(&*fresh().await).await;
    keys_expire_and_are_bounded(fresh().await).await;
}

/// A change by the holder of a token.
fn ask(token: u8, at: Wall) -> Mutation {
    let (id, name) = (format!("tok_{token}"), format!("token-{token}"));
    let action = Action::new(Verb::Apply, EntityKind::Book);
    let by = Mutation::by_token(id.parse().unwrap(), name.parse().unwrap(), action, "PUT /x", at);
    Mutation { address: Some([192, 0, 2, token].into()), ..by }
}

fn keyed(key: &str, digest: &str) -> Option<KeyedRequest> {
    Some(KeyedRequest { key: key.parse().unwrap(), digest: digest.to_owned() })
}

fn answer(body: &str) -> StoredAnswer {
    let headers = vec![("etag".to_owned(), "\"1\"".to_owned())];
    StoredAnswer { status: 201, headers, body: body.as_bytes().to_vec() }
}

async fn begun(store: &dyn Store, token: u8, request: Option<KeyedRequest>, at: Wall) -> Mutation {
    match store.activity_begin(ask(token, at), request).await.unwrap() {
        Begun::New(mutation) => mutation,
        other => panic!("{other:?}"),
    }
}

async fn log(store: &dyn Store) -> Vec<Activity> {
    store.activities(None, None, usize::MAX).await.unwrap()
}

async fn writes_add_their_own_entries(store: &dyn Store) {
    store.book_apply("a".to_owned(), by("ann", second(1))).await.unwrap();
    let credit = |amount| Credit {
        id: "c".parse().unwrap(),
        buyer: "acme".parse().unwrap(),
        amount: usd(amount),
        note: String::new(),
        by: by("bob", second(2)),
    };
    store.balance_credit(credit("5.00")).await.unwrap();
    store.balance_credit(credit("6.00")).await.unwrap();
    let refused = ActivityOutcome::Refused { status: None, reason: "a fault".to_owned() };
    store.activity_add(by("cy", second(3)).of("o"), refused.clone()).await.unwrap();
    let log = log(store).await;
    let shown: Vec<_> = log
        .iter()
        .map(|entry| (entry.mutation.actor.name(), entry.mutation.subject.as_deref()))
        .collect();
    assert_eq!(shown, [("cy", Some("o")), ("bob", Some("acme")), ("ann", None)]);
    let outcomes: Vec<_> = log.into_iter().filter_map(|entry| entry.outcome).collect();
    let applied = ActivityOutcome::Done { book_version: Some(1) };
    assert_eq!(outcomes, [refused, DONE, applied]);
}

async fn entries_are_listed_newest_first_and_expire(store: &dyn Store) {
    for n in 0..5 {
        store.activity_add(by("ann", second(n)).of(n), DONE).await.unwrap();
    }
    let subjects = async |since: Option<u64>, before, limit| -> Vec<String> {
        let found = store.activities(since.map(second), before, limit).await.unwrap();
        found.into_iter().filter_map(|entry| entry.mutation.subject).collect()
    };
    for (since, before, limit, expected) in [
        (None, None, 9, vec!["4", "3", "2", "1", "0"]),
        (None, None, 2, vec!["4", "3"]),
        (None, Some(4), 2, vec!["2", "1"]),
        (Some(3), None, 9, vec!["4", "3"]),
        (Some(1), Some(3), 9, vec!["1"]),
        (Some(9), None, 9, vec![]),
        (None, None, 0, vec![]),
    ] {
        assert_eq!(subjects(since, before, limit).await, expected, "{since:?} {before:?}");
    }
    for _ in 0..2 {
        assert_eq!(remove_due(store, Kept::Activity, second(3)).await, Some(second(3)));
        assert_eq!(subjects(None, None, 9).await, ["4", "3"]);
    }
    assert_eq!(remove_due(store, Kept::Activity, second(9)).await, None);
}

async fn a_begun_change_has_the_outcome_of_its_write(store: &dyn Store) {
    let mutation = begun(store, 1, None, second(1)).await;
    assert_eq!(log(store).await[0].outcome, None);
    assert_eq!(log(store).await[0].mutation, mutation);
    store.book_apply("a".to_owned(), mutation.clone()).await.unwrap();
    let applied = Some(ActivityOutcome::Done { book_version: Some(1) });
    assert_eq!(log(store).await[0].outcome, applied);
    let failed = ActivityOutcome::Failed { status: Some(500), reason: "internal".to_owned() };
    store.activity_finish(mutation, failed, None).await.unwrap();
    assert_eq!(log(store).await[0].outcome, applied, "a logged success does not change");
    let refused = ActivityOutcome::Refused { status: Some(422), reason: "refused".to_owned() };
    let mutation = begun(store, 1, None, second(2)).await;
    store.activity_finish(mutation.of("x"), refused.clone(), None).await.unwrap();
    let log = log(store).await;
    assert_eq!((log.len(), &log[0].outcome), (2, &Some(refused)));
    assert_eq!(log[0].mutation.subject.as_deref(), Some("x"));
}

async fn the_same_request_has_the_same_answer(store: &dyn Store) {
    let again = async |token, key: &str, digest: &str| {
        store.activity_begin(ask(token, second(2)), keyed(key, digest)).await.unwrap()
    };
    let mutation = begun(store, 1, keyed("k", "d"), second(1)).await;
    assert_eq!(mutation.key.as_deref(), Some("k"));
    assert_eq!(again(1, "k", "d").await, Begun::InProgress);
    assert_eq!(again(1, "k", "other").await, Begun::OtherRequest);
    store.activity_finish(mutation, DONE, Some(answer("done"))).await.unwrap();
    for _ in 0..2 {
        assert_eq!(again(1, "k", "d").await, Begun::Answered(answer("done")));
    }
    assert_eq!(again(1, "k", "other").await, Begun::OtherRequest);
    assert_eq!(log(store).await.len(), 1, "a repeated request is no other change");
    assert!(matches!(again(2, "k", "other").await, Begun::New(_)), "keys are of one token");
    assert!(matches!(again(1, "j", "d").await, Begun::New(_)));
}

async fn an_effect_without_an_answer_is_not_repeated(store: &dyn Store) {
    let large = StoredAnswer { body: vec![b'x'; ANSWER_BYTES_MAX + 1], ..answer("") };
    let largest = StoredAnswer { body: vec![b'x'; ANSWER_BYTES_MAX], ..answer("") };
    for (key, given) in [("none", None), ("large", Some(large)), ("largest", Some(largest))] {
        let mutation = begun(store, 1, keyed(key, "d"), second(1)).await;
        store.book_apply(key.to_owned(), mutation.clone()).await.unwrap();
        let later = second(1) + KEY_UNANSWERED_MAX;
        let again = async || store.activity_begin(ask(1, later), keyed(key, "d")).await.unwrap();
        assert!(matches!(again().await, Begun::Done(_)), "{key}: the program was killed here");
        store.activity_finish(mutation, DONE, given).await.unwrap();
        match again().await {
            Begun::Done(entry) => {
                assert!(matches!(entry.outcome, Some(ActivityOutcome::Done { .. })));
                assert_ne!(key, "largest");
            }
            Begun::Answered(_) => assert_eq!(key, "largest"),
            other => panic!("{key}: {other:?}"),
        }
    }
}

async fn a_failed_request_may_be_retried(store: &dyn Store) {
    let failed = ActivityOutcome::Failed { status: Some(503), reason: "unavailable".to_owned() };
    let mutation = begun(store, 1, keyed("k", "d"), second(1)).await;
    store.activity_finish(mutation, failed.clone(), Some(answer("failed"))).await.unwrap();
    let mutation = begun(store, 1, keyed("k", "d"), second(1)).await;
    store.book_apply("a".to_owned(), mutation.clone()).await.unwrap();
    store.activity_finish(mutation, failed, Some(answer("failed"))).await.unwrap();
    let again = store.activity_begin(ask(1, second(1)), keyed("k", "d")).await.unwrap();
    assert_eq!(again, Begun::Answered(answer("failed")), "the change was made");
}

async fn an_abandoned_request_changes_nothing(store: &dyn Store) {
    let slow = begun(store, 1, keyed("k", "d"), second(1)).await;
    let at = second(1) + KEY_UNANSWERED_MAX - Duration::from_micros(1);
    let early = store.activity_begin(ask(1, at), keyed("k", "d")).await.unwrap();
    assert_eq!(early, Begun::InProgress);
    let next = begun(store, 1, keyed("k", "d"), second(1) + KEY_UNANSWERED_MAX).await;
    let refused = store.book_apply("slow".to_owned(), slow).await;
    assert_eq!(refused, Err(StoreError::Abandoned));
    assert_eq!(store.book_version().await, Ok(0));
    assert_eq!(store.book_apply("next".to_owned(), next).await, Ok(1));
}

async fn keys_expire_and_are_bounded(store: Arc<dyn Store>) {
    let mutation = begun(&*store, 1, keyed("k", "d"), second(1)).await;
    store.activity_finish(mutation, DONE, Some(answer("x"))).await.unwrap();
    let late = second(2);
    assert_eq!(remove_due(&*store, Kept::IdempotencyKeys, second(1)).await, Some(second(1)));
    let again = store.activity_begin(ask(1, late), keyed("k", "d")).await.unwrap();
    assert_eq!(again, Begun::Answered(answer("x")));
    assert_eq!(remove_due(&*store, Kept::IdempotencyKeys, late).await, None);
    begun(&*store, 1, keyed("k", "other"), late).await;
    let mut begins = JoinSet::new();
    for n in 1..KEYS_MAX {
        let store = Arc::clone(&store);
        begins.spawn(async move { begun(&*store, 1, keyed(&n.to_string(), "d"), late).await });
    }
    begins.join_all().await;
    let more = store.activity_begin(ask(1, late), keyed("more", "d")).await.unwrap();
    assert_eq!(more, Begun::TooMany);
    begun(&*store, 2, keyed("more", "d"), late).await;
}
