//! The negotiated media.

use std::net::IpAddr;
use std::net::SocketAddr;

use crate::base::Codec;
use crate::base::Security;

use super::Direction;
use super::Secrecy;

/// One negotiated audio stream, seen from the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// Address where the far end receives RTP. All zeros if it receives none (then
    /// [`Media::direction`] does not send).
    pub remote: SocketAddr,
    /// Address where the far end receives RTCP; `None` if it receives none.
    pub rtcp: Option<SocketAddr>,
    /// Codec in both directions.
    pub codec: Codec,
    /// Payload type of the codec, 0 to 127.
    pub payload_type: u8,
    /// Payload type of telephone events at 8 kHz (RFC 4733); `None` if the far end does not accept
    /// them.
    pub events: Option<u8>,
    /// Direction of the media.
    pub direction: Direction,
    /// Milliseconds of audio per packet that the far end asks for, 10 to 60.
    pub ptime_ms: u16,
    /// Keys of SRTP; `None` for plain RTP.
    pub security: Option<Security>,
}

/// The switch's side of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Address where the switch receives RTP; RTCP is one port above.
    pub address: SocketAddr,
    /// Address that the far end's SIP messages come from or go to. It limits where its media can
    /// be: [`SdpError::Address`](super::SdpError::Address).
    pub peer: IpAddr,
    /// Session id in `o=`, the same in every description of one call leg.
    pub session: u64,
    /// Version in `o=`, incremented with every description that differs (RFC 3264 §8).
    pub version: u64,
    /// Whether the stream may or must be SRTP, and its keys.
    pub secrecy: Secrecy,
}

impl Local {
    /// Creates a side that has described nothing yet.
    pub const fn new(
        (address, peer): (SocketAddr, IpAddr),
        session: u64,
        secrecy: Secrecy,
    ) -> Self {
        Self { address, peer, session, version: 1, secrecy }
    }

    /// Returns the same side with the version of the next, differing description.
    #[must_use = "the old one is unchanged"]
    pub fn next(self) -> Local {
        Local { version: self.version.wrapping_add(1), ..self }
    }
}
