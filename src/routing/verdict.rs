//! What was found of one contract.

use crate::base::Skip;
use crate::base::Wall;
use crate::caps::Full;

/// The first stage that a contract fails, or none. In the order in which they are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It passes all of them.
    Eligible,
    /// It, or its buyer, is switched off.
    Off,
    /// It does not take the channel.
    Channel,
    /// The state is not one of its own, or is not known.
    State,
    /// The zip is not one of its own, or is not known.
    Zip,
    /// The area code is not one of its own, or is not known.
    AreaCode,
    /// The city is not one of its own, or is not known.
    City,
    /// The county is not one of its own, or is not known.
    County,
    /// The country is not one of its own, or is not known.
    Country,
    /// The zip lies outside its radius, or is not known.
    Radius,
    /// The zip lies outside its market areas, or is not known.
    Dma,
    /// It does not take the source.
    Source,
    /// A field fails a rule.
    Field,
    /// A field that it needs is not known.
    Required,
    /// The same person was sold within a duplicate window; when.
    Duplicate(Wall),
    /// The score is below its minimum, or is not known.
    Score,
    /// The attestation is not one of its own, or is not known.
    Attestation,
    /// A cap of its own, its buyer's or the offer's has no unit left.
    Cap(Box<Full>),
    /// Its hours do not include this moment.
    Hours,
    /// The date is closed.
    Holiday,
}

impl Verdict {
    /// The reason code; none when eligible.
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
