//! Groups whose sums are kept.

use super::CUBE;
use super::Grain;
use super::Pair;
use super::Quarter;

/// A group of calls. Empty texts stand for none: no buyer, no currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallGroup {
    /// The dimensions.
    pub pair: Pair,
    /// Arrival of the calls.
    pub at: Quarter,
    /// Values of the pair's dimensions; empty for a dimension that it does not have.
    pub values: [String; 2],
    /// Currency of the amounts.
    pub currency: String,
}

/// A group of calls that agree in every dimension of the cube.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CubeGroup {
    /// Arrival of the calls.
    pub at: Quarter,
    /// Values of [`CUBE`]'s dimensions; empty for none.
    pub values: [String; CUBE.len()],
    /// Currency of the amounts.
    pub currency: String,
}

/// A group of attempts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttemptGroup {
    /// Arrival of the calls.
    pub at: Quarter,
    /// Tier; empty if unknown.
    pub tier: String,
    /// Offer that the call was last routed for.
    pub offer: String,
    /// Buyer who was rung.
    pub buyer: String,
    /// The buyer's contract.
    pub contract: String,
}

/// A group of reasons.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReasonGroup {
    /// Arrival of the calls.
    pub at: Quarter,
    /// What the reason is about.
    pub about: About,
    /// Code of the reason.
    pub reason: String,
    /// Offer that the call was last routed for; of a contract, the offer that passed it over; of a
    /// fallback, the first offer.
    pub offer: String,
    /// Whom it concerns: the source of a call or a lead, the buyer of an attempt, the contract
    /// passed over; empty for a fallback.
    pub party: String,
}

/// What a reason is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The end of a call.
    Call,
    /// The end of a form lead.
    Lead,
    /// The loss of an attempt; counted once per call, buyer and outcome.
    Attempt,
    /// A contract that was passed over; counted once per call, contract and reason.
    Contract,
    /// The fallback that a call used.
    Fallback,
}

impl About {
    /// Every kind.
    pub const ALL: [About; 5] =
        [About::Call, About::Lead, About::Attempt, About::Contract, About::Fallback];

    /// Returns the name, which also stands in the database.
    pub const fn name(self) -> &'static str {
        match self {
            About::Call => "call",
            About::Lead => "lead",
            About::Attempt => "attempt",
            About::Contract => "contract",
            About::Fallback => "fallback",
        }
    }
}

impl CallGroup {
    /// Grains that are kept. Hours serve the days of zones that are whole hours from UTC.
    pub const GRAINS: &'static [Grain] =
        &[Grain::Quarter, Grain::Hour, Grain::Day, Grain::Fortnight];
}

impl CubeGroup {
    /// Grains that are kept: no question spans many fortnights.
    pub const GRAINS: &'static [Grain] = &[Grain::Quarter, Grain::Day];
}

impl AttemptGroup {
    /// Grains that are kept.
    pub const GRAINS: &'static [Grain] = &[Grain::Quarter, Grain::Day, Grain::Fortnight];
}

impl ReasonGroup {
    /// Grains that are kept.
    pub const GRAINS: &'static [Grain] = &[Grain::Quarter, Grain::Day, Grain::Fortnight];
}
