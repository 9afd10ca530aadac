//! DTMF digits as named telephone events (RFC 4733).
//!
//! All packets of an event carry the RTP timestamp of its start, so SSRC and timestamp identify the
//! event, and any one of its packets gives the digit. The receiver counts the first packet that
//! arrives and ignores the rest (updates, the three end packets, duplicates, late packets): a digit
//! is reported exactly once if at least one of its packets arrives.

use smallvec::SmallVec;

/// Digits by event code (RFC 4733 §3.2, table 3).
const DIGITS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// Size of one event in a payload, in bytes.
const EVENT: usize = 4;
/// Most events read from one packet (§2.5.1.5); more would span seconds of key presses.
const EVENTS_PER_PACKET: usize = 4;
/// Number of events remembered to recognise repeats.
const REMEMBERED: usize = 8;
/// Longest segment of a long event, in timestamp units (§2.5.1.3).
const SEGMENT: u32 = 0xFFFF;
/// Packets with growing duration, including the first end packet: a 100 ms tone.
const UPDATES: u16 = 5;
/// Packets with the end bit (§2.5.1.4).
const ENDS: u16 = 3;
/// 20 ms slots of a digit and its pause: 200 ms.
const SLOTS: u16 = 10;
/// Volume of a sent event in −dBm0.
const VOLUME: u8 = 10;
/// Most digits that wait to be sent on one leg.
pub const DIGITS_MAX: usize = 64;

/// Returns the event code of a digit, or `None` if it is not one of `0-9 * # A-D`.
pub fn event_code(digit: char) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    DIGITS.iter().position(|d| *d == digit).and_then(|i| u8::try_from(i).ok())
}

/// An event that was already received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    ssrc: u32,
    timestamp: u32,
    code: u8,
}

/// DTMF receiver of one leg.
#[derive(Debug, Default)]
pub struct Receiver {
    seen: SmallVec<[Seen; REMEMBERED]>,
    oldest: usize,
}

impl Receiver {
    /// Reads one telephone-event payload and returns the digits that it reports for the first time
    /// (usually one or none). Codes above 15 are not digits and are ignored.
    pub fn receive(&mut self, ssrc: u32, timestamp: u32, payload: &[u8]) -> SmallVec<[char; 2]> {
        let mut digits = SmallVec::new();
        let mut timestamp = timestamp;
        for event in payload.chunks_exact(EVENT).take(EVENTS_PER_PACKET) {
            let code = event[0];
            if self.is_new(Seen { ssrc, timestamp, code })
                && let Some(digit) = DIGITS.get(usize::from(code))
            {
                digits.push(*digit);
            }
            timestamp = timestamp.wrapping_add(u16::from_be_bytes([event[2], event[3]]).into());
        }
        digits
    }

    /// Remembers the event and returns whether it starts a new key press.
    fn is_new(&mut self, event: Seen) -> bool {
        if self.seen.iter().any(|s| s.ssrc == event.ssrc && s.timestamp == event.timestamp) {
            return false;
        }
        // The next segment of a key held longer than 8.2 s belongs to the same press.
        let earlier = Seen { timestamp: event.timestamp.wrapping_sub(SEGMENT), ..event };
        let continues = self.seen.contains(&earlier);
        if self.seen.len() < REMEMBERED {
            self.seen.push(event);
        } else if let Some(slot) = self.seen.get_mut(self.oldest) {
            *slot = event;
            self.oldest = (self.oldest + 1) % REMEMBERED;
        }
        !continues
    }
}

/// Content of one 20 ms slot of a digit sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// First packet of an event, with the marker bit. Its RTP timestamp is that of the whole event.
    Start([u8; EVENT]),
    /// A later packet of the same event, with the event's timestamp.
    More([u8; EVENT]),
    /// The pause between two digits.
    Pause,
}

/// DTMF sender of one leg: each digit is a 100 ms tone and a 100 ms pause.
#[derive(Debug, Default)]
pub struct Sender {
    waiting: SmallVec<[u8; 16]>,
    slot: u16,
}

impl Sender {
    /// Queues digits and returns how many were queued. Skips characters that are not digits, and
    /// digits that do not fit into the queue of `DIGITS_MAX`.
    pub fn push(&mut self, digits: &str) -> usize {
        let room = DIGITS_MAX.saturating_sub(self.waiting.len());
        let before = self.waiting.len();
        self.waiting.extend(digits.chars().filter_map(event_code).take(room));
        self.waiting.len() - before
    }

    /// Returns whether the queue is empty.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns the next 20 ms slot, or `None` after the pause of the last digit.
    pub fn next_slot(&mut self) -> Option<Slot> {
        let code = *self.waiting.first()?;
        let slot = self.slot;
        self.slot += 1;
        if self.slot == SLOTS {
            self.waiting.remove(0);
            self.slot = 0;
        }
        let samples = 160 * (slot + 1).min(UPDATES);
        let end = if slot + 1 >= UPDATES { 0x80 } else { 0 };
        let [high, low] = samples.to_be_bytes();
        let payload = [code, end | VOLUME, high, low];
        Some(match slot {
            0 => Slot::Start(payload),
            _ if slot < UPDATES + ENDS - 1 => Slot::More(payload),
            _ => Slot::Pause,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packets of the digits as (timestamp, payload), in the order sent.
    fn packets(digits: &str) -> Vec<(u32, [u8; 4])> {
        let mut sender = Sender::default();
        assert_eq!(sender.push(digits), digits.len());
        let (mut clock, mut start, mut sent) = (u32::MAX - 1_000, 0, Vec::new());
        while let Some(slot) = sender.next_slot() {
            match slot {
                Slot::Start(payload) => {
                    start = clock;
                    sent.push((start, payload));
                }
                Slot::More(payload) => sent.push((start, payload)),
                Slot::Pause => {}
            }
            clock = clock.wrapping_add(160);
        }
        sent
    }

    fn heard(packets: &[(u32, [u8; 4])]) -> String {
        let mut receiver = Receiver::default();
        packets.iter().flat_map(|(ts, payload)| receiver.receive(7, *ts, payload)).collect()
    }

    #[test]
    fn a_digit_is_sent_with_growing_duration_and_three_ends() {
        let sent = packets("5");
        assert_eq!(sent.iter().map(|(ts, _)| *ts).collect::<Vec<_>>(), [sent[0].0; 7]);
        let fields: Vec<_> = sent
            .iter()
            .map(|(_, p)| (p[0], p[1] & 0x80 != 0, u16::from_be_bytes([p[2], p[3]])))
            .collect();
        let expected = [
            (5, false, 160),
            (5, false, 320),
            (5, false, 480),
            (5, false, 640),
            (5, true, 800),
            (5, true, 800),
            (5, true, 800),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn every_digit_there_and_back_and_nothing_else() {
        assert_eq!(heard(&packets("0123456789*#ABCD")), "0123456789*#ABCD");
        assert_eq!(heard(&packets("11")), "11");
        assert_eq!(event_code('b'), Some(13));
        assert_eq!(Sender::default().push("1 x,2"), 2);
        assert_eq!(Sender::default().push(&"1".repeat(100)), DIGITS_MAX);
    }

    #[test]
    fn lost_packets_do_not_matter_while_one_gets_through() {
        let sent = packets("42");
        // (which of the seven packets of each digit arrive)
        let cases: [&[usize]; 5] = [&[0], &[6], &[1, 2, 3], &[0, 4], &[4, 5, 6]];
        for kept in cases {
            let some: Vec<_> =
                sent.chunks(7).flat_map(|digit| kept.iter().map(|i| digit[*i])).collect();
            assert_eq!(heard(&some), "42", "{kept:?}");
        }
    }

    #[test]
    fn a_long_press_is_one_digit() {
        let segment = |ts: u32| (ts, [1, 10, 0xFF, 0xFF]);
        assert_eq!(heard(&[segment(5), segment(5 + 0xFFFF), segment(5 + 2 * 0xFFFF)]), "1");
    }

    #[test]
    fn packed_events_are_all_read() {
        let mut receiver = Receiver::default();
        let packed = [1, 0x8A, 0, 100, 2, 10, 0, 100];
        assert_eq!(receiver.receive(7, 1000, &packed).as_slice(), ['1', '2']);
        assert_eq!(receiver.receive(7, 1100, &packed[4..]).len(), 0);
    }

    #[test]
    fn other_events_and_stumps_are_no_digits() {
        assert_eq!(heard(&[(1, [16, 0, 0, 0]), (2, [255, 0, 0, 0])]), "");
        assert!(Receiver::default().receive(7, 1, &[1, 2, 3]).is_empty());
    }

    proptest! {
        /// Covers loss of all but one packet, duplicates, and reordering between neighbouring
        /// digits.
        #[test]
        fn each_digit_once(
            digits in "[0-9*#A-D]{1,12}",
            noise in proptest::collection::vec((0..3_usize, 0..5_usize), 12 * 7),
            survivor in 0..7_usize,
        ) {
            let mut arrivals = Vec::new();
            for (index, packet) in packets(&digits).into_iter().enumerate() {
                let (copies, delay) = noise[index];
                let copies = if index % 7 == survivor { copies.max(1) } else { copies };
                for copy in 0..copies {
                    arrivals.push((index + delay * copy, packet));
                }
            }
            arrivals.sort_by_key(|(at, _)| *at);
            let arrived: Vec<_> = arrivals.into_iter().map(|(_, packet)| packet).collect();
            prop_assert_eq!(heard(&arrived), digits);
        }

        #[test]
        fn nothing_panics(payload in proptest::collection::vec(any::<u8>(), 0..64), ts: u32) {
            let mut receiver = Receiver::default();
            for n in 0..20 {
                receiver.receive(1, ts.wrapping_add(n * 7), &payload);
            }
        }
    }
}
