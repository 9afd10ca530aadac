//! The native audio codecs: G.711 µ-law and A-law.

use std::fmt;

/// An audio codec at 8 kHz, one byte per sample (ITU-T G.711).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// µ-law: `PCMU`, static payload type 0 (RFC 3551 §6).
    Pcmu,
    /// A-law: `PCMA`, static payload type 8 (RFC 3551 §6).
    Pcma,
}

impl Codec {
    /// Both codecs, in the switch's order of preference.
    pub const ALL: &'static [Codec] = &[Codec::Pcmu, Codec::Pcma];

    /// Returns the encoding name in SDP's `rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// Returns the static payload type of RFC 3551 §6.
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
