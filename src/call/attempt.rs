//! One outbound leg: a buyer being asked to take the call.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Codec;
use crate::base::HoldId;
use crate::base::Mono;
use crate::base::Outcome;
use crate::base::Phone;
use crate::book::Destination;
use crate::routing::Pick;
use crate::sdp;
use crate::sip::Refusal;

/// One attempt to reach somebody.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) errand: Errand,
    pub(super) destination: Arc<Destination>,
    /// The reservation; `None` once it was given back. [`super::Machine::settle`] alone takes it.
    pub(super) hold: Option<HoldId>,
    pub(super) wave: u32,
    pub(super) state: State,
}

/// Why somebody is rung.
#[derive(Debug)]
pub(super) enum Errand {
    /// To sell the call to the buyer of a pick.
    Sale(Box<Pick>),
    /// The flow names a fixed destination.
    Fixed {
        /// Its number or address, as records show it.
        to: String,
        /// The number to show; the caller's own when there is none.
        caller_id: Option<Phone>,
    },
}

/// What the attempt waits for.
#[derive(Debug)]
pub(super) enum State {
    /// A unit of every cap that the pick touches.
    AwaitHold,
    /// Sockets and an address.
    AwaitRoute { way: Way },
    /// The buyer's answer.
    AwaitAnswer { dialled: Dialled },
    /// The buyer answered: the whisper plays, or a key is awaited.
    AwaitAccept { dialled: Dialled, gate: Gate },
    /// Accepted; bridged as soon as the caller's audio path is up.
    Won { local: sdp::Local },
    /// Called off before it was dialled: whatever is still on its way is given back.
    CalledOff,
    /// Called off, refused or hung up; the leg's last word is awaited.
    Ending,
}

/// Which of the trunk's addresses is tried.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    First,
    /// The one at `place`, from 1, as the one before failed.
    Next {
        place: u32,
        failed: Failed,
    },
}

/// How the last address failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed {
    pub(super) cause: Refusal,
    pub(super) rang: Duration,
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
    pub(super) fn after(self, failed: Failed) -> Way {
        Way::Next { place: self.place() + 1, failed }
    }
}

/// A leg that was dialled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialled {
    pub(super) at: Mono,
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
    pub(super) sounds: u64,
    /// When the buyer has had long enough.
    pub(super) until: Mono,
    pub(super) plays_left: u32,
}

impl Attempt {
    /// When its patience ends.
    pub(super) fn deadline(&self) -> Option<Mono> {
        match &self.state {
            State::AwaitAnswer { dialled } => Some(dialled.until),
            State::AwaitAccept { gate, .. } => Some(gate.until),
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::Won { .. }
            | State::CalledOff
            | State::Ending => None,
        }
    }

    /// The hold, while it has to be kept alive.
    pub(super) fn live_hold(&self) -> Option<HoldId> {
        match self.state {
            State::AwaitHold => None,
            State::AwaitRoute { .. }
            | State::AwaitAnswer { .. }
            | State::AwaitAccept { .. }
            | State::Won { .. }
            | State::CalledOff
            | State::Ending => self.hold,
        }
    }

    /// Whether it may still win, or has won.
    pub(super) fn is_open(&self) -> bool {
        match self.state {
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAnswer { .. }
            | State::AwaitAccept { .. }
            | State::Won { .. } => true,
            State::CalledOff | State::Ending => false,
        }
    }

    /// Our SDP of a leg that was answered.
    pub(super) fn local_mut(&mut self) -> Option<&mut sdp::Local> {
        match &mut self.state {
            State::AwaitAccept { dialled, .. } => Some(&mut dialled.local),
            State::Won { local } => Some(local),
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAnswer { .. }
            | State::CalledOff
            | State::Ending => None,
        }
    }
}

/// What a refusal says of the attempt, and the status it carried.
pub(super) fn outcome_of(cause: Refusal) -> (Outcome, Option<u16>) {
    match cause {
        Refusal::Status(status) => (Outcome::of_status(status), Some(status)),
        Refusal::Timeout => (Outcome::NoAnswer, None),
        Refusal::Unreachable => (Outcome::Failed, None),
        Refusal::Canceled => (Outcome::Canceled, Some(487)),
        Refusal::AnsweredLate => (Outcome::LostRace, Some(200)),
    }
}

/// Whether another of the trunk's addresses may do better: nobody was reached, or the gateway
/// itself failed (RFC 3263 §4.3).
pub(super) fn is_gateway_fault(cause: Refusal) -> bool {
    match cause {
        Refusal::Timeout | Refusal::Unreachable => true,
        Refusal::Status(status) => (500..600).contains(&status),
        Refusal::Canceled | Refusal::AnsweredLate => false,
    }
}
