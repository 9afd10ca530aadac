//! One outbound leg, to a buyer or a fixed destination.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Codec;
use crate::base::Mono;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::PlayId;
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
    pub(super) state: LegState,
    /// Instant of the answer; `None` before it.
    pub(super) answered: Option<Mono>,
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
}

/// State of a leg.
#[derive(Debug)]
pub(super) enum LegState {
    /// Waits for sockets and an address.
    AwaitRoute { way: Way },
    /// Waits for the buyer's answer.
    AwaitAnswer { dialled: Dialled },
    /// The buyer answered: the whisper plays, or the switch waits for a key.
    AwaitAccept { dialled: Dialled, gate: Gate },
    /// Accepted; bridged as soon as the caller's audio path is up.
    Won { local: sdp::Local },
    /// Canceled before it was dialled; sockets that are still being bound are freed.
    Canceled,
    /// Canceled, refused or hung up; its last event is awaited.
    Ending,
}

/// Choice of the trunk's address.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    First,
    /// The address at `place`, from 1, because the one before failed.
    Next {
        place: u32,
        failed: Refusal,
    },
}

impl Way {
    /// Returns the address's place in the trunk's list, from 0.
    pub(super) fn place(self) -> u32 {
        match self {
            Way::First => 0,
            Way::Next { place, .. } => place,
        }
    }

    /// Returns the address after this one, which has failed.
    pub(super) fn after(self, failed: Refusal) -> Way {
        Way::Next { place: self.place() + 1, failed }
    }
}

/// State of a leg that was dialled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialled {
    /// End of the ring timeout.
    pub(super) until: Mono,
    pub(super) local: sdp::Local,
    pub(super) way: Way,
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
        let state = LegState::AwaitRoute { way: Way::First };
        let callee = Callee { id, purpose, rung: Rung::Never };
        Self { callee, destination, ring_timeout, state, answered: None }
    }

    /// Returns when its ring timeout or accept gate expires.
    pub(super) fn deadline(&self) -> Option<Mono> {
        match &self.state {
            LegState::AwaitAnswer { dialled } => Some(dialled.until),
            LegState::AwaitAccept { gate, .. } => Some(gate.until),
            LegState::AwaitRoute { .. }
            | LegState::Won { .. }
            | LegState::Canceled
            | LegState::Ending => None,
        }
    }

    /// Returns what the caller hears of the leg before its answer.
    pub(super) fn early_mut(&mut self) -> Option<&mut sdp::Media> {
        match &mut self.state {
            LegState::AwaitAnswer { dialled } => dialled.early.as_mut(),
            LegState::AwaitRoute { .. }
            | LegState::AwaitAccept { .. }
            | LegState::Won { .. }
            | LegState::Canceled
            | LegState::Ending => None,
        }
    }

    /// Returns whether the leg is ending and waits only for its last event.
    pub(super) fn is_ending(&self) -> bool {
        match &self.state {
            LegState::Canceled | LegState::Ending => true,
            LegState::AwaitRoute { .. }
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
            LegState::AwaitRoute { .. }
            | LegState::AwaitAnswer { .. }
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

/// Returns whether another of the trunk's addresses may succeed: no gateway was reached, or it
/// failed (RFC 3263 §4.3).
pub(super) fn is_gateway_fault(cause: Refusal) -> bool {
    match cause {
        Refusal::Timeout | Refusal::Unreachable => true,
        Refusal::Status(status) => (500..600).contains(&status),
        Refusal::NotAcceptable(..) | Refusal::Canceled | Refusal::AnsweredLate => false,
    }
}
