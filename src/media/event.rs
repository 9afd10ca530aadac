//! Events that a call's media reports, and packets that it sends.

use std::net::SocketAddr;
use std::ops::Range;

use crate::base::LegId;
use crate::base::Mono;
use crate::base::PlayId;

use super::leg::Counters;
use super::leg::Traffic;

/// An event on a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// The far end pressed a key: a telephone event, or a tone if events were not negotiated.
    Digit {
        /// Leg on which the key was pressed.
        leg: LegId,
        /// One of `0-9 * # A-D`.
        digit: char,
    },
    /// A play ended. Reported once, and not if the play was stopped or replaced.
    Played {
        /// Leg of the play.
        leg: LegId,
        /// The play that ended.
        play: PlayId,
    },
    /// The far end sent audio. Reported once per relay, for the first packet.
    Heard {
        /// The leg.
        leg: LegId,
    },
    /// What the leg received so far, as asked; nothing for a leg that is not open.
    Traffic {
        /// The leg.
        leg: LegId,
        /// What it received.
        traffic: Traffic,
    },
    /// The far end sent no RTP and no RTCP for the configured time although the leg was relayed and
    /// receiving. Reported once per relay or negotiation.
    Silent {
        /// The silent leg.
        leg: LegId,
        /// Time of the last packet.
        heard: Mono,
    },
    /// A datagram came from an address that does not belong to the leg. Reported once for all legs
    /// of a call; the counters have the number.
    Stranger {
        /// The leg.
        leg: LegId,
        /// Source of the datagram.
        from: SocketAddr,
    },
    /// A leg's far end sends above the rate that is accepted; what is above it is dropped. Reported
    /// once for all legs of a call; the counters have the number.
    Flooded {
        /// The leg.
        leg: LegId,
    },
    /// A leg's far end sends packets that are not under its key of SRTP: it uses another key, or
    /// plain RTP, and is not heard. Reported once for all legs of a call; the counters have the
    /// number.
    Unauthentic {
        /// The leg.
        leg: LegId,
    },
    /// The leg is closed and its ports are free.
    Closed {
        /// The closed leg.
        leg: LegId,
        /// Packet counters of the leg.
        counters: Box<Counters>,
    },
    /// The leg could not be opened: too many legs, a duplicate id, or no sockets.
    Failed {
        /// The leg that failed.
        leg: LegId,
    },
}

/// One of a leg's two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Even port, for RTP.
    Rtp,
    /// Odd port, for RTCP.
    Rtcp,
}

/// A packet to send, as a range of the buffer that was passed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Index of the leg, from `Session::index`.
    pub leg: usize,
    /// Port to send from.
    pub port: Port,
    /// Destination address.
    pub remote: SocketAddr,
    /// Range of the packet in the buffer.
    pub range: Range<usize>,
}
