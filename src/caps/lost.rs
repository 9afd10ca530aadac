//! Holds that were lost although their call lives.

use super::Ceiling;
use super::Claim;
use super::Refused;
use crate::base::Wall;

/// What a hold had that the counters no longer know: it expired since its node did not renew it in
/// time, or the counters were lost.
#[derive(Debug, Clone, Copy)]
pub struct Lost<'a> {
    /// What it took a unit of.
    pub ceilings: &'a [Ceiling],
    /// Whom it sells.
    pub claim: Claim<'a>,
    /// The units that came back when it was lost.
    pub units: Units,
    /// When it was reserved: it is counted in the periods of this instant.
    pub at: Wall,
}

/// Units that a hold loses when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Of one that was not committed: all, and its price.
    All,
    /// Of one that was committed: its concurrent units. The others stay spent.
    Concurrent,
}

/// What became of a lost hold that was reserved again. Its call goes on in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an overrun is counted"]
pub enum Again {
    /// It was not lost: it was open, and is renewed.
    Open,
    /// Its units were free, and are taken again.
    Within,
    /// A cap or a duplicate would refuse it, usually because other calls took the units meanwhile.
    /// The hold is still opened again, above that cap, so that the counters show what is sold.
    /// Only for [`Refused::TooMany`] nothing is counted.
    Over(Refused),
}
