//! E-mail addresses in the form in which they are compared.

use std::fmt;
use std::str::FromStr;

use super::invalid::InvalidContact;

/// Longest address, in bytes (RFC 5321 §4.5.3.1.3, without the brackets).
const BYTES_MAX: usize = 254;
/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;

/// An e-mail address, trimmed and in lower case. Plus-addresses and dots stay as they are: whether
/// they are one mailbox is known to its provider only. Prints redacted; only [`Email::as_str`]
/// shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

impl Email {
    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(InvalidContact)?;
        let foreign = |c: char| c.is_whitespace() || c.is_control() || ",;<>()[]\\\"".contains(c);
        let labels = || domain.split('.');
        let fits = address.len() <= BYTES_MAX
            && (1..=LOCAL_BYTES_MAX).contains(&local.len())
            && !local.contains('@')
            && !address.contains(foreign)
            && labels().count() > 1
            && labels().all(|label| !label.is_empty());
        if fits { Ok(Self(address.into())) } else { Err(InvalidContact) }
    }
}

/// Shows the first character and the domain.
impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let first: String = local.chars().take(1).collect();
        write!(f, "{first}\u{2026}@{domain}")
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({self})")
    }
}
