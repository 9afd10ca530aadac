//! Sending state of one leg: one SSRC, one run of sequence numbers and one timestamp clock for all
//! sources of sound (a prompt, DTMF, the other leg).

use crate::base::Mono;
use crate::base::Rng;

use super::rtp::after;

/// Highest first sequence number.
const FIRST_MAX: u16 = 0x7FFF;

/// RTP counters of the sending side.
#[derive(Debug, Clone)]
pub(crate) struct Emission {
    pub(crate) ssrc: u32,
    /// Sequence number of the next packet.
    pub(crate) next: u16,
    /// An instant and its timestamp; the clock runs on from there.
    anchor: (Mono, u32),
    /// First timestamp after all sound sent so far.
    floor: u32,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
}

impl Emission {
    /// Creates the counters with a random SSRC, sequence number and timestamp (RFC 3550 §5.1). The
    /// number does not wrap soon, so that no receiver of SRTP takes the wrapped one for the first
    /// (RFC 3711 §3.3.1).
    pub(crate) fn new(rng: &mut Rng, now: Mono) -> Self {
        let (identity, numbers) = (rng.next_u64(), rng.next_u64());
        let timestamp = (numbers >> 32) as u32;
        Self {
            ssrc: identity as u32,
            next: numbers as u16 & FIRST_MAX,
            anchor: (now, timestamp),
            floor: timestamp,
            packets: 0,
            octets: 0,
        }
    }

    /// Begins a new source, whose timestamps go on.
    pub(crate) fn renew(&mut self, rng: &mut Rng) {
        let (anchor, floor) = (self.anchor, self.floor);
        *self = Self { anchor, floor, ..Self::new(rng, anchor.0) };
    }

    /// Returns the RTP timestamp of an instant.
    pub(crate) fn clock(&self, now: Mono) -> u32 {
        let samples = now.since(self.anchor.0).as_nanos() / 125_000;
        self.anchor.1.wrapping_add(samples as u32)
    }

    /// Returns the timestamp for sound that begins now: never before the end of the sound sent.
    pub(crate) fn begin(&self, now: Mono) -> u32 {
        let clock = self.clock(now);
        if after(self.floor, clock) { self.floor } else { clock }
    }

    /// Returns the next sequence number and advances the counter.
    pub(crate) fn take_sequence(&mut self) -> u16 {
        let sequence = self.next;
        self.next = sequence.wrapping_add(1);
        sequence
    }

    /// Counts a sent packet: `octets` of payload, `samples` of sound (zero for a DTMF event).
    pub(crate) fn sent(&mut self, timestamp: u32, octets: usize, samples: usize, now: Mono) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
        if after(timestamp, self.anchor.1) {
            self.anchor = (now, timestamp);
        }
        let end = timestamp.wrapping_add(samples as u32);
        if after(end, self.floor) {
            self.floor = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_clock_runs_and_sound_never_overlaps_what_was_sent() {
        let start = Mono::from_nanos(77);
        let mut emission = Emission::new(&mut Rng::seeded(1), start);
        let first = emission.begin(start);
        let later = start + Duration::from_millis(20);
        assert_eq!(emission.clock(later).wrapping_sub(first), 160);
        emission.sent(first.wrapping_add(1_600), 160, 160, later);
        let soon = later + Duration::from_millis(5);
        assert_eq!(emission.begin(soon).wrapping_sub(first), 1_760);
        let much_later = later + Duration::from_millis(40);
        assert_eq!(emission.begin(much_later).wrapping_sub(first), 1_920);
        assert_eq!((emission.packets, emission.octets), (1, 160));
    }
}
