//! What is sold, and how.

use std::time::Duration;

use crate::base::ContractId;
use crate::base::Money;
use crate::routing::Inquiry;

/// What is sold, and how, where that is not the offer's to say.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The offer, and what is known of whoever asks.
    pub inquiry: Inquiry,
    /// How many are tried at once; as the offer says when there is none.
    pub width: Option<u8>,
    /// How long one wave may ring; as the offer says when there is none.
    pub ring_timeout: Option<Duration>,
    /// Whose bids are asked for first.
    pub bidding: Option<Bidding>,
    /// How long the inquiry waits for a unit when every cap is full, or for the first opening of
    /// a contract that parks it; zero when it does not wait.
    pub patience: Duration,
}

/// A window for bids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bidding {
    /// Who is asked.
    pub bidders: Vec<ContractId>,
    /// How long the answers may take.
    pub window: Duration,
    /// The least that is taken.
    pub floor: Option<Money>,
}

impl Terms {
    /// An inquiry that is sold as its offer says, at once or not at all.
    pub fn new(inquiry: Inquiry) -> Self {
        Self { inquiry, width: None, ring_timeout: None, bidding: None, patience: Duration::ZERO }
    }
}
