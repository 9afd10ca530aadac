//! One outbound leg: a buyer, or a fixed destination, being asked to take the call.

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
use crate::sip::Refusal;

/// A leg to a buyer or a fixed destination.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) callee: Callee,
    pub(super) destination: Arc<Destination>,
    pub(super) ring_timeout: Duration,
    pub(super) state: LegState,
}

/// Who is rung.
#[derive(Debug, Clone)]
pub(super) struct Callee {
    /// The attempt: the sale's, or the record's of a fixed destination.
    pub(super) id: AttemptId,
    pub(super) purpose: Purpose,
    pub(super) rung: Rung,
}

/// Why a leg is rung.
#[derive(Debug, Clone)]
pub(super) enum Purpose {
    /// To sell the call to a buyer.
    Sale,
    /// The flow names a fixed destination.
    Fixed {
        /// Its number or address, as records show it.
        to: String,
        /// The number to show; the caller's own when there is none.
        caller_id: Option<Phone>,
    },
}

/// What the leg waits for.
#[derive(Debug)]
pub(super) enum LegState {
    /// Sockets and an address.
    AwaitRoute { way: Way },
    /// The buyer's answer.
    AwaitAnswer { dialled: Dialled },
    /// The buyer answered: the whisper plays, or a key is awaited.
    AwaitAccept { dialled: Dialled, gate: Gate },
    /// Accepted; bridged as soon as the caller's audio path is up.
    Won { local: sdp::Local },
    /// Canceled before it was dialled: what is still on its way is given back.
    Canceled,
    /// Canceled, refused or hung up; the leg's last word is awaited.
    Ending,
}

/// Which of the trunk's addresses is tried.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    First,
    /// The one at `place`, from 1, as the one before failed.
    Next {
        place: u32,
        failed: Refusal,
    },
}

impl Way {
    /// The address's place in the trunk's list, from 0.
    pub(super) fn place(self) -> u32 {
        match self {
            Way::First => 0,
            Way::Next { place, .. } => place,
        }
    }

    /// The address after this one, which has failed.
    pub(super) fn after(self, failed: Refusal) -> Way {
        Way::Next { place: self.place() + 1, failed }
    }
}

/// A leg that was dialled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialled {
    /// The ring timeout.
    pub(super) until: Mono,
    pub(super) local: sdp::Local,
    pub(super) way: Way,
}

/// The accept gate of an answered buyer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    pub(super) codec: Codec,
    /// The number of the play order whose end is awaited.
    pub(super) play: PlayId,
    /// When the buyer has had long enough.
    pub(super) until: Mono,
    pub(super) plays_left: u32,
}

impl Leg {
    /// A leg that is about to be dialled.
    pub(super) fn new(
        (id, purpose): (AttemptId, Purpose),
        destination: Arc<Destination>,
        ring_timeout: Duration,
    ) -> Self {
        let state = LegState::AwaitRoute { way: Way::First };
        Self { callee: Callee { id, purpose, rung: Rung::Never }, destination, ring_timeout, state }
    }

    /// When its patience ends.
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

    /// Whether only its last word is awaited.
    pub(super) fn is_ending(&self) -> bool {
        match &self.state {
            LegState::Canceled | LegState::Ending => true,
            LegState::AwaitRoute { .. }
            | LegState::AwaitAnswer { .. }
            | LegState::AwaitAccept { .. }
            | LegState::Won { .. } => false,
        }
    }

    /// Our SDP of a leg that was answered.
    pub(super) fn local_mut(&mut self) -> Option<&mut sdp::Local> {
        match &mut self.state {
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
        Refusal::Status(status) => (Outcome::of_status(status), Some(status)),
        Refusal::Timeout | Refusal::Unreachable => (Outcome::Unreachable, None),
        Refusal::Canceled => (Outcome::Canceled, Some(487)),
        Refusal::AnsweredLate => (Outcome::LostRace, Some(200)),
    };
    Loss { outcome, status }
}

/// Whether another of the trunk's addresses may do better: no gateway was reached, or it
/// failed (RFC 3263 §4.3).
pub(super) fn is_gateway_fault(cause: Refusal) -> bool {
    match cause {
        Refusal::Timeout | Refusal::Unreachable => true,
        Refusal::Status(status) => (500..600).contains(&status),
        Refusal::Canceled | Refusal::AnsweredLate => false,
    }
}
