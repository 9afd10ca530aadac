//! Why a packet was not opened.

/// Reason why a packet was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It is too short, or its tag is wrong.
    Unauthentic,
    /// It came before, or is too old to tell.
    Replayed,
}
