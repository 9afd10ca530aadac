//! A leg within a call: its partner, its plays, and its next deadline.

use std::time::Duration;

use crate::base::Mono;

use super::PlayItem;
use super::inband::Detector;
use super::leg::Direction;
use super::leg::Leg;
use super::playback::Playback;
use super::player::Player;
use super::relay::Route;
use crate::base::LegId;
use crate::base::PlayId;

/// Pause in the holding party's own music after which the switch plays.
pub(crate) const MUSIC_PAUSE: Duration = Duration::from_millis(500);

/// What a leg hears while its partner holds, unless the partner sends music.
#[derive(Debug)]
pub(crate) struct HoldSound {
    pub(crate) items: Vec<PlayItem>,
    /// When it begins, if no music comes; `None` while it plays.
    pub(crate) begins_at: Option<Mono>,
}

/// Whether a relayed leg sent audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Awaited,
    Heard,
}

/// One leg of a session.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: LegId,
    pub(crate) leg: Leg,
    /// The leg that this one is relayed to and from.
    pub(crate) partner: Option<LegId>,
    /// Whether the leg sent audio since it has a partner.
    pub(crate) voice: Voice,
    /// How the partner's packets are rewritten for this leg.
    pub(crate) route: Route,
    pub(crate) playback: Playback,
    /// Detector of DTMF tones, if telephone events were not negotiated.
    pub(crate) detector: Option<Box<Detector>>,
    /// Time of the next RTCP report.
    pub(crate) report_at: Mono,
    /// Time of the next check for silence.
    pub(crate) watch_at: Option<Mono>,
    /// Start of the current watch for silence.
    watched_since: Mono,
    /// What the leg hears while its partner holds.
    pub(crate) hold: Option<HoldSound>,
}

impl Slot {
    /// Creates a leg without a partner.
    pub(crate) fn new(id: LegId, leg: Leg, report_at: Mono) -> Self {
        Self {
            id,
            leg,
            partner: None,
            voice: Voice::Awaited,
            route: Route::default(),
            playback: Playback::default(),
            detector: None,
            report_at,
            watch_at: None,
            watched_since: Mono::default(),
            hold: None,
        }
    }

    /// Starts watching for silence if the leg is relayed both ways and neither party holds: a far end
    /// that holds need not send, and the one that waits may be silent meanwhile.
    pub(crate) fn watch(&mut self, silent_after: Duration, now: Mono) {
        let both_ways = self.leg.media.direction == Direction::SendReceive;
        let watched = self.partner.is_some() && both_ways && self.hold.is_none();
        self.watched_since = now;
        self.watch_at = watched.then(|| now + silent_after);
    }

    /// Returns the time of the last packet if the leg has just become silent for too long. Packets
    /// do not move the check; it is rescheduled only when it is due.
    pub(crate) fn fell_silent(&mut self, silent_after: Duration, now: Mono) -> Option<Mono> {
        self.watch_at.filter(|at| *at <= now)?;
        let heard = self.leg.heard().max(self.watched_since);
        let due = heard + silent_after;
        self.watch_at = (due > now).then_some(due);
        (due <= now).then_some(heard)
    }

    /// Starts the hold sound if it is due.
    pub(crate) fn play_hold(&mut self, now: Mono) {
        let Some(hold) = &mut self.hold else { return };
        if hold.begins_at.is_some_and(|at| at <= now) {
            hold.begins_at = None;
            let player = Player::new(PlayId::UNREPORTED, hold.items.clone(), true);
            self.playback.play(player, &self.leg, now);
        }
    }

    /// Yields to the music of the holding party.
    pub(crate) fn yield_to_music(&mut self, now: Mono) {
        let Some(hold) = &mut self.hold else { return };
        if hold.begins_at.replace(now + MUSIC_PAUSE).is_none() {
            self.playback.stop();
        }
    }

    /// Makes comfort noise in a pause of the partner, unless the leg hears something else. Where
    /// packets stop, some phones are silent, which sounds as if the call had ended.
    pub(crate) fn sound_alive(&mut self, level: u8, now: Mono) {
        let is_free = !self.playback.is_on() || self.playback.noise().is_some();
        if self.hold.is_none() && is_free && self.playback.noise() != Some(level) {
            let player = Player::new(PlayId::UNREPORTED, vec![PlayItem::Noise(level)], true);
            self.playback.play(player, &self.leg, now);
        }
    }

    /// Ends comfort noise.
    pub(crate) fn end_noise(&mut self) {
        if self.playback.noise().is_some() {
            self.playback.stop();
        }
    }

    /// Ends the hold sound.
    pub(crate) fn resume(&mut self) {
        if self.hold.take().is_some_and(|hold| hold.begins_at.is_none()) {
            self.playback.stop();
        }
    }

    /// Returns the next deadline.
    pub(crate) fn due(&self) -> Mono {
        let hold = self.hold.as_ref().and_then(|hold| hold.begins_at);
        let others = [self.playback.due(), self.watch_at, hold].into_iter().flatten();
        others.fold(self.report_at, Mono::min)
    }
}
