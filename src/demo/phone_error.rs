//! What can go wrong with a simulated phone.

use std::time::Duration;

use crate::base::InvalidSlug;
use crate::net::rtp::NoPorts;
use crate::net::sip::ListenError;
use crate::sip;

/// Why a phone cannot carry out an act.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// Its SIP socket.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Its RTP sockets.
    #[error(transparent)]
    NoPorts(#[from] NoPorts),
    /// The name of its callers.
    #[error(transparent)]
    Callers(#[from] InvalidSlug),
    /// An address of a socket.
    #[error("a socket has no address: {0}")]
    Address(#[from] std::io::Error),
    /// The address to dial.
    #[error("`{0}` cannot be dialled")]
    Target(String),
    /// The far end's SDP, or none.
    #[error("the far end's audio was not understood: {0}")]
    Sdp(String),
    /// The far end refused.
    #[error("refused: {0:?}")]
    Refused(sip::Refusal),
    /// The call is over.
    #[error("the call ended")]
    Over,
    /// It took too long.
    #[error("no {1} within {0:?}")]
    Late(Duration, &'static str),
}
