//! What a trunk says about the audio of its calls.

use crate::base::Codec;
use crate::base::Srtp;
use crate::base::SymmetricRtp;

use super::Ringback;

/// The audio of a trunk's calls, in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Sources of RTP that are accepted from the carrier.
    pub symmetric_rtp: SymmetricRtp,
    /// Whether it is SRTP.
    pub srtp: Srtp,
    /// Codecs that are offered and taken, the preferred one first.
    pub codecs: Vec<Codec>,
    /// What the trunk's callers hear while phones ring; `None` for the tone of the trunk's country.
    pub ringback: Option<Ringback>,
    /// Name of the recording that the trunk's parties hear on hold, like `<Play>` of a flow; `None`
    /// for a soft tone.
    pub hold_music: Option<String>,
}
