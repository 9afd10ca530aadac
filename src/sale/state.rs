//! What a sale is doing.

use super::auction::Auction;
use super::race::Race;
use super::wait::Wait;

/// What the sale is doing.
#[derive(Debug)]
pub(super) enum SaleState {
    /// Nothing is for sale.
    Idle,
    /// Bids are awaited.
    AwaitBids(Auction),
    /// A decision is awaited.
    AwaitDecision,
    /// Buyers are tried, or about to be.
    Selling(Race),
    /// Every cap is full, or everybody is closed: a free unit or an opening is awaited.
    Waiting(Wait),
    /// As many as it is sold to have it.
    Sold(Race),
    /// It is no longer for sale.
    Withdrawn,
}
