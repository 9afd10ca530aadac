//! A leg within a call: its partner, its plays, and its next deadline.

use std::time::Duration;

use crate::base::Mono;

use super::inband::Detector;
use super::leg::Leg;
use super::relay::Route;
use super::talk::Talk;
use crate::base::LegId;

/// One leg of a session.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: LegId,
    pub(crate) leg: Leg,
    /// The leg that this one is relayed to and from.
    pub(crate) partner: Option<LegId>,
    /// How the partner's packets are rewritten for this leg.
    pub(crate) route: Route,
    pub(crate) talk: Talk,
    /// Detector of DTMF tones, if telephone events were not negotiated.
    pub(crate) detector: Option<Box<Detector>>,
    /// Time of the next RTCP report.
    pub(crate) report_at: Mono,
    /// Time of the next check for silence.
    pub(crate) watch_at: Option<Mono>,
}

impl Slot {
    /// Creates a leg without a partner.
    pub(crate) fn new(id: LegId, leg: Leg, report_at: Mono) -> Self {
        Self {
            id,
            leg,
            partner: None,
            route: Route::default(),
            talk: Talk::default(),
            detector: None,
            report_at,
            watch_at: None,
        }
    }

    /// Starts watching for silence if the leg is relayed and receives.
    pub(crate) fn watch(&mut self, silent_after: Duration, now: Mono) {
        let watched = self.partner.is_some() && self.leg.media.direction.receives();
        self.watch_at = watched.then(|| now + silent_after);
    }

    /// Returns the time of the last packet if the leg has just become silent for too long. Packets
    /// do not move the check; it is rescheduled only when it is due.
    pub(crate) fn fell_silent(&mut self, silent_after: Duration, now: Mono) -> Option<Mono> {
        self.watch_at.filter(|at| *at <= now)?;
        let heard = self.leg.heard();
        let due = heard + silent_after;
        self.watch_at = (due > now).then_some(due);
        (due <= now).then_some(heard)
    }

    /// Returns the next deadline.
    pub(crate) fn due(&self) -> Mono {
        let others = [self.talk.due(), self.watch_at].into_iter().flatten();
        others.fold(self.report_at, Mono::min)
    }
}
