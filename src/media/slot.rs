//! A leg within a call: its partner, what we send to it, and its next deadline.

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
    /// Who hears this leg, and whom it hears.
    pub(crate) partner: Option<LegId>,
    /// How the partner's packets become this leg's.
    pub(crate) route: Route,
    pub(crate) talk: Talk,
    /// Hears keys in the sound, where telephone events were not negotiated.
    pub(crate) detector: Option<Box<Detector>>,
    /// When the next RTCP report is due.
    pub(crate) report_at: Mono,
    /// When to look whether the leg has fallen silent.
    pub(crate) watch_at: Option<Mono>,
}

impl Slot {
    /// A leg on its own.
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

    /// Starts watching for silence if the leg is relayed and to be heard.
    pub(crate) fn watch(&mut self, silent_after: Duration, now: Mono) {
        let watched = self.partner.is_some() && self.leg.media.direction.receives();
        self.watch_at = watched.then(|| now + silent_after);
    }

    /// Since when nothing was heard, if that has just become too long. Packets do not move the
    /// watch: it is set anew only when it comes due.
    pub(crate) fn fell_silent(&mut self, silent_after: Duration, now: Mono) -> Option<Mono> {
        self.watch_at.filter(|at| *at <= now)?;
        let heard = self.leg.heard();
        let due = heard + silent_after;
        self.watch_at = (due > now).then_some(due);
        (due <= now).then_some(heard)
    }

    /// When it wants attention next.
    pub(crate) fn due(&self) -> Mono {
        let others = [self.talk.due(), self.watch_at].into_iter().flatten();
        others.fold(self.report_at, Mono::min)
    }
}
