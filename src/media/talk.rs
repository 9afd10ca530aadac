//! What we say on a leg of our own: sounds and keys, one packet every 20 ms.
//!
//! The schedule is absolute (the talk's start plus n × 20 ms), so late wake-ups do not add up. After
//! a stall at most `CATCH_UP` frames leave at once; the rest of the lost time is left out of the
//! schedule and shows as a gap in the timestamps: the sound is delayed, never cut.

use std::ops::Range;

use crate::base::Mono;

use super::dtmf;
use super::dtmf::Slot;
use super::g711;
use super::leg::Leg;
use super::player::FRAME_TIME;
use super::player::Player;
use super::player::silent_frame;
use super::rtp::FRAME;
use super::tone;

/// Frames sent at once after a stall: 100 ms.
pub(crate) const CATCH_UP: u32 = 5;

/// Sounds and keys of one leg.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    schedule: Option<Schedule>,
    player: Option<Player>,
    keys: dtmf::Sender,
}

#[derive(Debug)]
struct Schedule {
    /// When the next frame is due.
    due: Mono,
    /// Its timestamp.
    timestamp: u32,
    /// Whether a packet with sound begins a talk-spurt.
    spurt: bool,
    /// The timestamp of the key being sent.
    key: u32,
}

impl Talk {
    /// Plays instead of what plays.
    pub(crate) fn play(&mut self, player: Player, leg: &Leg, now: Mono) {
        self.player = Some(player);
        self.start(leg, now);
    }

    /// Sends digits, before what plays goes on.
    pub(crate) fn press(&mut self, digits: &str, leg: &Leg, now: Mono) {
        if self.keys.push(digits) > 0 {
            self.start(leg, now);
        }
    }

    /// Drops what plays.
    pub(crate) fn stop(&mut self) {
        self.player = None;
        if self.keys.is_idle() {
            self.schedule = None;
        }
    }

    /// Whether anything is being said.
    pub(crate) const fn is_on(&self) -> bool {
        self.schedule.is_some()
    }

    /// When the next frame is due.
    pub(crate) fn due(&self) -> Option<Mono> {
        self.schedule.as_ref().map(|s| s.due)
    }

    fn start(&mut self, leg: &Leg, now: Mono) {
        self.schedule.get_or_insert_with(|| Schedule {
            due: now,
            timestamp: leg.emission.begin(now),
            spurt: true,
            key: 0,
        });
    }

    /// Writes the packet that is due, if one is; and the number of the play that ended, if one
    /// did: 20 ms after its last frame, when that has sounded.
    pub(crate) fn transmit(
        &mut self,
        leg: &mut Leg,
        buffer: &mut [u8],
        now: Mono,
    ) -> (Option<Range<usize>>, Option<u64>) {
        while let Some(schedule) = &mut self.schedule {
            if schedule.due > now {
                break;
            }
            schedule.skip_stall(now);
            let sent = if let Some(slot) = self.keys.next_slot() {
                schedule.key(slot, leg, buffer, now)
            } else if let Some(player) = &mut self.player {
                let Some(frame) = player.next_frame(leg.media.codec) else {
                    let ended = player.id;
                    self.stop();
                    return (None, Some(ended));
                };
                schedule.sound(frame, leg, buffer, now)
            } else {
                self.schedule = None;
                break;
            };
            schedule.due = schedule.due + FRAME_TIME;
            schedule.timestamp = schedule.timestamp.wrapping_add(FRAME as u32);
            if sent.is_some() {
                return (sent, None);
            }
        }
        (None, None)
    }
}

impl Schedule {
    /// Leaves out the slots of a stall that `CATCH_UP` frames do not make good.
    fn skip_stall(&mut self, now: Mono) {
        let late = now.since(self.due).as_nanos() / FRAME_TIME.as_nanos();
        let late = u32::try_from(late).unwrap_or(u32::MAX);
        let skipped = late.saturating_sub(CATCH_UP - 1);
        if skipped > 0 {
            self.due = self.due + FRAME_TIME * skipped;
            self.timestamp = self.timestamp.wrapping_add(skipped.wrapping_mul(FRAME as u32));
            self.spurt = true;
        }
    }

    fn sound(
        &mut self,
        frame: &[u8],
        leg: &mut Leg,
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        if !leg.media.direction.sends() {
            return None;
        }
        let marker = std::mem::take(&mut self.spurt);
        leg.write_sound(frame, (marker, self.timestamp), buffer, now)
    }

    fn key(
        &mut self,
        slot: Slot,
        leg: &mut Leg,
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        if !leg.media.direction.sends() {
            return None;
        }
        if let Slot::Start(_) = slot {
            self.key = self.timestamp;
        }
        match (slot, leg.media.events) {
            (Slot::Start(event), Some(_)) => leg.write_event(&event, (true, self.key), buffer, now),
            (Slot::More(event), Some(_)) => leg.write_event(&event, (false, self.key), buffer, now),
            (Slot::Pause, Some(_)) => {
                self.spurt = true;
                None
            }
            (Slot::Start([code, ..]) | Slot::More([code, ..]), None) => {
                let codec = leg.media.codec;
                let pressed = self.timestamp.wrapping_sub(self.key);
                let codes = tone::key(code, pressed).map(|s| g711::encode(codec, s));
                self.sound(&codes, leg, buffer, now)
            }
            (Slot::Pause, None) => self.sound(silent_frame(leg.media.codec), leg, buffer, now),
        }
    }
}
