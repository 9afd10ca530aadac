//! The library of flows: parsed and checked flow files, the sounds they play, and the checks
//! against a book. A live library is immutable: every call keeps the one it began with.
//!
//! This room reads no files. A [`Draft`] names the sound files that its flow plays; the caller
//! reads them and passes them as [`Wavs`]. The caller also fetches sounds on the web:
//! [`Library::absent`] lists them, [`Library::add_fetched`] adds them.

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
pub use wavs::Wav;
pub use wavs::WavFile;
pub use wavs::Wavs;
pub use wavs::wavs_of_flow;

use crate::base::Diagnostic;
use crate::base::Severity;

/// Returns whether a fault prevents the use of what was read.
pub fn is_fatal(faults: &[Diagnostic]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}
