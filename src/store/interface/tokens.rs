//! Access tokens.

use crate::base::Wall;
use crate::store::Mutation;
use crate::store::NewToken;
use crate::store::Pending;
use crate::store::Token;
use crate::store::TokenCreated;
use crate::store::TokenRevoked;

/// Access tokens.
pub trait Tokens: Send + Sync {
    /// Makes a token from 32 random bytes.
    fn token_create(
        &self,
        wanted: NewToken,
        entropy: [u8; 32],
        by: Mutation,
    ) -> Pending<'_, TokenCreated>;

    /// The token of a secret, whatever its state; `None` when it is not one of ours. Notes that it
    /// was used, at most once in [`crate::store::LAST_USE_EVERY`]. Nothing is remembered in
    /// between: a token that is revoked is so for the next request.
    fn token_check<'a>(&'a self, presented: &str, at: Wall) -> Pending<'a, Option<Token>>;

    /// Every token, the newest first. Of revoked ones the latest
    /// [`crate::store::REVOKED_TOKENS_MAX`].
    fn tokens(&self) -> Pending<'_, Vec<Token>>;

    /// Revokes the token with an id, or the one with a name that is not revoked.
    fn token_revoke(&self, wanted: &str, by: Mutation) -> Pending<'_, TokenRevoked>;
}
