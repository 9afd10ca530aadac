//! The keys by which transactions are matched.

use crate::sip::wire::Method;

/// The start of every branch since RFC 3261 (§8.1.1.7).
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";

/// What a server transaction is found by: branch, sent-by and method, with ACK counted as INVITE
/// (RFC 3261 §17.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ServerKey {
    /// The whole branch.
    pub(crate) branch: Box<str>,
    /// The host that the sender put into Via, in lower case.
    pub(crate) host: Box<str>,
    /// Its port, 5060 by default.
    pub(crate) port: u16,
    /// The method.
    pub(crate) method: Method,
}

impl ServerKey {
    /// The key of the INVITE with this branch: what an ACK or CANCEL is about.
    pub(crate) fn of_invite(mut self) -> Self {
        self.method = Method::Invite;
        self
    }
}

/// What one INVITE has in common with its copies that came another way (RFC 3261 §8.2.2.2), and
/// with its ACK and its CANCEL (§9.1, §17.1.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MergeKey {
    /// Call-ID.
    pub(crate) call_id: Box<str>,
    /// The tag of From.
    pub(crate) from_tag: Box<str>,
    /// The CSeq number.
    pub(crate) cseq: u32,
}

/// A client transaction's branch as text.
pub(crate) fn branch_text(branch: u64) -> String {
    format!("{MAGIC_COOKIE}{branch:016x}")
}

/// The bits of a branch that we made; `None` when we did not.
pub(crate) fn branch_bits(text: &str) -> Option<u64> {
    let bits = text.strip_prefix(MAGIC_COOKIE)?;
    let ours = bits.len() == 16 && bits.bytes().all(|b| b.is_ascii_hexdigit());
    if ours { u64::from_str_radix(bits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_branches_read_back() {
        for bits in [0, 7, u64::MAX] {
            assert_eq!(branch_bits(&branch_text(bits)), Some(bits));
        }
        for text in ["", "z9hG4bK", "z9hG4bK7", "z9hG4bK+00000000000000f", "00000000000000ff"] {
            assert_eq!(branch_bits(text), None, "{text}");
        }
    }
}
