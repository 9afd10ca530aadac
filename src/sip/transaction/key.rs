//! Keys for matching transactions.

use crate::sip::wire::Method;

/// Prefix of every branch since RFC 3261 (§8.1.1.7).
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";

/// Key of a server transaction: branch, sent-by and method, with ACK counted as INVITE (RFC 3261
/// §17.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ServerKey {
    /// The whole branch.
    pub(crate) branch: Box<str>,
    /// Host of the Via's sent-by, in lower case.
    pub(crate) host: Box<str>,
    /// Port of sent-by, 5060 by default.
    pub(crate) port: u16,
    /// The method.
    pub(crate) method: Method,
}

impl ServerKey {
    /// Returns the key of the INVITE with this branch, which an ACK or CANCEL refers to.
    pub(crate) fn of_invite(mut self) -> Self {
        self.method = Method::Invite;
        self
    }
}

/// Values that an INVITE shares with its copies on other paths (RFC 3261 §8.2.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MergeKey {
    /// Call-ID.
    pub(crate) call_id: Box<str>,
    /// Tag of From.
    pub(crate) from_tag: Box<str>,
    /// CSeq number.
    pub(crate) cseq: u32,
}

/// Returns a client transaction's branch as text.
pub(crate) fn branch_text(branch: u64) -> String {
    format!("{MAGIC_COOKIE}{branch:016x}")
}

/// Returns the random bits of a branch, or `None` if the agent did not create it.
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
