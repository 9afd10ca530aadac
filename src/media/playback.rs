//! Audio and DTMF that the switch itself sends on a leg, one packet every 20 ms.
//!
//! The schedule is absolute (the start plus n × 20 ms), so late wake-ups do not add up. After a
//! stall at most `CATCH_UP` frames are sent at once; the rest of the lost time is skipped in the
//! schedule and shows as a gap in the timestamps: the audio is delayed, never cut.

use std::ops::Range;

use crate::base::Mono;
use crate::base::PlayId;

use super::dtmf;
use super::dtmf::Slot;
use super::g711;
use super::leg::Leg;
use super::player::FRAME_TIME;
use super::player::Player;
use super::player::silent_frame;
use super::rtp::FRAME;
use super::tone;

/// Most frames sent at once after a stall: 100 ms.
pub(crate) const CATCH_UP: u32 = 5;

/// Plays and DTMF of one leg.
#[derive(Debug, Default)]
pub(crate) struct Playback {
    schedule: Option<Schedule>,
    player: Option<Player>,
    keys: dtmf::Sender,
}

#[derive(Debug)]
struct Schedule {
    /// Time of the next frame.
    due: Mono,
    /// RTP timestamp of the next frame.
    timestamp: u32,
    /// Whether the next audio packet begins a talk-spurt.
    spurt: bool,
    /// RTP timestamp of the event being sent.
    key: u32,
}

impl Playback {
    /// Starts a play in place of the current one.
    pub(crate) fn play(&mut self, player: Player, leg: &Leg, now: Mono) {
        self.player = Some(player);
        self.start(leg, now);
    }

    /// Sends digits before the current play continues.
    pub(crate) fn press(&mut self, digits: &str, leg: &Leg, now: Mono) {
        if self.keys.push(digits) > 0 {
            self.start(leg, now);
        }
    }

    /// Drops the current play.
    pub(crate) fn stop(&mut self) {
        self.player = None;
        if self.keys.is_idle() {
            self.schedule = None;
        }
    }

    /// Returns whether a play or a digit is being sent.
    pub(crate) const fn is_on(&self) -> bool {
        self.schedule.is_some()
    }

    /// Returns the loudness of the comfort noise that is being sent; `None` for any other sound.
    pub(crate) fn noise(&self) -> Option<u8> {
        self.player.as_ref().and_then(Player::noise)
    }

    /// Returns when the next frame is due.
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

    /// Writes the packet that is due, if any, and returns its range. Also returns the id of a play
    /// that ended, 20 ms after its last frame was sent.
    pub(crate) fn transmit(
        &mut self,
        leg: &mut Leg,
        buffer: &mut [u8],
        now: Mono,
    ) -> (Option<Range<usize>>, Option<PlayId>) {
        while let Some(schedule) = &mut self.schedule {
            if schedule.due > now {
                break;
            }
            schedule.skip_stall(now);
            let sent = if let Some(slot) = self.keys.next_slot() {
                schedule.key(slot, leg, buffer)
            } else if let Some(player) = &mut self.player {
                let Some(frame) = player.next_frame(leg.law()) else {
                    let ended = player.play;
                    self.stop();
                    return (None, Some(ended));
                };
                schedule.sound(frame, leg, buffer)
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
    /// Skips the slots of a stall that `CATCH_UP` frames do not cover.
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

    fn sound(&mut self, frame: &[u8], leg: &mut Leg, buffer: &mut [u8]) -> Option<Range<usize>> {
        if !leg.media.sends() {
            return None;
        }
        let marker = std::mem::take(&mut self.spurt);
        leg.write_sound(frame, (marker, self.timestamp), buffer, self.due)
    }

    fn key(&mut self, slot: Slot, leg: &mut Leg, buffer: &mut [u8]) -> Option<Range<usize>> {
        if !leg.media.sends() {
            return None;
        }
        if let Slot::Start(_) = slot {
            self.key = self.timestamp;
        }
        match (slot, leg.media.events) {
            (Slot::Start(event), Some(_)) => {
                leg.write_event(&event, (true, self.key), buffer, self.due)
            }
            (Slot::More(event), Some(_)) => {
                leg.write_event(&event, (false, self.key), buffer, self.due)
            }
            (Slot::Pause, Some(_)) => {
                self.spurt = true;
                None
            }
            (Slot::Start([code, ..]) | Slot::More([code, ..]), None) => {
                let law = leg.law();
                let pressed = self.timestamp.wrapping_sub(self.key);
                let codes = tone::key(code, pressed).map(|s| g711::encode(law, s));
                self.sound(&codes, leg, buffer)
            }
            (Slot::Pause, None) => self.sound(silent_frame(leg.law()), leg, buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Codec;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::media::Prompt;
    use crate::media::g711::Law;
    use crate::media::leg::Direction;
    use crate::media::leg::LegMedia;
    use crate::media::player::PlayItem;
    use crate::media::rtp::Packet;
    use std::sync::Arc;
    use std::time::Duration;

    struct Pair {
        playback: Playback,
        leg: Leg,
    }

    impl Pair {
        fn new(events: Option<u8>, direction: Direction) -> Self {
            let plain = LegMedia::new("192.0.2.1:4000".parse().unwrap(), Codec::Pcma);
            let media = LegMedia { events, direction, ..plain };
            let leg = Leg::new(media, Arc::default(), &mut Rng::seeded(2), Now::default());
            Self { playback: Playback::default(), leg }
        }

        fn play(&mut self, id: u64, frames: usize, ms: u64) {
            let prompt = Arc::new(Prompt::from_samples(&vec![500; frames * FRAME]));
            let player = Player::new(PlayId(id), vec![PlayItem::Prompt(prompt)], false);
            self.playback.play(player, &self.leg, at(ms));
        }

        /// Packets sent at an instant, and plays that ended.
        fn at(&mut self, ms: u64) -> (Vec<Packet>, Vec<u64>) {
            let (mut packets, mut ended) = (Vec::new(), Vec::new());
            let mut buffer = [0; 200];
            loop {
                let (range, end) = self.playback.transmit(&mut self.leg, &mut buffer, at(ms));
                ended.extend(end.map(|play| play.0));
                match range {
                    Some(range) => packets.push(Packet::parse(&buffer[range]).unwrap()),
                    None if end.is_none() => return (packets, ended),
                    None => {}
                }
            }
        }
    }

    fn at(ms: u64) -> Mono {
        Mono::default() + Duration::from_millis(ms)
    }

    #[test]
    fn a_frame_every_20_ms_on_an_absolute_schedule() {
        let mut pair = Pair::new(None, Direction::SendReceive);
        pair.play(7, 4, 1_000);
        let mut sent = Vec::new();
        // (woken at, packets): late wake-ups do not add up.
        for (ms, count) in [(1_000, 1), (1_019, 0), (1_029, 1), (1_040, 1), (1_079, 1)] {
            let (packets, ended) = pair.at(ms);
            assert_eq!((packets.len(), ended.len()), (count, 0), "{ms}");
            sent.extend(packets);
        }
        assert_eq!(pair.playback.due(), Some(at(1_080)));
        assert_eq!(pair.at(1_080), (vec![], vec![7]));
        assert_eq!((pair.at(2_000), pair.playback.is_on()), ((vec![], vec![]), false));
        for (n, packet) in (0..).zip(&sent) {
            assert_eq!(packet.sequence.wrapping_sub(sent[0].sequence), n);
            assert_eq!(packet.timestamp.wrapping_sub(sent[0].timestamp), u32::from(n) * 160);
            assert_eq!(packet.marker, n == 0);
        }
    }

    #[test]
    fn after_a_stall_five_frames_catch_up_and_the_rest_is_a_gap() {
        let mut pair = Pair::new(None, Direction::SendReceive);
        pair.play(7, 20, 0);
        let (first, _) = pair.at(0);
        let (burst, _) = pair.at(1_000);
        assert_eq!(burst.len(), 5);
        assert!(burst[0].marker && !burst[1].marker);
        assert_eq!(burst[0].sequence.wrapping_sub(first[0].sequence), 1);
        // The last packet of the burst is the frame of 1,000 ms.
        assert_eq!(burst[4].timestamp.wrapping_sub(first[0].timestamp), 8_000);
        assert_eq!(pair.playback.due(), Some(at(1_020)));
        // No frame is lost: 14 are left.
        let rest: usize = (0..14).map(|n| pair.at(1_020 + n * 20).0.len()).sum();
        assert_eq!((rest, pair.at(1_300).1), (14, vec![7]));
    }

    #[test]
    fn keys_interrupt_the_sound_which_then_goes_on() {
        let mut pair = Pair::new(Some(101), Direction::SendReceive);
        pair.play(7, 3, 0);
        let mut sent = pair.at(0).0;
        pair.playback.press("9", &pair.leg, at(5));
        for n in 1..=13 {
            sent.extend(pair.at(n * 20).0);
        }
        let kinds: Vec<_> = sent.iter().map(|p| (p.payload_type, p.marker)).collect();
        let mut expected = vec![(8, true), (101, true)];
        expected.extend([(101, false); 6]);
        expected.extend([(8, true), (8, false)]);
        assert_eq!(kinds, expected);
        let times: Vec<_> =
            sent.iter().map(|p| p.timestamp.wrapping_sub(sent[0].timestamp) / 160).collect();
        assert_eq!(times, [0, 1, 1, 1, 1, 1, 1, 1, 11, 12]);
    }

    #[test]
    fn keys_without_events_are_tones() {
        let mut pair = Pair::new(None, Direction::SendReceive);
        pair.playback.press("5", &pair.leg, at(0));
        let mut samples = Vec::new();
        let mut buffer = [0; 200];
        for n in 0..10 {
            let (range, _) = pair.playback.transmit(&mut pair.leg, &mut buffer, at(n * 20));
            let codes = &buffer[range.unwrap()][12..];
            samples.extend(codes.iter().map(|c| g711::decode(Law::A, *c)));
        }
        for hz in [770, 1_336] {
            assert!(tone::power(&samples[..1_120], hz) > 0.45, "{hz}");
        }
        assert!(samples[1_120..].iter().all(|s| s.abs() < 10));
    }

    #[test]
    fn on_hold_time_passes_in_silence() {
        let mut pair = Pair::new(Some(101), Direction::ReceiveOnly);
        pair.play(7, 2, 0);
        assert_eq!(pair.at(0).0.len() + pair.at(20).0.len(), 0);
        assert_eq!(pair.at(40).1, [7]);
        assert_eq!(pair.leg.counters().sent, 0);
    }

    #[test]
    fn a_stopped_play_says_nothing_and_another_replaces_it() {
        let mut pair = Pair::new(None, Direction::SendReceive);
        pair.play(1, 5, 0);
        pair.at(0);
        pair.playback.stop();
        assert_eq!(pair.at(500), (vec![], vec![]));
        pair.play(2, 5, 500);
        pair.at(500);
        pair.play(3, 1, 510);
        assert_eq!(pair.at(520).0.len(), 1);
        assert_eq!(pair.at(540).1, [3]);
        pair.play(4, 0, 600);
        assert_eq!(pair.at(600), (vec![], vec![4]));
    }
}
