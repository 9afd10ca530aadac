//! The name of one leg.

use std::fmt;

use crate::base::Rng;

/// One INVITE session: a leg of a call. The agent draws it for an incoming INVITE; whoever dials
/// draws it for an outgoing one. It doubles as the leg's local tag (RFC 3261 §19.3), so it must
/// come from [`SessionId::random`] outside tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl SessionId {
    /// A fresh id of 64 random bits.
    pub fn random(rng: &mut Rng) -> Self {
        Self(rng.next_u64())
    }

    /// The session whose local tag this is; `None` when it is not of our making.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let ours = tag.len() == 16 && tag.bytes().all(|b| b.is_ascii_hexdigit());
        if ours { u64::from_str_radix(tag, 16).ok().map(Self) } else { None }
    }
}

/// 16 lower-case hexadecimal digits.
impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
