//! The native audio codecs: G.711 µ-law and A-law.

use std::fmt;

/// An audio codec. All have 8,000 bytes a second and timestamps of 8 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// µ-law: `PCMU`, static payload type 0 (RFC 3551 §6).
    Pcmu,
    /// A-law: `PCMA`, static payload type 8 (RFC 3551 §6).
    Pcma,
    /// Wideband audio: `G722`, static payload type 9. Its samples are taken at 16 kHz, its timestamps
    /// count 8,000 a second for historical reasons (RFC 3551 §4.5.2).
    G722,
}

impl Codec {
    /// All codecs, in the switch's order of preference: most carriers have G.711 only, and what the
    /// switch plays is recorded for it.
    pub const ALL: &'static [Codec] = &[Codec::Pcmu, Codec::Pcma, Codec::G722];

    /// Returns the encoding name in SDP's `rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
        }
    }

    /// Returns the static payload type of RFC 3551 §6.
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
