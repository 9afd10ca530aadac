//! Which picks a channel can try, and which of them together.

use crate::base::OfferId;
use crate::routing::Decision;
use crate::routing::Pick;

use super::Bidding;

/// Answer of a channel for a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The channel can try it.
    Open,
    /// The channel cannot reach such a destination: the attempt fails, without a fault of the
    /// inquiry.
    Closed,
    /// The pick has no destination for this channel and is skipped.
    Missing,
}

/// Which picks a channel can try, and which of them together.
pub trait Reach {
    /// Most attempts of one wave, whatever the offer allows.
    const TOGETHER_MAX: usize;

    /// Returns whether the channel can try a pick.
    fn way(&self, pick: &Pick) -> Way;

    /// Returns whether a pick can be tried in one wave with another.
    fn fits(&self, pick: &Pick, beside: &Pick) -> bool;

    /// Returns whether buyers of an offer are asked for bids.
    fn auctions(&self, _offer: &OfferId) -> bool {
        false
    }

    /// Returns who is asked for a bid, of the picks that a decision without bids has.
    fn bidding(&self, _survey: &Decision) -> Bidding {
        Bidding::NONE
    }
}

/// A channel that can ring every destination, in any combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EveryPhone;

impl Reach for EveryPhone {
    const TOGETHER_MAX: usize = usize::MAX;

    fn way(&self, pick: &Pick) -> Way {
        if pick.destination.is_some() { Way::Open } else { Way::Missing }
    }

    fn fits(&self, _pick: &Pick, _beside: &Pick) -> bool {
        true
    }
}
