//! Access tokens of the HTTP API, and their roles.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;

use crate::base::BuyerId;
use crate::base::SourceId;
use crate::base::TokenId;
use crate::base::TokenName;
use crate::base::Wall;
use crate::base::suggest;
use crate::book::Book;

/// Most tokens that are not revoked. At the bound, [`TokenCreated::TooMany`] is returned.
pub const TOKENS_MAX: usize = 1_000;

/// Most revoked tokens kept for lists. Beyond it, the token revoked first is deleted.
pub const REVOKED_TOKENS_MAX: usize = 1_000;

/// Shortest time between two stored uses of a token; the precision of its last use.
pub const LAST_USE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Digits of the hash in a token's id.
const ID_DIGITS: usize = 12;

/// Prefix of token ids. No token name begins with it.
pub const TOKEN_ID_PREFIX: &str = "tok_";

/// What the holder of a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// May do everything.
    Admin,
    /// May read everything and change the book.
    Operator,
    /// May read everything but what tells of a caller.
    Analyst,
    /// May read what concerns one buyer.
    Buyer(BuyerId),
    /// May read what concerns one source.
    Source(SourceId),
}

impl Role {
    /// Returns the name of the role.
    pub const fn name(&self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Operator => "operator",
            Role::Analyst => "analyst",
            Role::Buyer(_) => "buyer",
            Role::Source(_) => "source",
        }
    }

    /// Returns the buyer or source that the role is limited to; `None` if it is not limited.
    pub fn scope(&self) -> Option<&str> {
        match self {
            Role::Admin | Role::Operator | Role::Analyst => None,
            Role::Buyer(buyer) => Some(buyer.as_str()),
            Role::Source(source) => Some(source.as_str()),
        }
    }

    /// Returns an error message if the book lacks the role's buyer or source.
    pub fn unknown_in(&self, book: &Book) -> Option<String> {
        let (id, known): (_, Vec<&str>) = match self {
            Role::Admin | Role::Operator | Role::Analyst => return None,
            Role::Buyer(id) => {
                (id.as_str(), book.buyers.iter().map(|buyer| buyer.id.as_str()).collect())
            }
            Role::Source(id) => {
                (id.as_str(), book.sources.iter().map(|source| source.id.as_str()).collect())
            }
        };
        if known.contains(&id) {
            return None;
        }
        let hint = suggest(id, known).map(|near| format!("; did you mean `{near}`?"));
        Some(format!("unknown {} `{id}`{}", self.name(), hint.unwrap_or_default()))
    }

    /// Returns the role with this name, and its buyer or source. `Err` is the error message.
    pub fn of(name: &str, buyer: Option<&str>, source: Option<&str>) -> Result<Role, String> {
        match (name, buyer, source) {
            ("buyer", _, Some(_)) | ("source", Some(_), _) => {
                Err(format!("the role `{name}` is limited to a {name}, and to nothing else"))
            }
            (_, Some(scope), _) | (_, None, Some(scope)) => Role::parse(name, Some(scope)),
            (_, None, None) => Role::parse(name, None),
        }
    }

    /// Returns the role with this name and scope. `Err` is the error message.
    pub fn parse(name: &str, scope: Option<&str>) -> Result<Role, String> {
        match (name, scope) {
            ("admin", None) => Ok(Role::Admin),
            ("operator", None) => Ok(Role::Operator),
            ("analyst", None) => Ok(Role::Analyst),
            ("buyer", Some(id)) => id.parse().map(Role::Buyer).map_err(|e| format!("{e}")),
            ("source", Some(id)) => id.parse().map(Role::Source).map_err(|e| format!("{e}")),
            ("admin" | "operator" | "analyst", Some(_)) => {
                Err(format!("the role `{name}` is not limited to a buyer or a source"))
            }
            ("buyer" | "source", None) => Err(format!("the role `{name}` needs a {name}'s id")),
            _ => Err(format!(
                "`{name}` is not a role: use admin, operator, analyst, buyer or source"
            )),
        }
    }
}

/// A token to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Role of the token.
    pub role: Role,
    /// Name of the token; `None`: made of the role and the id.
    pub name: Option<TokenName>,
    /// Time of expiry; `None`: never.
    pub expires_at: Option<Wall>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Id of the token; not secret.
    pub id: TokenId,
    /// Name of the token; unique among tokens that are not revoked.
    pub name: TokenName,
    /// Role of the token.
    pub role: Role,
    /// Time of creation.
    pub created_at: Wall,
    /// Who created the token; empty if created before schema 9.
    pub created_by: String,
    /// Time of expiry; `None`: never.
    pub expires_at: Option<Wall>,
    /// Time of revocation; `None`: not revoked.
    pub revoked_at: Option<Wall>,
    /// Time of the last use, to a precision of [`LAST_USE_EVERY`].
    pub last_used_at: Option<Wall>,
}

/// The state of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Valid.
    Live,
    /// Expired.
    Expired,
    /// Revoked.
    Revoked,
}

impl TokenState {
    /// Returns the state's name.
    pub const fn name(self) -> &'static str {
        match self {
            TokenState::Live => "live",
            TokenState::Expired => "expired",
            TokenState::Revoked => "revoked",
        }
    }
}

impl Token {
    /// Returns the token's state at `at`. A token that was revoked after its expiry counts as
    /// expired.
    pub fn state(&self, at: Wall) -> TokenState {
        let expired = |by: Wall| self.expires_at.is_some_and(|end| end <= by);
        match self.revoked_at {
            Some(revoked) if expired(revoked) => TokenState::Expired,
            Some(_) => TokenState::Revoked,
            None if expired(at) => TokenState::Expired,
            None => TokenState::Live,
        }
    }
}

/// A token as shown in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenDocument {
    id: TokenId,
    name: TokenName,
    role: &'static str,
    buyer: Option<BuyerId>,
    source: Option<SourceId>,
    state: TokenState,
    created_at: Wall,
    created_by: String,
    expires_at: Option<Wall>,
    revoked_at: Option<Wall>,
    last_used_at: Option<Wall>,
}

impl Token {
    /// Returns the token as shown in JSON, with its state at `at`.
    pub fn document(&self, at: Wall) -> TokenDocument {
        let (buyer, source) = match &self.role {
            Role::Admin | Role::Operator | Role::Analyst => (None, None),
            Role::Buyer(buyer) => (Some(buyer.clone()), None),
            Role::Source(source) => (None, Some(source.clone())),
        };
        TokenDocument {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role.name(),
            buyer,
            source,
            state: self.state(at),
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            last_used_at: self.last_used_at,
        }
    }
}

/// The result of creating a token.
pub enum TokenCreated {
    /// The token was created. Its secret is returned only here.
    Now(Token, Secret),
    /// This token already has the name.
    NameTaken(Token),
    /// The name begins with the prefix of token ids.
    NameIsAnId(TokenName),
    /// There are already [`TOKENS_MAX`] tokens.
    TooMany,
}

impl fmt::Display for TokenCreated {
    /// Prints a sentence without a full stop, and never the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenCreated::Now(token, _) => write!(f, "token {} was created", token.id),
            TokenCreated::NameTaken(token) => write!(
                f,
                "token {} has the name `{}`: choose another name, or revoke that token first",
                token.id, token.name
            ),
            TokenCreated::NameIsAnId(name) => write!(
                f,
                "`{name}` looks like a token's id: choose a name that does not begin with \
                 `{TOKEN_ID_PREFIX}`"
            ),
            TokenCreated::TooMany => {
                write!(f, "there are {TOKENS_MAX} tokens, the most there can be: revoke one first")
            }
        }
    }
}

/// The result of revoking a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRevoked {
    /// The token was revoked.
    Now(Token),
    /// The token was already revoked; nothing changed.
    Before(Token),
    /// There is no such token.
    Unknown,
}

/// Secret of a token. It has neither `Debug` nor `Display`: only [`Secret::reveal`] shows it, once,
/// to the user who creates the token. The database stores its SHA-256.
pub struct Secret(String);

impl Secret {
    /// Creates the secret from 32 random bytes.
    pub fn new(entropy: [u8; 32]) -> Self {
        Self(format!("strowger_{}", hexadecimal(&entropy)))
    }

    /// Returns the secret as text, which is shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Returns the hash under which the database stores a secret. A plain hash is enough for 256 random
/// bits. The store looks up hashes, so the time of a look-up does not depend on the secret.
pub(super) fn hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// Returns the digits of a hash that token ids and default names contain.
pub(super) fn digits(hash: &str) -> &str {
    hash.get(..ID_DIGITS).unwrap_or(hash)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_round_trip_and_wrong_ones_are_refused() {
        for (name, scope, good) in [
            ("admin", None, true),
            ("operator", None, true),
            ("analyst", None, true),
            ("buyer", Some("acme"), true),
            ("source", Some("search-ads"), true),
            ("buyer", None, false),
            ("buyer", Some("two words"), false),
            ("admin", Some("acme"), false),
            ("root", None, false),
        ] {
            let role = Role::parse(name, scope);
            assert_eq!(role.is_ok(), good, "{name} {scope:?}: {role:?}");
            if let Ok(role) = role {
                assert_eq!((role.name(), role.scope()), (name, scope));
            }
        }
    }

    #[test]
    fn a_role_takes_the_scope_of_its_kind() {
        for (name, buyer, source, good) in [
            ("buyer", Some("acme"), None, true),
            ("buyer", None, Some("acme"), false),
            ("buyer", Some("acme"), Some("x"), false),
            ("source", None, Some("ads"), true),
            ("source", Some("ads"), None, false),
            ("admin", None, None, true),
            ("admin", Some("acme"), None, false),
            ("admin", None, Some("ads"), false),
        ] {
            let role = Role::of(name, buyer, source);
            assert_eq!(role.is_ok(), good, "{name} {buyer:?} {source:?}: {role:?}");
        }
    }

    #[test]
    fn the_hash_is_sha_256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash("abc"), abc, "FIPS 180-2, appendix B.1");
        assert_eq!(Secret::new([0xab; 32]).reveal(), format!("strowger_{}", "ab".repeat(32)));
    }
}
