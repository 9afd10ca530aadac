//! The library of flows: flow files read and checked, the sounds that they play, and what flows and
//! a book say of each other. A library is immutable once it is live: every call keeps the one that
//! it began with.
//!
//! Nothing is read here. A [`Draft`] names the sound files that its flow plays; a shell reads them and
//! hands them over as [`Wavs`]. Sounds on the web are fetched by a shell too: [`Library::absent`] says
//! which, [`Library::add_fetched`] takes them.

#![deny(clippy::wildcard_enum_match_arm)]

mod beside_book;
mod draft;
mod flow_text;
mod loaded;
mod renewal;
mod sounds;
mod standing;
#[cfg(test)]
mod tests;
mod wavs;

pub use draft::Draft;
pub use flow_text::FlowText;
pub use loaded::Library;
pub use sounds::check_sounds;
pub use sounds::wavs_of_book;
pub use standing::Standing;
pub use wavs::Fetched;
pub use wavs::WavFile;
pub use wavs::Wavs;
pub use wavs::wavs_of_flow;

use crate::base::Diagnostic;
use crate::base::Severity;

/// Whether a fault stops what was read from being used.
pub fn is_fatal(faults: &[Diagnostic]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}
