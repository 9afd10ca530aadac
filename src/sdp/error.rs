//! Reasons why a description is rejected.

use std::net::SocketAddr;

use super::bounds;

/// Reason why a session description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// More than [`bounds::DESCRIPTION_MAX`] bytes.
    #[error("description of {length} bytes, at most {} are read", bounds::DESCRIPTION_MAX)]
    TooLong {
        /// Length in bytes.
        length: usize,
    },
    /// More `m=` lines than [`bounds::STREAMS_MAX`].
    #[error("{count} streams, at most {} are read", bounds::STREAMS_MAX)]
    TooManyStreams {
        /// Number of `m=` lines.
        count: usize,
    },
    /// Not a session description.
    #[error("malformed: {problem}")]
    Malformed {
        /// The problem and its line.
        problem: String,
    },
    /// No audio stream, or only rejected ones (port 0).
    #[error("no audio stream")]
    NoAudio,
    /// Audio only over a transport that is not taken: SRTP with keys by DTLS, or SRTP or plain RTP
    /// where the other is asked for.
    #[error("audio over {transport} only")]
    Transport {
        /// Transport that was offered.
        transport: String,
    },
    /// SRTP, but in no crypto suite that the switch supports, or without a key.
    #[error("no crypto suite in common")]
    Crypto,
    /// Audio, but in no codec that the switch supports.
    #[error("no codec in common")]
    NoCommonCodec,
    /// The audio stream has no address that media can be sent to.
    #[error("no usable address for the audio stream")]
    NoAddress,
    /// The far end cannot have its audio there: several hosts (multicast, broadcast), loopback or
    /// link-local of another host, or the switch's own media ports.
    #[error("audio at {address}, where the far end cannot be")]
    Address {
        /// Address of the audio stream.
        address: SocketAddr,
    },
}

impl SdpError {
    /// Returns whether the far end has no codec that the switch supports.
    pub fn is_codec(&self) -> bool {
        match self {
            SdpError::NoCommonCodec => true,
            SdpError::TooLong { .. }
            | SdpError::TooManyStreams { .. }
            | SdpError::Malformed { .. }
            | SdpError::NoAudio
            | SdpError::Transport { .. }
            | SdpError::Crypto
            | SdpError::NoAddress
            | SdpError::Address { .. } => false,
        }
    }

    /// Returns the warn-code for the far end (RFC 3261 §20.43).
    pub fn warn_code(&self) -> u16 {
        match self {
            SdpError::NoAddress => 301,
            SdpError::Transport { .. } => 302,
            SdpError::NoAudio => 304,
            SdpError::NoCommonCodec => 305,
            SdpError::Address { address } if address.ip().is_multicast() => 330,
            SdpError::TooLong { .. }
            | SdpError::TooManyStreams { .. }
            | SdpError::Malformed { .. }
            | SdpError::Crypto
            | SdpError::Address { .. } => 399,
        }
    }

    /// Returns the status that answers the offer (RFC 3261 §13.3.1.3): 400 if it is not a
    /// description, 488 if the switch cannot accept it.
    pub fn status(&self) -> u16 {
        match self {
            SdpError::TooLong { .. } | SdpError::TooManyStreams { .. } => 488,
            SdpError::Malformed { .. } => 400,
            SdpError::NoAudio
            | SdpError::Transport { .. }
            | SdpError::Crypto
            | SdpError::NoCommonCodec
            | SdpError::NoAddress
            | SdpError::Address { .. } => 488,
        }
    }
}
