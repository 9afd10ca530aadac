//! A live call as an operator sees it: its record so far, and its phase.

use serde::Deserialize;
use serde::Serialize;

use super::CallEvent;
use super::CallRecord;
use crate::base::Outcome;
use crate::base::Wall;

/// A call that has not ended. Its JSON is the record's, with `live` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCall {
    /// Record so far. Attempts without an outcome are ringing or connected.
    #[serde(flatten)]
    pub record: CallRecord,
    /// Current phase and step.
    pub live: Standing,
}

/// Current phase and step of a live call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Current phase.
    pub phase: Phase,
    /// Start of the phase.
    pub since: Wall,
    /// Latest step of the flow; `None` before the first.
    pub step: Option<String>,
}

/// Phase of a live call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The flow is in control.
    Flow,
    /// The routing core has decided; no buyer rings at the moment.
    Routing,
    /// Buyers ring.
    Ringing,
    /// A fixed destination rings.
    Transferring,
    /// The caller is bridged with a buyer or a fixed destination.
    Bridged,
    /// The call has ended; its record is being written.
    Ending,
}

impl Phase {
    /// All phases, in the order of a call.
    pub const ALL: [Phase; 6] = [
        Phase::Flow,
        Phase::Routing,
        Phase::Ringing,
        Phase::Transferring,
        Phase::Bridged,
        Phase::Ending,
    ];

    /// Returns the phase's name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Flow => "flow",
            Phase::Routing => "routing",
            Phase::Ringing => "ringing",
            Phase::Transferring => "transferring",
            Phase::Bridged => "bridged",
            Phase::Ending => "ending",
        }
    }
}

impl LiveCall {
    /// Returns a call that another node keeps, of which only the stored record is known.
    pub fn stored(record: CallRecord) -> Self {
        let open = record.attempts.iter().rfind(|attempt| attempt.outcome.is_none());
        let (phase, since) = match (record.bridged_at, open) {
            (Some(at), _) => (Phase::Bridged, at),
            (None, Some(attempt)) => (Phase::Ringing, attempt.started_at),
            (None, None) => (Phase::Flow, record.started_at),
        };
        Self { record, live: Standing { phase, since, step: None } }
    }
}

impl Standing {
    /// Creates the standing of a call that has just arrived.
    pub fn new(at: Wall) -> Self {
        Self { phase: Phase::Flow, since: at, step: None }
    }

    /// Updates the phase and step by an event of the call.
    pub fn note(&mut self, event: &CallEvent, at: Wall) {
        if let CallEvent::Step(step) = event {
            self.step = Some(step.clone());
        }
        let Some(phase) = after(event) else { return };
        if phase != self.phase {
            self.phase = phase;
            self.since = at;
        }
    }
}

/// Returns the phase that an event begins, if any.
fn after(event: &CallEvent) -> Option<Phase> {
    match event {
        CallEvent::Arrived { .. } | CallEvent::Step(_) | CallEvent::Disqualified { .. } => {
            Some(Phase::Flow)
        }
        CallEvent::Decided(_) => Some(Phase::Routing),
        CallEvent::Dialled { .. } | CallEvent::Ringing { .. } => Some(Phase::Ringing),
        CallEvent::Transfer { .. } => Some(Phase::Transferring),
        CallEvent::Transferred { outcome: Outcome::Won, .. } => Some(Phase::Bridged),
        CallEvent::Transferred { .. } => Some(Phase::Flow),
        CallEvent::Bridged { .. } => Some(Phase::Bridged),
        CallEvent::Ended { .. } => Some(Phase::Ending),
        CallEvent::Digits(_)
        | CallEvent::Learned { .. }
        | CallEvent::CapFull { .. }
        | CallEvent::LookedUp { .. }
        | CallEvent::Recorded { .. }
        | CallEvent::Tagged { .. }
        | CallEvent::Converted { .. }
        | CallEvent::Attempt { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_begins_with_its_event_and_lasts() {
        let at = |seconds: i64| Wall::from_micros(seconds * 1_000_000);
        let contract = || "acme".parse().unwrap();
        let attempt = |outcome| CallEvent::Attempt { contract: contract(), outcome, status: None };
        let transferred = |outcome| CallEvent::Transferred { outcome, status: None };
        let mut standing = Standing::new(at(0));
        for (seconds, event, phase, since) in [
            (1, CallEvent::Step("zip".to_owned()), Phase::Flow, 0),
            (2, CallEvent::Digits("90210".to_owned()), Phase::Flow, 0),
            (3, CallEvent::Dialled { contract: contract(), wave: 1 }, Phase::Ringing, 3),
            (
                4,
                CallEvent::Ringing { contract: contract(), post_dial_delay_ms: 9 },
                Phase::Ringing,
                3,
            ),
            (5, attempt(Outcome::Busy), Phase::Ringing, 3),
            (6, CallEvent::Step("desk".to_owned()), Phase::Flow, 6),
            (7, CallEvent::Transfer { to: "+13055550001".to_owned() }, Phase::Transferring, 7),
            (8, transferred(Outcome::Busy), Phase::Flow, 8),
            (9, transferred(Outcome::Won), Phase::Bridged, 9),
            (
                9,
                CallEvent::Bridged { contract: contract(), buyer: "acme".parse().unwrap() },
                Phase::Bridged,
                9,
            ),
        ] {
            standing.note(&event, at(seconds));
            assert_eq!((standing.phase, standing.since), (phase, at(since)), "{event:?}");
        }
        assert_eq!(standing.step.as_deref(), Some("desk"));
    }
}
