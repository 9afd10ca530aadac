//! Access tokens: who may ask what of the HTTP interface.

use sha2::Digest as _;
use sha2::Sha256;

use crate::base::BuyerId;
use crate::base::SourceId;

/// What the holder of a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// Run the traffic: read all, change the book.
    Operator,
    /// Read all.
    Analyst,
    /// Read what concerns one buyer.
    Buyer(BuyerId),
    /// Read what concerns one source.
    Source(SourceId),
}

impl Role {
    /// The role's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Operator => "operator",
            Role::Analyst => "analyst",
            Role::Buyer(_) => "buyer",
            Role::Source(_) => "source",
        }
    }

    /// The buyer or source that it is limited to.
    pub fn scope(&self) -> Option<&str> {
        match self {
            Role::Admin | Role::Operator | Role::Analyst => None,
            Role::Buyer(buyer) => Some(buyer.as_str()),
            Role::Source(source) => Some(source.as_str()),
        }
    }

    /// The role of a name and a scope. `Err` tells what does not fit.
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

/// A token's secret. It has no `Debug` and no `Display`: only [`Secret::reveal`] tells it, once,
/// to the person who asked for it. The database keeps its SHA-256.
pub struct Secret(String);

impl Secret {
    /// The secret of 32 random bytes.
    pub fn new(entropy: [u8; 32]) -> Self {
        Self(format!("strowger_{}", hexadecimal(&entropy)))
    }

    /// The secret as text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What the database keeps of a secret. A plain hash is enough, as a secret has 256 random bits;
/// and as hashes are looked up, the time of a look-up tells nothing of the secret.
pub(super) fn hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
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
    fn the_hash_is_sha_256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash("abc"), abc, "FIPS 180-2, appendix B.1");
        assert_eq!(Secret::new([0xab; 32]).reveal(), format!("strowger_{}", "ab".repeat(32)));
    }
}
