//! Terms of a sale.

use std::time::Duration;

use crate::base::ContractId;
use crate::base::Money;
use crate::routing::Inquiry;

/// What is sold, and the terms that override the offer's.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The offer, and what is known about the caller or lead.
    pub inquiry: Inquiry,
    /// Attempts at once; `None` for the offer's value.
    pub width: Option<u8>,
    /// Ring timeout of one wave; `None` for the offer's value.
    pub ring_timeout: Option<Duration>,
    /// Longest wait for a unit when every cap is full, or for the first opening of a contract that
    /// parks the inquiry; zero to not wait.
    pub patience: Duration,
}

/// A window for bids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bidding {
    /// Contracts that are asked for a bid.
    pub bidders: Vec<ContractId>,
    /// Time limit for the bids.
    pub window: Duration,
    /// Lowest bid that is accepted.
    pub floor: Option<Money>,
}

impl Bidding {
    /// No bidder is asked, and every price is accepted.
    pub const NONE: Bidding = Bidding { bidders: Vec::new(), window: Duration::ZERO, floor: None };
}

impl Terms {
    /// Creates terms with the offer's values, without waiting.
    pub fn new(inquiry: Inquiry) -> Self {
        Self { inquiry, width: None, ring_timeout: None, patience: Duration::ZERO }
    }
}
