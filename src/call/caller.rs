//! The caller's leg and its state.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::base::Codec;
use crate::base::End;
use crate::base::LegId;
use crate::base::OwnPorts;
use crate::base::Prack;
use crate::base::Rng;
use crate::book::Book;
use crate::sdp;
use crate::sdp::SdpError;
use crate::sip;

use super::secrecy::secrecy;

/// SIP statuses that the switch sends to callers (RFC 3261 §21).
pub(super) mod status {
    /// The caller canceled the call.
    pub(crate) const REQUEST_TERMINATED: u16 = 487;
    /// No buyer can take the call now.
    pub(crate) const TEMPORARILY_UNAVAILABLE: u16 = 480;
    /// The caller's SDP has no codec that the switch supports.
    pub(crate) const NOT_ACCEPTABLE_HERE: u16 = 488;
    /// The switch cannot serve the call now.
    pub(crate) const SERVICE_UNAVAILABLE: u16 = 503;
}

/// The caller's leg.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) session: LegId,
    /// `Max-Forwards` of outbound INVITEs of this call.
    pub(super) hops_onward: u8,
    /// Headers that outbound INVITEs of this call repeat.
    pub(super) passed_on: Vec<(String, String)>,
    /// Whether the caller's carrier acknowledges descriptions that are sent before the answer.
    pub(super) prack: Prack,
    /// Headers that the INVITEs repeat of trunks whose rules name them.
    pub(super) passable: Vec<(String, String)>,
    pub(super) local: sdp::Local,
    /// Codecs that are offered and taken, the preferred one first.
    pub(super) codecs: Vec<Codec>,
    /// Codec of the caller's audio path, once it is up.
    pub(super) codec: Option<Codec>,
    pub(super) state: CallerState,
}

/// State of the caller's leg.
#[derive(Debug)]
pub(super) enum CallerState {
    /// Not answered: the caller hears the carrier's ringback. Holds the caller's SDP offer.
    Unanswered { offer: Option<Bytes>, record: Record, rings: Rings },
    /// The switch's 200 answered the caller's SDP; its ACK is awaited.
    AwaitAck,
    /// The switch's 200 offered SDP, because the INVITE had none; the ACK will carry the answer.
    AwaitAnswer,
    /// Answered and acknowledged.
    Talking,
    /// The leg has ended.
    Gone,
}

/// Whether the call's record is on disk. No call is answered before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record {
    AwaitOpen,
    /// As before; the call is answered as soon as the record is on disk.
    AwaitOpenThenAnswer(Codec),
    Open,
}

/// Provisional response that was sent to the caller.
#[derive(Debug)]
pub(super) enum Rings {
    NotSent,
    /// 180.
    Sent,
    /// 183 with this answer to the offer: the caller's audio path is up.
    Early(Bytes),
}

impl Caller {
    pub(super) fn new(
        incoming: &sip::Incoming,
        local: SocketAddr,
        book: &Book,
        rng: &mut Rng,
    ) -> Self {
        let trunk = book.trunk(&incoming.trunk);
        let passable: BTreeSet<&str> =
            book.trunks.iter().flat_map(|trunk| &trunk.headers.pass).map(String::as_str).collect();
        let srtp = trunk.map(|trunk| trunk.audio.srtp).unwrap_or_default();
        let secrecy = secrecy(srtp, &incoming.peer, rng);
        Self {
            session: incoming.session,
            hops_onward: incoming.hops_onward(),
            passed_on: incoming.passed_on(),
            passable: incoming.headers_named(passable),
            local: sdp::Local::new((local, incoming.source.ip()), incoming.session.0 >> 1, secrecy),
            codecs: trunk.map_or(Codec::ALL, |trunk| &trunk.audio.codecs).to_vec(),
            prack: trunk.map(|trunk| trunk.prack).unwrap_or_default(),
            codec: None,
            state: CallerState::Unanswered {
                offer: incoming.offer(),
                record: Record::AwaitOpen,
                rings: Rings::NotSent,
            },
        }
    }

    /// Returns whether the caller's audio path is up.
    pub(super) fn is_talking(&self) -> bool {
        matches!(self.state, CallerState::Talking)
    }

    /// Returns whether the address of the caller's audio is known.
    pub(super) fn has_media(&self) -> bool {
        matches!(self.state, CallerState::AwaitAck | CallerState::Talking)
    }

    /// Returns whether the caller hears what the switch plays: also before the answer, through early
    /// media.
    pub(super) fn hears(&self) -> bool {
        match &self.state {
            CallerState::Unanswered { rings, .. } => matches!(rings, Rings::Early(_)),
            CallerState::Talking => true,
            CallerState::AwaitAck | CallerState::AwaitAnswer | CallerState::Gone => false,
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state, CallerState::Gone)
    }

    /// Returns why the caller's SDP cannot be answered; checked before a buyer's phone rings.
    pub(super) fn offer_error(&self, own: &OwnPorts) -> Option<SdpError> {
        let CallerState::Unanswered { offer: Some(offer), .. } = &self.state else { return None };
        // The answer itself is made later.
        let mut local = self.local;
        sdp::answer(offer, &mut local, own, &self.codecs).err()
    }

    /// Returns whether the switch has not sent its 200 yet.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self.state, CallerState::Unanswered { .. })
    }
}

/// Returns the reason for ending a call whose SDP cannot be used.
pub(super) fn unusable_offer(error: &SdpError) -> End {
    if error.is_codec() { End::NoCommonCodec } else { End::RejectedCaller }
}
