//! Tokens with which the switch authenticates itself to buyers, each kept until it ends.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::Mutex as Turn;

use crate::base::Mono;
use crate::delivery::Issued;
use crate::net::Clock;

/// Most tokens that are kept. When as many are, all are forgotten, and fetched again when needed.
const TOKENS_MAX: usize = 1_000;

/// The tokens, by the name of their grant.
pub(super) struct Tokens {
    clock: Clock,
    kept: Mutex<BTreeMap<String, Arc<Turn<Option<Kept>>>>>,
}

#[derive(Clone)]
struct Kept {
    token: String,
    until: Mono,
}

impl Tokens {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    /// Returns the token of a grant, fetched if none is kept. Requests that need the same token at
    /// the same time fetch it once. A token that the server `refused` is not used again.
    pub(super) async fn token(
        &self,
        grant: &str,
        refused: Option<&str>,
        fetch: impl Future<Output = Result<Issued, String>>,
    ) -> Result<String, String> {
        let place = self.place(grant);
        let mut kept = place.lock().await;
        let is_good = |kept: &&Kept| {
            self.clock.now().mono < kept.until && refused != Some(kept.token.as_str())
        };
        if let Some(kept) = kept.as_ref().filter(is_good) {
            return Ok(kept.token.clone());
        }
        *kept = None;
        let Issued { token, life } = fetch.await?;
        *kept = Some(Kept { token: token.clone(), until: self.clock.now().mono + life });
        Ok(token)
    }

    fn place(&self, grant: &str) -> Arc<Turn<Option<Kept>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TOKENS_MAX && !kept.contains_key(grant) {
            kept.clear();
        }
        kept.entry(grant.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn get(tokens: &Tokens, grant: &str, refused: Option<&str>, next: &str) -> String {
        let issued = Issued { token: next.to_owned(), life: Duration::from_secs(3_600) };
        tokens.token(grant, refused, async { Ok(issued) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_token_is_fetched_once_until_it_is_refused_and_the_table_is_bounded() {
        let tokens = Tokens::new(Clock::system());
        assert_eq!(get(&tokens, "a", None, "1").await, "1");
        assert_eq!(get(&tokens, "a", None, "2").await, "1");
        assert_eq!(get(&tokens, "b", None, "3").await, "3");
        assert_eq!(get(&tokens, "a", Some("1"), "4").await, "4");
        assert_eq!(get(&tokens, "a", Some("1"), "5").await, "4", "another request renewed it");
        let failed = tokens.token("a", Some("4"), async { Err("down".to_owned()) }).await;
        assert_eq!(failed, Err("down".to_owned()));
        assert_eq!(get(&tokens, "a", None, "6").await, "6", "a refused token is gone");
        for n in 0..TOKENS_MAX {
            get(&tokens, &n.to_string(), None, "x").await;
        }
        assert!(tokens.kept.lock().unwrap().len() <= TOKENS_MAX);
        assert_eq!(get(&tokens, "a", None, "7").await, "7", "forgotten at the bound");
    }

    #[tokio::test]
    async fn a_token_without_life_is_used_once() {
        let tokens = Tokens::new(Clock::system());
        for next in ["1", "2"] {
            let issued = Issued { token: next.to_owned(), life: Duration::ZERO };
            let found = tokens.token("a", None, async { Ok(issued) }).await;
            assert_eq!(found.as_deref(), Ok(next));
        }
    }
}
