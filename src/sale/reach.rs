//! Which picks a channel can try, and which of them together.

use crate::base::OfferId;
use crate::book::Target;
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

/// Where a confirmed bid sends the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// Where the bid or the contract says.
    AsBid,
    /// To another destination, which the contract allows.
    At(Target),
    /// To a destination that the contract does not allow.
    NotAllowed,
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

    /// Returns whether a pick's buyer is asked to confirm its bid before it is tried.
    fn confirms(&self, _pick: &Pick) -> bool {
        false
    }

    /// Returns where a pick goes whose buyer named these destinations when it confirmed its bid.
    fn placed(&self, _pick: &Pick, _named: &[String]) -> Placed {
        Placed::AsBid
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
