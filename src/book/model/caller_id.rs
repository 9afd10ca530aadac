//! Whether bidders for a call see the caller's number.

/// Whether requests for bids name the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallerId {
    /// Only the bidder who has won.
    #[default]
    Hidden,
    /// Every bidder that is asked.
    Exposed,
}
