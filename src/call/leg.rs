//! One outbound leg, to a buyer or a fixed destination.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Codec;
use crate::base::GatewayName;
use crate::base::Mono;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::PlayId;
use crate::base::Srtp;
use crate::book::Destination;
use crate::sale::Loss;
use crate::sale::Rung;
use crate::sdp;
use crate::sdp::SdpError;
use crate::sip::Objection;
use crate::sip::Refusal;

/// A leg to a buyer or a fixed destination.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) callee: Callee,
    pub(super) destination: Arc<Destination>,
    pub(super) ring_timeout: Duration,
    /// End of the ring timeout, which begins with the first INVITE; `None` before it.
    pub(super) ring_until: Option<Mono>,
    pub(super) state: LegState,
    /// Instant of the answer; `None` before it.
    pub(super) answered: Option<Mono>,
    /// Whether a gateway reported that the phone rings.
    pub(super) has_rung: bool,
    /// The gateway that is dialled; `None` before that.
    pub(super) gateway: Option<GatewayName>,
    /// The gateways that were dialled before it, and why each failed.
    pub(super) failed: Vec<(GatewayName, Refusal)>,
    /// How often it was redirected to another destination.
    pub(super) redirections: u8,
    /// Whether the audio is SRTP at the far end that is dialled; `None` as the book says.
    pub(super) srtp: Option<Srtp>,
}

/// The party that is rung.
#[derive(Debug, Clone)]
pub(super) struct Callee {
    /// Id of the attempt: the sale's, or that of a fixed destination's record.
    pub(super) id: AttemptId,
    pub(super) purpose: Purpose,
    pub(super) rung: Rung,
}

/// Purpose of a leg.
#[derive(Debug, Clone)]
pub(super) enum Purpose {
    /// Sale of the call to a buyer.
    Sale,
    /// A fixed destination that the flow dials.
    Fixed {
        /// Number or address of the destination, as records show it.
        to: String,
        /// Caller id to send; `None` for the caller's own number.
        caller_id: Option<Phone>,
    },
    /// Transfer of a sold call by its buyer.
    Transfer {
        /// Number or address of the destination, as records show it.
        to: String,
    },
}

/// State of a leg.
#[derive(Debug)]
pub(super) enum LegState {
    /// Waits for sockets and an address.
    AwaitRoute,
    /// Waits for the buyer's answer.
    AwaitAnswer { dialled: Dialled },
    /// The buyer answered: the whisper plays, or the switch waits for a key.
    AwaitAccept { dialled: Dialled, gate: Gate },
    /// Accepted; bridged as soon as the caller's audio path is up.
    Won { local: sdp::Local },
    /// Transferred the call, which another party has: its BYE is awaited, and then comes from the
    /// switch.
    Replaced { until: Mono },
    /// Canceled before it was dialled; sockets that are still being bound are freed.
    Canceled,
    /// Canceled, refused or hung up; its last event is awaited.
    Ending,
}

/// State of a leg that was dialled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialled {
    /// End of the ring timeout.
    pub(super) until: Mono,
    pub(super) local: sdp::Local,
    /// Media that the caller hears before the answer.
    pub(super) early: Option<sdp::Media>,
}

/// The accept gate of an answered buyer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    pub(super) codec: Codec,
    /// Id of the whisper's current play.
    pub(super) play: PlayId,
    /// End of the time to accept.
    pub(super) until: Mono,
    pub(super) plays_left: u32,
}

impl Leg {
    /// Creates a leg that is about to be dialled.
    pub(super) fn new(
        (id, purpose): (AttemptId, Purpose),
        destination: Arc<Destination>,
        ring_timeout: Duration,
    ) -> Self {
        let (state, callee) = (LegState::AwaitRoute, Callee { id, purpose, rung: Rung::Never });
        Self {
            callee,
            destination,
            ring_timeout,
            ring_until: None,
            state,
            answered: None,
            has_rung: false,
            gateway: None,
            failed: Vec::new(),
            redirections: 0,
            srtp: None,
        }
    }

    /// Returns why the gateway before failed; `None` before the first one.
    pub(super) fn last_failure(&self) -> Option<Refusal> {
        self.failed.last().map(|(_, cause)| *cause)
    }

    /// Returns when its ring timeout or accept gate expires.
    pub(super) fn deadline(&self) -> Option<Mono> {
        match &self.state {
            LegState::AwaitAnswer { dialled } => Some(dialled.until),
            LegState::AwaitAccept { gate, .. } => Some(gate.until),
            LegState::Replaced { until } => Some(*until),
            LegState::AwaitRoute | LegState::Won { .. } | LegState::Canceled | LegState::Ending => {
                None
            }
        }
    }

    /// Returns the state of a leg that was dialled and is not answered yet.
    pub(super) fn dialled(&self) -> Option<&Dialled> {
        let LegState::AwaitAnswer { dialled } = &self.state else { return None };
        Some(dialled)
    }

    /// Returns what the caller hears of the leg before its answer.
    pub(super) fn early_mut(&mut self) -> Option<&mut sdp::Media> {
        let LegState::AwaitAnswer { dialled } = &mut self.state else { return None };
        dialled.early.as_mut()
    }

    /// Returns whether the leg is ending and waits only for its last event.
    pub(super) fn is_ending(&self) -> bool {
        match &self.state {
            LegState::Replaced { .. } | LegState::Canceled | LegState::Ending => true,
            LegState::AwaitRoute
            | LegState::AwaitAnswer { .. }
            | LegState::AwaitAccept { .. }
            | LegState::Won { .. } => false,
        }
    }

    /// Returns the switch's SDP of a leg whose media is open: that was answered, or is heard before.
    pub(super) fn local_mut(&mut self) -> Option<&mut sdp::Local> {
        match &mut self.state {
            LegState::AwaitAnswer { dialled } if dialled.early.is_some() => {
                Some(&mut dialled.local)
            }
            LegState::AwaitAccept { dialled, .. } => Some(&mut dialled.local),
            LegState::Won { local } => Some(local),
            LegState::AwaitRoute
            | LegState::AwaitAnswer { .. }
            | LegState::Replaced { .. }
            | LegState::Canceled
            | LegState::Ending => None,
        }
    }
}

/// Returns the outcome of an attempt that was refused.
pub(super) fn loss_of(cause: Refusal) -> Loss {
    let (outcome, status) = match cause {
        Refusal::Status(status) | Refusal::NotAcceptable(status, Objection::Media) => {
            (Outcome::of_status(status), Some(status))
        }
        Refusal::NotAcceptable(status, Objection::Other) => (Outcome::Failed, Some(status)),
        Refusal::Timeout | Refusal::Unreachable => (Outcome::Unreachable, None),
        Refusal::Canceled => (Outcome::Canceled, Some(487)),
        Refusal::AnsweredLate => (Outcome::LostRace, Some(200)),
    };
    Loss { outcome, status }
}

/// Returns the outcome of an attempt whose answer cannot be used.
pub(super) fn outcome_of(error: &SdpError) -> Outcome {
    if error.is_codec() { Outcome::NoCommonCodec } else { Outcome::Failed }
}

/// Returns whether another gateway may succeed: this one was not reached, or failed (RFC 3263 §4.3),
/// or, before the phone rang, refused by a status that is not among the trunk's `final_codes`.
pub(super) fn is_gateway_fault(
    cause: Refusal,
    final_codes: Option<&[u16]>,
    has_rung: bool,
) -> bool {
    let is_final = |status| final_codes.is_some_and(|codes| codes.contains(&status));
    match cause {
        Refusal::Timeout | Refusal::Unreachable => true,
        Refusal::Status(status @ 500..=599) => !is_final(status),
        Refusal::Status(status @ (400..=499 | 600..=699)) => {
            final_codes.is_some() && !is_final(status) && !has_rung
        }
        Refusal::Status(_)
        | Refusal::NotAcceptable(..)
        | Refusal::Canceled
        | Refusal::AnsweredLate => false,
    }
}
