//! Tests of tokens: names, expiry, and secrets that are shown once.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::base::Wall;
use crate::store::LAST_USE_EVERY;
use crate::store::NewToken;
use crate::store::Role;
use crate::store::Store;
use crate::store::TOKENS_MAX;
use crate::store::Token;
use crate::store::TokenCreated;
use crate::store::TokenRevoked;
use crate::store::TokenState;
use crate::store::sample::by;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    secrets_are_shown_once(&*fresh().await).await;
    a_name_belongs_to_one_token_at_a_time(&*fresh().await).await;
    tokens_expire_and_are_revoked(&*fresh().await).await;
    a_use_is_stored_at_intervals(&*fresh().await).await;
    the_number_of_tokens_is_bounded(fresh().await).await;
}

fn entropy(n: u16) -> [u8; 32] {
    let mut entropy = [0; 32];
    entropy[..2].copy_from_slice(&n.to_be_bytes());
    entropy
}

fn wanted(name: &str) -> NewToken {
    let name = (!name.is_empty()).then(|| name.parse().unwrap());
    NewToken { role: Role::Operator, name, expires_at: None }
}

/// A token and its secret.
async fn make(store: &dyn Store, wanted: NewToken, n: u16, at: Wall) -> (Token, String) {
    match store.token_create(wanted, entropy(n), by("ann", at)).await.unwrap() {
        TokenCreated::Now(token, secret) => (token, secret.reveal().to_owned()),
        refused => panic!("{refused}"),
    }
}

async fn secrets_are_shown_once(store: &dyn Store) {
    let buyer = Role::Buyer("acme".parse().unwrap());
    let source = Role::Source("search-ads".parse().unwrap());
    let mut made = Vec::new();
    for role in [Role::Admin, Role::Operator, Role::Analyst, buyer, source] {
        let wanted = NewToken { role: role.clone(), ..wanted("") };
        let (token, secret) = make(store, wanted, made.len() as u16, second(1)).await;
        let digits = token.id.as_str().strip_prefix("tok_").unwrap().to_owned();
        assert_eq!(token.name.as_str(), format!("{}-{digits}", role.name()));
        assert!(!secret.contains(&digits), "the id is no part of the secret");
        assert_eq!((&token.role, token.created_by.as_str()), (&role, "user ann"));
        made.push((token, secret));
    }
    for (token, secret) in &made {
        assert_eq!(store.token_check(secret, second(1)).await, Ok(Some(token.clone())));
        let (most, last) = secret.split_at(secret.len() - 1);
        let flipped = format!("{most}{}", if last == "0" { "1" } else { "0" });
        assert_eq!(store.token_check(&flipped, second(1)).await, Ok(None));
    }
    for wrong in ["", "strowger_", "' OR 1=1 --", made[0].0.id.as_str()] {
        assert_eq!(store.token_check(wrong, second(1)).await, Ok(None), "{wrong}");
    }
    let listed: Vec<String> =
        store.tokens().await.unwrap().into_iter().map(|token| token.id.to_string()).collect();
    let newest_first: Vec<String> =
        made.iter().rev().map(|(token, _)| token.id.to_string()).collect();
    assert_eq!(listed, newest_first);
}

async fn a_name_belongs_to_one_token_at_a_time(store: &dyn Store) {
    let ends = NewToken { expires_at: Some(second(50)), ..wanted("ci") };
    let (first, _) = make(store, ends, 1, second(1)).await;
    let again = store.token_create(wanted("ci"), entropy(2), by("ann", second(49))).await.unwrap();
    assert!(matches!(again, TokenCreated::NameTaken(taken) if taken == first));
    let like_an_id = store.token_create(wanted("tok_1"), entropy(9), by("ann", second(2))).await;
    assert!(matches!(like_an_id, Ok(TokenCreated::NameIsAnId(_))));
    let (next, _) = make(store, wanted("ci"), 3, second(50)).await;
    assert_ne!(first.id, next.id);
    let states: Vec<_> =
        store.tokens().await.unwrap().iter().map(|token| token.state(second(60))).collect();
    assert_eq!(states, [TokenState::Live, TokenState::Expired]);
    let revoked = store.token_revoke("ci", by("ann", second(61))).await.unwrap();
    assert!(matches!(revoked, TokenRevoked::Now(token) if token.id == next.id));
    make(store, wanted("ci"), 4, second(62)).await;
}

async fn tokens_expire_and_are_revoked(store: &dyn Store) {
    let ends = NewToken { expires_at: Some(second(50)), ..wanted("short") };
    let (short, secret) = make(store, ends, 1, second(1)).await;
    for (at, state) in [(49, TokenState::Live), (50, TokenState::Expired)] {
        let found = store.token_check(&secret, second(at)).await.unwrap().unwrap();
        assert_eq!(found.state(second(at)), state, "{at}");
    }
    let (long, secret) = make(store, wanted("long"), 2, second(1)).await;
    let revoke = async |wanted: &str, at| store.token_revoke(wanted, by("ann", second(at))).await;
    let gone = Token { revoked_at: Some(second(20)), ..long.clone() };
    assert_eq!(revoke("long", 20).await, Ok(TokenRevoked::Now(gone.clone())));
    let found = store.token_check(&secret, second(20)).await.unwrap().unwrap();
    assert_eq!(found.state(second(20)), TokenState::Revoked);
    assert_eq!(revoke(long.id.as_str(), 30).await, Ok(TokenRevoked::Before(found)));
    for unknown in ["long", "unknown", "", "tok_000000000000"] {
        assert_eq!(revoke(unknown, 30).await, Ok(TokenRevoked::Unknown), "{unknown}");
    }
    assert!(matches!(revoke(short.id.as_str(), 99).await, Ok(TokenRevoked::Now(_))));
}

async fn a_use_is_stored_at_intervals(store: &dyn Store) {
    let (_, secret) = make(store, wanted("used"), 1, second(1)).await;
    let soon = second(100) + LAST_USE_EVERY - Duration::from_micros(1);
    let later = second(100) + LAST_USE_EVERY;
    for (at, noted) in [(second(100), second(100)), (soon, second(100)), (later, later)] {
        store.token_check(&secret, at).await.unwrap();
        // A write that is awaited commits after the one that is not.
        store.token_revoke("unknown", by("ann", at)).await.unwrap();
        assert_eq!(store.tokens().await.unwrap()[0].last_used_at, Some(noted));
    }
}

async fn the_number_of_tokens_is_bounded(store: Arc<dyn Store>) {
    let mut makes = JoinSet::new();
    for n in 0..TOKENS_MAX {
        let store = Arc::clone(&store);
        makes.spawn(async move { make(&*store, wanted(""), n as u16, second(1)).await });
    }
    makes.join_all().await;
    let more = async || store.token_create(wanted(""), entropy(60_000), by("ann", second(2))).await;
    assert!(matches!(more().await, Ok(TokenCreated::TooMany)));
    let oldest = store.tokens().await.unwrap().pop().unwrap();
    store.token_revoke(oldest.id.as_str(), by("ann", second(3))).await.unwrap();
    assert!(matches!(more().await, Ok(TokenCreated::Now(..))));
}
