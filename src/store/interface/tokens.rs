//! Access tokens.

use crate::base::Wall;
use crate::store::Pending;
use crate::store::Role;
use crate::store::Secret;

/// Access tokens.
pub trait Tokens: Send + Sync {
    /// A new token of a role, from 32 random bytes. Its secret is told here and never again.
    fn token_create(&self, role: Role, entropy: [u8; 32], at: Wall) -> Pending<'_, Secret>;

    /// The role of a token; `None` when it is not one of ours.
    fn token_check<'a>(&'a self, presented: &str) -> Pending<'a, Option<Role>>;
}
