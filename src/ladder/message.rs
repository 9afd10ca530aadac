//! One SIP message of a call.

use std::net::SocketAddr;

use crate::base::Wall;
use crate::sip::Transport;

/// Direction of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the far end to the switch.
    Received,
    /// From the switch to the far end.
    Sent,
}

/// One SIP message of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderMessage {
    /// When the endpoint received or sent it.
    pub at: Wall,
    /// Direction.
    pub way: Way,
    /// UDP, TCP, or TLS.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// Address of the far end: of the caller or buyer, or of the proxy before it.
    pub remote: SocketAddr,
    /// Number of the leg: 0 is the caller's, those that the call dialed count from 1.
    pub leg: u16,
    /// The message. Each octet of a secret is `*`, so that its length and its framing stay.
    pub bytes: Vec<u8>,
    /// Whether an equal message went the same way before.
    pub retransmission: bool,
}

impl LadderMessage {
    /// Returns the sender's address.
    pub fn from(&self) -> SocketAddr {
        match self.way {
            Way::Received => self.remote,
            Way::Sent => self.local,
        }
    }

    /// Returns the receiver's address.
    pub fn to(&self) -> SocketAddr {
        match self.way {
            Way::Received => self.local,
            Way::Sent => self.remote,
        }
    }

    /// Returns the message as text. Octets that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
