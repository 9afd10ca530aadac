//! What a caller hears while phones ring.

use crate::base::DialingCountry;

/// The ringback of a trunk's callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ringback {
    /// The tone of a country, which [`RingTone`](crate::base::RingTone) knows.
    Country(DialingCountry),
    /// A recording, by its name like that of `<Play>` in a flow; it repeats.
    Recording(String),
}
