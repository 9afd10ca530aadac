//! Holds that were lost while their calls live.

use super::Ceiling;
use super::Claim;
use super::Refused;
use crate::base::Wall;

/// Contents of a hold that the counters no longer have: it expired because its node did not renew
/// it in time, or the counters were lost.
#[derive(Debug, Clone, Copy)]
pub struct Lost<'a> {
    /// Ceilings of which it took a unit.
    pub ceilings: &'a [Ceiling],
    /// Persons it sells.
    pub claim: Claim<'a>,
    /// Units that were given back when it was lost.
    pub units: Units,
    /// Time of the reservation; the units count in its periods.
    pub at: Wall,
}

/// Units that a hold loses when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// A hold that was not committed: all units, and the price.
    All,
    /// A committed hold: its concurrent units. The others stay spent.
    Concurrent,
}

/// Result of reserving a lost hold again. The call goes on in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an overrun is counted"]
pub enum Again {
    /// The hold was still open and is renewed.
    Open,
    /// The units were free and are taken again.
    Within,
    /// A cap or a duplicate refuses the hold, usually because other calls took the units meanwhile.
    /// The hold is still opened, above that cap, so that the counters show what is sold. Only for
    /// [`Refused::TooMany`] nothing is counted.
    Over(Refused),
}
