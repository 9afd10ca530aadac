//! Id of one leg of a call.

use std::fmt;

use super::Rng;

/// One leg of a call: its INVITE session and its media. The SIP agent creates it for an incoming
/// INVITE; the dialing code creates it for an outgoing one. It is also the leg's local tag (RFC
/// 3261 §19.3), so outside tests it must come from [`LegId::random`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub u64);

impl LegId {
    /// Returns a new id of 64 random bits.
    pub fn random(rng: &mut Rng) -> Self {
        Self(rng.next_u64())
    }

    /// Returns the leg whose local tag this is; `None` when this program did not make the tag.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let ours = tag.len() == 16 && tag.bytes().all(|b| b.is_ascii_hexdigit());
        if ours { u64::from_str_radix(tag, 16).ok().map(Self) } else { None }
    }
}

/// 16 lower-case hexadecimal digits.
impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
