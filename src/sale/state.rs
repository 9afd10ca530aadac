//! States of a sale.

use super::auction::Auction;
use super::race::Race;
use super::wait::Wait;

/// State of a sale.
#[derive(Debug)]
pub(super) enum SaleState {
    /// Nothing is for sale.
    Idle,
    /// Waiting for the buyers who may bid.
    AwaitSurvey,
    /// Waiting for bids.
    AwaitBids(Auction),
    /// Waiting for a decision.
    AwaitDecision,
    /// Trying buyers, or about to.
    Selling(Race),
    /// Every cap is full or every contract is closed: waiting for a free unit or an opening.
    Waiting(Wait),
    /// All wanted buyers have the inquiry.
    Sold(Race),
    /// No longer for sale.
    Withdrawn,
}
