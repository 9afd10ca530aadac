//! What a channel can try, and what of it at once.

use crate::routing::Pick;

/// Whether a channel can try a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It can.
    Open,
    /// It cannot reach such a destination: the attempt fails, which is no fault of the inquiry.
    Closed,
    /// The pick has no destination for this channel: it is passed over.
    Missing,
}

/// What a channel can try, and what of it at once.
pub trait Reach {
    /// Most attempts of one wave, whatever the offer says.
    const TOGETHER_MAX: usize;

    /// Whether a pick can be tried.
    fn way(&self, pick: &Pick) -> Way;

    /// Whether a pick can be tried in one wave with another.
    fn fits(&self, pick: &Pick, beside: &Pick) -> bool;
}

/// A channel that rings whoever has a destination, any of them together.
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
