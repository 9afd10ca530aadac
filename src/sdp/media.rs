//! What was negotiated.

use std::net::SocketAddr;

use crate::base::Codec;

use super::Direction;

/// One audio stream as both sides have agreed on it, seen from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// Where the far end takes RTP. An address of zeros when it takes none (then
    /// [`Media::direction`] does not send).
    pub remote: SocketAddr,
    /// Where the far end takes RTCP; `None` when it takes none.
    pub rtcp: Option<SocketAddr>,
    /// The codec, both ways.
    pub codec: Codec,
    /// The codec's payload type, 0 to 127.
    pub payload_type: u8,
    /// The payload type of telephone events at 8 kHz (RFC 4733), when the far end takes them.
    pub events: Option<u8>,
    /// Which way media flows.
    pub direction: Direction,
    /// Milliseconds of audio that the far end wants in a packet, 10 to 60.
    pub ptime_ms: u16,
}

/// Our side of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Where we take RTP; RTCP is one port above.
    pub address: SocketAddr,
    /// The session's id in `o=`, the same in every description of one call leg.
    pub session: u64,
    /// The version in `o=`: one more with every description that differs (RFC 3264 §8).
    pub version: u64,
}

impl Local {
    /// The same side for the next, differing description.
    #[must_use = "the old one is unchanged"]
    pub fn next(self) -> Local {
        Local { version: self.version.wrapping_add(1), ..self }
    }
}
