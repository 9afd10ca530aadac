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
    /// Creates a token from 32 random bytes.
    fn token_create(
        &self,
        wanted: NewToken,
        entropy: [u8; 32],
        by: Mutation,
    ) -> Pending<'_, TokenCreated>;

    /// Returns the token with this secret, in any state; `None` for an unknown secret. Stores the
    /// token's last use, at most once per [`crate::store::LAST_USE_EVERY`]. Nothing is cached, so
    /// that a revocation applies to the next request.
    fn token_check<'a>(&'a self, presented: &str, at: Wall) -> Pending<'a, Option<Token>>;

    /// Returns all tokens, newest first, but only the last [`crate::store::REVOKED_TOKENS_MAX`]
    /// revoked ones.
    fn tokens(&self) -> Pending<'_, Vec<Token>>;

    /// Revokes the token with this id, or the token with this name that is not revoked.
    fn token_revoke(&self, wanted: &str, by: Mutation) -> Pending<'_, TokenRevoked>;
}
