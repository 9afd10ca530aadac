//! DTMF digits as named telephone events (RFC 4733).
//!
//! All packets of an event carry the RTP timestamp of its start, so SSRC, code and timestamp
//! identify the event, and any one of its packets gives the digit. The receiver counts the first
//! packet that arrives and ignores the rest (updates, the three end packets, duplicates, late
//! packets): a digit is reported exactly once if at least one of its packets arrives.
//!
//! Senders in the field deviate: some reuse the timestamp of the previous event, some let it run
//! during an event, some send no marker, no end, or a single end. The marker, the end bit, the
//! duration and the sequence number then tell events apart.

use smallvec::SmallVec;

use super::reception::Step;
use super::reception::step;

/// Digits by event code (RFC 4733 §3.2, table 3).
const DIGITS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// Size of one event in a payload, in bytes.
const EVENT: usize = 4;
/// End bit of an event, beside its volume.
const END: u8 = 0x80;
/// Most events read from one packet (§2.5.1.5); more would span seconds of key presses.
const EVENTS_PER_PACKET: usize = 4;
/// Number of events remembered to recognise repeats.
const REMEMBERED: usize = 8;
/// Duration from which a smaller one continues a long event: the field is full at 8.2 s, and starts
/// again with the next segment (§2.5.1.3).
const SEGMENT_FULL: u16 = 0xF000;
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

/// Header fields of the packet that carries an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// Synchronisation source.
    pub ssrc: u32,
    /// Sequence number.
    pub sequence: u16,
    /// Start of the event.
    pub timestamp: u32,
    /// Whether the packet claims to be an event's first.
    pub marker: bool,
}

/// One event of a packet.
#[derive(Debug, Clone, Copy)]
struct Report {
    carrier: Carrier,
    code: u8,
    is_end: bool,
    duration: u16,
}

/// An event that was already received.
#[derive(Debug, Clone, Copy)]
struct Press {
    ssrc: u32,
    code: u8,
    /// Timestamp of the newest packet.
    timestamp: u32,
    /// Newest sequence number.
    sequence: u16,
    /// Longest duration so far.
    duration: u16,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Held,
    Ended,
}

impl Press {
    /// Returns whether the report is of this event, or of a later one that looks like it: the code
    /// is the same, and the timestamp does not lie after the event. A running timestamp stays
    /// within the duration.
    fn resembles(&self, report: &Report) -> bool {
        let Carrier { ssrc, timestamp, sequence, .. } = report.carrier;
        let ahead = timestamp.wrapping_sub(self.timestamp);
        let behind = self.timestamp.wrapping_sub(timestamp);
        let reach = u32::from(self.duration.max(1));
        // The next event of the same packet is another one.
        let packed = ahead > 0 && ahead <= reach && sequence == self.sequence;
        let within = (ahead <= reach && !packed) || behind <= reach;
        (self.ssrc, self.code) == (ssrc, report.code) && within
    }

    /// Returns whether a report that resembles this event starts another one: after the end, or
    /// with a duration that begins anew. A packet that is older than the newest starts nothing.
    fn is_followed_by(&self, report: &Report) -> bool {
        let Carrier { sequence, marker, .. } = report.carrier;
        if !matches!(step(self.sequence, sequence), Step::Ahead(_)) {
            return false;
        }
        let anew = report.duration < self.duration;
        match (self.phase, report.is_end) {
            (Phase::Ended, true) => anew && report.duration > 0,
            (Phase::Ended, false) => anew || marker,
            (Phase::Held, true) => false,
            (Phase::Held, false) => anew && self.duration < SEGMENT_FULL,
        }
    }

    fn update(&mut self, report: &Report) {
        let Carrier { sequence, timestamp, .. } = report.carrier;
        if let Step::Ahead(_) | Step::Restart = step(self.sequence, sequence) {
            (self.sequence, self.timestamp) = (sequence, timestamp);
        }
        self.duration = self.duration.max(report.duration);
        if report.is_end {
            self.phase = Phase::Ended;
        }
    }
}

/// DTMF receiver of one leg.
#[derive(Debug, Default)]
pub struct Receiver {
    presses: SmallVec<[Press; REMEMBERED]>,
    oldest: usize,
}

impl Receiver {
    /// Reads one telephone-event payload and returns the digits that it reports for the first time
    /// (usually one or none). Codes above 15 are not digits and are ignored.
    pub fn receive(&mut self, carrier: Carrier, payload: &[u8]) -> SmallVec<[char; 2]> {
        let mut digits = SmallVec::new();
        let mut carrier = carrier;
        for event in payload.chunks_exact(EVENT).take(EVENTS_PER_PACKET) {
            let (code, is_end) = (event[0], event[1] & END != 0);
            let duration = u16::from_be_bytes([event[2], event[3]]);
            if self.is_new(&Report { carrier, code, is_end, duration })
                && let Some(digit) = DIGITS.get(usize::from(code))
            {
                digits.push(*digit);
            }
            carrier.timestamp = carrier.timestamp.wrapping_add(duration.into());
        }
        digits
    }

    /// Remembers the event and returns whether it starts a new key press.
    fn is_new(&mut self, report: &Report) -> bool {
        let at = report.carrier.timestamp;
        let press = Press {
            ssrc: report.carrier.ssrc,
            code: report.code,
            timestamp: report.carrier.timestamp,
            sequence: report.carrier.sequence,
            duration: report.duration,
            phase: if report.is_end { Phase::Ended } else { Phase::Held },
        };
        let like = self.presses.iter_mut().filter(|press| press.resembles(report));
        // The event itself counts before a neighbour.
        match like.min_by_key(|press| u8::from(press.timestamp != at)) {
            Some(known) if known.is_followed_by(report) => {
                *known = press;
                return true;
            }
            Some(known) => {
                known.update(report);
                return false;
            }
            None => {}
        }
        if self.presses.len() < REMEMBERED {
            self.presses.push(press);
        } else if let Some(slot) = self.presses.get_mut(self.oldest) {
            *slot = press;
            self.oldest = (self.oldest + 1) % REMEMBERED;
        }
        true
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
        let end = if slot + 1 >= UPDATES { END } else { 0 };
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

    fn carrier(sequence: u16, timestamp: u32, marker: bool) -> Carrier {
        Carrier { ssrc: 7, sequence, timestamp, marker }
    }

    /// Packets of a conforming sender, as sent.
    fn numbered(packets: &[(u32, [u8; 4])]) -> Vec<(Carrier, [u8; 4])> {
        let mut before = None;
        let mut numbered = Vec::new();
        for (sequence, (timestamp, payload)) in (65_500_u16..=u16::MAX).chain(0..).zip(packets) {
            let marker = before != Some(*timestamp);
            before = Some(*timestamp);
            numbered.push((carrier(sequence, *timestamp, marker), *payload));
        }
        numbered
    }

    fn received(packets: &[(Carrier, [u8; 4])]) -> String {
        let mut receiver = Receiver::default();
        packets.iter().flat_map(|(carrier, payload)| receiver.receive(*carrier, payload)).collect()
    }

    fn heard(packets: &[(u32, [u8; 4])]) -> String {
        received(&numbered(packets))
    }

    /// A sender's habits.
    struct Habit {
        what: &'static str,
        /// Timestamp of a packet, by the start of its event and its place in it.
        timestamp: fn(u32, u32) -> u32,
        marker: fn(u32) -> bool,
        updates: u32,
        ends: u32,
        /// Duration by the place of the packet.
        duration: fn(u32) -> u16,
    }

    impl Habit {
        const RFC: Habit = Habit {
            what: "as RFC 4733 has it",
            timestamp: |start, _| start,
            marker: |place| place == 0,
            updates: 5,
            ends: 3,
            duration: |place| 160 * (u16::try_from(place).unwrap() + 1).min(6),
        };

        /// Packets of the keys, pressed for 100 ms with pauses of 60 ms.
        fn packets(&self, keys: &str) -> Vec<(Carrier, [u8; 4])> {
            let mut sent = Vec::new();
            for (start, key) in (0..).step_by(1_280).zip(keys.chars()) {
                for place in 0..self.updates + self.ends {
                    let end = if place < self.updates { 0 } else { END };
                    let [high, low] = (self.duration)(place).to_be_bytes();
                    let sequence = u16::try_from(sent.len()).unwrap();
                    let timestamp = (self.timestamp)(50_000 + start, place);
                    let carrier = carrier(sequence, timestamp, (self.marker)(place));
                    sent.push((carrier, [event_code(key).unwrap(), end | 10, high, low]));
                }
            }
            sent
        }
    }

    /// Cases 04 and their kind. Sources: livekit/sip 742 and 796, doubango 374, sipsorcery 669,
    /// RestComm/media-core 62, rtpengine 1929, asterisk-unimrcp 44, pjproject 363 and 1582.
    #[test]
    fn one_press_is_one_key_whatever_the_senders_habit() {
        let reused: fn(u32, u32) -> u32 = |_, _| 0x3200;
        let runs: fn(u32, u32) -> u32 = |start, place| start + 160 * place;
        let late_ends: fn(u32, u32) -> u32 =
            |start, place| if place < 6 { start } else { start + 160 * (place - 5) };
        let never: fn(u32) -> bool = |_| false;
        let habits = [
            Habit::RFC,
            Habit { what: "no marker", marker: never, ..Habit::RFC },
            Habit { what: "a marker on every packet", marker: |_| true, ..Habit::RFC },
            Habit { what: "no end", ends: 0, ..Habit::RFC },
            Habit { what: "one end", ends: 1, ..Habit::RFC },
            Habit { what: "ends alone", updates: 0, marker: never, ..Habit::RFC },
            Habit { what: "ten ends", ends: 10, ..Habit::RFC },
            Habit { what: "timestamp reused", timestamp: reused, ..Habit::RFC },
            Habit { what: "reused, no marker", timestamp: reused, marker: never, ..Habit::RFC },
            Habit { what: "reused, no end", timestamp: reused, ends: 0, ..Habit::RFC },
            Habit { what: "timestamp runs", timestamp: runs, ..Habit::RFC },
            Habit { what: "runs, no marker", timestamp: runs, marker: never, ..Habit::RFC },
            Habit { what: "runs, no end", timestamp: runs, ends: 0, ..Habit::RFC },
            Habit { what: "ends run", timestamp: late_ends, ..Habit::RFC },
            Habit { what: "one duration", duration: |_| 800, ..Habit::RFC },
            Habit {
                what: "begins at 0",
                duration: |place| [0, 160, 320, 480, 640][usize::try_from(place.min(4)).unwrap()],
                ..Habit::RFC
            },
            Habit {
                what: "a gap before the end",
                duration: |place| if place < 2 { 160 } else { 900 },
                ..Habit::RFC
            },
        ];
        for habit in habits {
            for keys in ["4713", "90210", "11", "5", "33333", "1212#*0"] {
                assert_eq!(received(&habit.packets(keys)), keys, "{}", habit.what);
            }
        }
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
            let all = numbered(&sent);
            let some: Vec<_> =
                all.chunks(7).flat_map(|digit| kept.iter().map(|i| digit[*i])).collect();
            assert_eq!(received(&some), "42", "{kept:?}");
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
        let first = receiver.receive(carrier(1, 1000, true), &packed);
        assert_eq!(first.as_slice(), ['1', '2']);
        assert_eq!(receiver.receive(carrier(2, 1100, false), &packed[4..]).len(), 0);
    }

    #[test]
    fn other_events_and_stumps_are_no_digits() {
        assert_eq!(heard(&[(1, [16, 0, 0, 0]), (2, [255, 0, 0, 0])]), "");
        assert!(Receiver::default().receive(carrier(1, 1, true), &[1, 2, 3]).is_empty());
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
            for (index, packet) in numbered(&packets(&digits)).into_iter().enumerate() {
                let (copies, delay) = noise[index];
                let copies = if index % 7 == survivor { copies.max(1) } else { copies };
                for copy in 0..copies {
                    arrivals.push((index + delay * copy, packet));
                }
            }
            arrivals.sort_by_key(|(at, _)| *at);
            let arrived: Vec<_> = arrivals.into_iter().map(|(_, packet)| packet).collect();
            prop_assert_eq!(received(&arrived), digits);
        }

        #[test]
        fn nothing_panics(payload in proptest::collection::vec(any::<u8>(), 0..64), ts: u32) {
            let mut receiver = Receiver::default();
            for n in 0..20 {
                let sequence = u16::try_from(n).unwrap();
                receiver.receive(carrier(sequence, ts.wrapping_add(n * 7), false), &payload);
            }
        }
    }
}
