//! What a call's media reports, and what it wants sent.

use std::net::SocketAddr;
use std::ops::Range;

use crate::base::LegId;
use crate::base::Mono;
use crate::base::PlayId;

use super::leg::Counters;

/// What happened on a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// A key was pressed: a telephone event, or a tone where events were not negotiated.
    Digit {
        /// On this leg.
        leg: LegId,
        /// One of `0-9 * # A-D`.
        digit: char,
    },
    /// A play came to its end; once, and not when it was stopped or replaced.
    Played {
        /// On this leg.
        leg: LegId,
        /// The play.
        play: PlayId,
    },
    /// The far end gave no sign of life (RTP or RTCP) for the configured time while the leg was
    /// relayed and to be heard; once a relay or negotiation.
    Silent {
        /// From this leg.
        leg: LegId,
        /// When it last did.
        heard: Mono,
    },
    /// The leg is closed and its ports are free.
    Closed {
        /// This leg.
        leg: LegId,
        /// What passed on it.
        counters: Box<Counters>,
    },
    /// The leg could not be opened: too many, one of that name already, or no sockets.
    Failed {
        /// This leg.
        leg: LegId,
    },
}

/// Which of a leg's two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// The even one.
    Rtp,
    /// The odd one.
    Rtcp,
}

/// A packet to send: where it stands in the buffer that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The leg's index, from `Session::index`.
    pub leg: usize,
    /// From which port.
    pub port: Port,
    /// To where.
    pub remote: SocketAddr,
    /// Its bytes in the buffer.
    pub range: Range<usize>,
}
