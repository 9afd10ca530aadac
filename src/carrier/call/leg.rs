//! The leg of one buyer, which the carrier rings for us.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Destination;
use crate::book::Target;
use crate::sale::Attempt;
use crate::sale::AttemptKey;

use crate::carrier::AnsweredBy;
use crate::carrier::CallState;
use crate::carrier::CarrierCallId;

/// The leg that the carrier rings for an attempt. Everything reported about it is a hint, which may
/// be late, lost or out of order.
#[derive(Debug)]
pub(super) struct Leg {
    /// The attempt.
    pub(super) id: AttemptId,
    /// Key of the attempt in our URLs.
    pub(super) key: AttemptKey,
    pub(super) destination: Arc<Destination>,
    pub(super) dialled_at: Wall,
    /// The carrier's id for this leg, once reported.
    pub(super) child: Option<CarrierCallId>,
    /// The latest report about the leg.
    pub(super) report: Option<LegReport>,
    pub(super) answered_at: Option<Wall>,
    pub(super) answered_by: Option<AnsweredBy>,
    /// Time from the leg's answer to its end, if reported for this leg alone.
    pub(super) lasted: Option<Duration>,
    /// Time at which the buyer accepted, or was bridged without a key.
    pub(super) accepted_at: Option<Wall>,
}

/// The latest state of a leg, in the order of the carrier's sequence numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct LegReport {
    pub(super) state: CallState,
    pub(super) sequence: Option<u64>,
}

impl Leg {
    /// Creates the leg of an attempt that is dialled now; `None` if the attempt has no destination.
    pub(super) fn dialled(attempt: &Attempt, now: Now) -> Option<Self> {
        Some(Self {
            id: attempt.id,
            key: attempt.key,
            destination: attempt.pick.destination.clone()?,
            dialled_at: now.wall,
            child: None,
            report: None,
            answered_at: None,
            answered_by: None,
            lasted: None,
            accepted_at: None,
        })
    }

    /// Returns the phone number of the leg; `None` for a SIP address.
    pub(super) fn phone(&self) -> Option<&Phone> {
        match &self.destination.to {
            Target::Phone { number, .. } => Some(number),
            Target::Sip { .. } => None,
        }
    }

    /// Stores a reported state, unless a later one is known. Returns whether it was stored.
    pub(super) fn note(&mut self, state: CallState, sequence: Option<u64>) -> bool {
        let stale = self.report.is_some_and(|report| match (report.sequence, sequence) {
            (Some(known), Some(new)) => new <= known,
            (Some(_), None) | (None, Some(_)) | (None, None) => rank(state) <= rank(report.state),
        });
        if !stale {
            self.report = Some(LegReport { state, sequence });
        }
        !stale
    }

    /// Returns the outcome of a leg that did not win, according to the hints.
    pub(super) fn hinted(&self) -> Option<Outcome> {
        match self.report?.state {
            CallState::Busy => Some(Outcome::Busy),
            CallState::NoAnswer => Some(Outcome::NoAnswer),
            CallState::Failed => Some(Outcome::Failed),
            CallState::Canceled => Some(Outcome::Canceled),
            CallState::Queued
            | CallState::Ringing
            | CallState::InProgress
            | CallState::Completed => None,
        }
    }
}

/// Returns the rank of a state. The states of a call never go back.
fn rank(state: CallState) -> u8 {
    match state {
        CallState::Queued => 0,
        CallState::Ringing => 1,
        CallState::InProgress => 2,
        CallState::Completed
        | CallState::Busy
        | CallState::Failed
        | CallState::NoAnswer
        | CallState::Canceled => 3,
    }
}
