//! Statistics of one received source, as RTCP reports them (RFC 3550 §6.4.1, A.1, A.3, A.8).

use std::time::Duration;

use crate::base::Mono;

/// Largest step forward that is loss; a larger one is a restart of the source (A.1 MAX_DROPOUT).
pub(crate) const DROPOUT_MAX: u16 = 3_000;
/// Furthest that a late packet may lie behind the newest; further behind, the source restarted (A.1
/// MAX_MISORDER).
pub(crate) const MISORDER_MAX: u16 = 100;

/// Position of a sequence number relative to the newest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ahead by this many (1 = the next one).
    Ahead(u16),
    /// Behind by this many (0 = the newest again).
    Behind(u16),
    /// Too far either way: the source restarted.
    Restart,
}

/// Returns the position of `sequence` relative to `newest`.
pub(crate) const fn step(newest: u16, sequence: u16) -> Step {
    let ahead = sequence.wrapping_sub(newest);
    let behind = newest.wrapping_sub(sequence);
    if behind <= MISORDER_MAX {
        Step::Behind(behind)
    } else if ahead <= DROPOUT_MAX {
        Step::Ahead(ahead)
    } else {
        Step::Restart
    }
}

/// One block of a sender or receiver report (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) ssrc: u32,
    /// Packets lost since the last report, in 1/256.
    pub(crate) fraction: u8,
    /// Packets lost since the source began; negative with duplicates. 24 bits.
    pub(crate) lost: i32,
    pub(crate) highest: u32,
    /// Interarrival jitter in samples.
    pub(crate) jitter: u32,
}

/// Statistics of one source.
#[derive(Debug, Clone)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    newest: u16,
    cycles: u32,
    first: u32,
    received: u32,
    expected_before: u32,
    received_before: u32,
    transit: u32,
    /// Interarrival jitter in 1/16 of a sample.
    jitter: u32,
}

impl Reception {
    /// Creates the statistics of a source from its first packet.
    pub(crate) fn new(ssrc: u32, sequence: u16, timestamp: u32, now: Mono) -> Self {
        Self {
            ssrc,
            newest: sequence,
            cycles: 0,
            first: u32::from(sequence),
            received: 1,
            expected_before: 0,
            received_before: 0,
            transit: arrival(now).wrapping_sub(timestamp),
            jitter: 0,
        }
    }

    /// Counts another audio packet.
    pub(crate) fn count(&mut self, sequence: u16, timestamp: u32, now: Mono) {
        if !self.count_untimed(sequence) {
            *self = Self::new(self.ssrc, sequence, timestamp, now);
            return;
        }
        let transit = arrival(now).wrapping_sub(timestamp);
        let difference = transit.wrapping_sub(self.transit);
        let difference = difference.min(difference.wrapping_neg());
        self.transit = transit;
        // A jump of more than a second is a new talk-spurt, not jitter.
        if difference < 8_000 {
            self.jitter = self.jitter + difference - ((self.jitter + 8) >> 4);
        }
    }

    /// Counts an event packet, whose timestamp does not measure transit time. Returns false, and
    /// does not count it, if its sequence number shows that the source restarted.
    pub(crate) fn count_untimed(&mut self, sequence: u16) -> bool {
        match step(self.newest, sequence) {
            Step::Ahead(_) => {
                if sequence < self.newest {
                    self.cycles = self.cycles.wrapping_add(1 << 16);
                }
                self.newest = sequence;
            }
            Step::Behind(_) => {}
            Step::Restart => return false,
        }
        self.received = self.received.wrapping_add(1);
        true
    }

    /// Returns the number of packets lost since the source began; 0 if duplicates outweigh them.
    pub(crate) fn lost(&self) -> u64 {
        let highest = self.cycles.wrapping_add(u32::from(self.newest));
        let expected = highest.wrapping_sub(self.first).wrapping_add(1);
        u64::from(expected.saturating_sub(self.received))
    }

    /// Returns the interarrival jitter.
    pub(crate) fn jitter(&self) -> Duration {
        Duration::from_micros(u64::from(self.jitter >> 4) * 125)
    }

    /// Returns the block for the next report.
    pub(crate) fn report(&mut self) -> Block {
        let highest = self.cycles.wrapping_add(u32::from(self.newest));
        let expected = highest.wrapping_sub(self.first).wrapping_add(1);
        let due = expected.wrapping_sub(self.expected_before);
        let came = self.received.wrapping_sub(self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let missing = due.saturating_sub(came);
        let fraction = (u64::from(missing) << 8).checked_div(u64::from(due)).unwrap_or(0);
        let lost = i64::from(expected) - i64::from(self.received);
        let lost = lost.clamp(-0x80_0000, 0x7F_FFFF);
        Block {
            ssrc: self.ssrc,
            fraction: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: i32::try_from(lost).unwrap_or(0),
            highest,
            jitter: self.jitter >> 4,
        }
    }
}

/// Returns the arrival time in samples, wrapping.
const fn arrival(now: Mono) -> u32 {
    (now.nanos() / 125_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn steps() {
        let cases = [
            (10, 11, Step::Ahead(1)),
            (10, 10, Step::Behind(0)),
            (10, 8, Step::Behind(2)),
            (65_535, 0, Step::Ahead(1)),
            (0, 65_535, Step::Behind(1)),
            (0, 3_000, Step::Ahead(3_000)),
            (0, 3_001, Step::Restart),
            (200, 99, Step::Restart),
        ];
        for (newest, sequence, expected) in cases {
            assert_eq!(step(newest, sequence), expected, "{newest} {sequence}");
        }
    }

    #[test]
    fn loss_is_reported_over_the_wrap() {
        let mut reception = Reception::new(5, 65_530, 0, at(0));
        // Of the 20 packets 65,530 to 13, every fourth one is lost.
        for n in 1..20_u16 {
            if n % 4 != 0 {
                let sequence = 65_530_u16.wrapping_add(n);
                reception.count(sequence, u32::from(n) * 160, at(u64::from(n) * 20));
            }
        }
        let block = reception.report();
        assert_eq!((block.ssrc, block.lost, block.highest), (5, 4, 65_536 + 13));
        assert_eq!((block.fraction, block.jitter), (51, 0) /* 4 × 256 / 20 */);
        assert_eq!((reception.report().fraction, reception.report().lost), (0, 4));
    }

    #[test]
    fn jitter_follows_the_rfc() {
        let mut reception = Reception::new(5, 0, 0, at(0));
        for n in 1..200_u16 {
            // Every other packet is 4 ms = 32 samples late: the mean deviation is 32.
            let late = u64::from(n % 2) * 4;
            reception.count(n, u32::from(n) * 160, at(u64::from(n) * 20 + late));
        }
        assert!((30..=32).contains(&reception.report().jitter));
    }

    #[test]
    fn duplicates_make_the_loss_negative_and_a_restart_begins_anew() {
        let mut reception = Reception::new(5, 7, 0, at(0));
        reception.count(7, 0, at(1));
        assert_eq!(reception.report().lost, -1);
        reception.count(40_000, 0, at(2));
        let block = reception.report();
        assert_eq!((block.lost, block.highest), (0, 40_000));
    }
}
