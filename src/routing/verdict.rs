//! The verdict on one contract.

use crate::base::Skip;
use crate::base::Wall;
use crate::caps::Full;

/// First stage that a contract fails, in the order of the checks, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Passes every stage.
    Eligible,
    /// The contract or its buyer is switched off.
    Off,
    /// The contract does not take the channel.
    Channel,
    /// The state is not on the contract's list, or is unknown.
    State,
    /// The zip is not on the contract's list, or is unknown.
    Zip,
    /// The area code is not on the contract's list, or is unknown.
    AreaCode,
    /// The city is not on the contract's list, or is unknown.
    City,
    /// The county is not on the contract's list, or is unknown.
    County,
    /// The country is not on the contract's list, or is unknown.
    Country,
    /// The zip is outside the contract's radius, or is unknown.
    Radius,
    /// The zip is outside the contract's market areas, or is unknown.
    Dma,
    /// The contract does not take the source.
    Source,
    /// A field fails a rule.
    Field,
    /// A required field is unknown.
    Required,
    /// The same person was sold within a duplicate window, at this time.
    Duplicate(Wall),
    /// The score is below the contract's minimum, or is unknown.
    Score,
    /// The attestation is not on the contract's list, or is unknown.
    Attestation,
    /// A cap of the contract, its buyer or the offer has no unit left.
    Cap(Box<Full>),
    /// The contract's hours do not include this moment.
    Hours,
    /// The date is closed.
    Holiday,
}

impl Verdict {
    /// Returns the reason code; `None` when eligible.
    pub fn skip(&self) -> Option<Skip> {
        match self {
            Verdict::Eligible => None,
            Verdict::Off => Some(Skip::Disabled),
            Verdict::Channel => Some(Skip::Channel),
            Verdict::State
            | Verdict::Zip
            | Verdict::AreaCode
            | Verdict::City
            | Verdict::County
            | Verdict::Country
            | Verdict::Radius
            | Verdict::Dma => Some(Skip::GeoMismatch),
            Verdict::Source => Some(Skip::SourceDenied),
            Verdict::Field => Some(Skip::FieldMismatch),
            Verdict::Duplicate(_) => Some(Skip::Duplicate),
            Verdict::Required => Some(Skip::RequiredMissing),
            Verdict::Score => Some(Skip::ScoreLow),
            Verdict::Attestation => Some(Skip::QualityFailed),
            Verdict::Cap(full) => Some(full.cap.skip()),
            Verdict::Hours => Some(Skip::Closed),
            Verdict::Holiday => Some(Skip::Holiday),
        }
    }
}
