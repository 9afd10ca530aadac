//! Errors of a simulated phone.

use std::time::Duration;

use crate::base::InvalidSlug;
use crate::net::rtp::NoPorts;
use crate::net::sip::ListenError;
use crate::sip;

/// Why a phone cannot carry out an act.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The SIP socket cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// No RTP sockets are free.
    #[error(transparent)]
    NoPorts(#[from] NoPorts),
    /// The name of the callers is invalid.
    #[error(transparent)]
    Callers(#[from] InvalidSlug),
    /// The address of a socket is unknown.
    #[error("a socket has no address: {0}")]
    Address(#[from] std::io::Error),
    /// The address to dial is invalid.
    #[error("`{0}` cannot be dialled")]
    Target(String),
    /// The far end's SDP is missing or unusable.
    #[error("the far end's audio was not understood: {0}")]
    Sdp(String),
    /// The far end rejected the call.
    #[error("refused: {0:?}")]
    Refused(sip::Refusal),
    /// The call has ended.
    #[error("the call ended")]
    Over,
    /// A wait timed out.
    #[error("no {1} within {0:?}")]
    Late(Duration, &'static str),
}
