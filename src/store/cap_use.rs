//! Units that calls took from caps.

/// One unit of one counter, taken by one call. The four texts are the counter's name, as the
/// caps room writes them; the store only tells equal from different.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapUse {
    /// Whose cap: `contract`, `buyer` or `offer`.
    pub level: String,
    /// The id of that contract, buyer or offer.
    pub subject: String,
    /// How long the cap counts: `hour`, `day`, `week`, `month` or `total`.
    pub span: String,
    /// Which hour, day, week or month, by the buyer's clock; empty for `total`.
    pub period: String,
}

/// What is used up of one counter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapCount {
    /// The counter.
    pub counter: CapUse,
    /// The units that calls took from it.
    pub used: u64,
}
