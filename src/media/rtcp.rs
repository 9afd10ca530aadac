//! RTCP (RFC 3550 §6): the switch sends its own reports on each leg.
//!
//! Passing on the far ends' reports would need every number in them translated (packet and octet
//! counts, extended sequence numbers, timestamps), because prompts are inserted, sequence numbers
//! shift and laws are transcoded; and a leg without a partner would get none. A leg is an RTP
//! session between the far end and the switch, so the switch reports what it sent and received on
//! it: always correct, the same with and without a relay, and without delay.

use std::time::Duration;

use crate::base::Now;

use super::leg::Leg;
use super::reception::Block;
use super::traffic::FarEnd;

/// Mean interval between reports of a leg; each lasts half to one and a half of it (§6.2).
pub const RTCP_INTERVAL: Duration = Duration::from_secs(5);
/// Longest report in bytes: a sender report with one block, and a name.
pub(crate) const REPORT_MAX: usize = 80;
/// Most parts of a compound packet that are read.
const PARTS_MAX: usize = 8;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
/// Where the blocks of a report begin, and how long each is, in bytes.
const SENDER_BLOCKS: usize = 28;
const RECEIVER_BLOCKS: usize = 8;
const BLOCK: usize = 24;
/// Longest time there and back that is believed, in units of 2⁻¹⁶ s: a minute.
const TRIP_MAX: u32 = 60 << 16;
/// Samples per second of the timestamps.
const CLOCK_RATE: u64 = 8_000;
/// Seconds from 1900 to 1970.
const NTP_EPOCH: u64 = 2_208_988_800;

/// Writes the leg's report (§6.4) and its canonical name (§6.5.1) to the head of `buffer` and
/// returns the length. Returns `None` if the buffer holds less than `REPORT_MAX`.
pub(crate) fn write_report(
    leg: &mut Leg,
    name: &[u8; 16],
    buffer: &mut [u8],
    now: Now,
) -> Option<usize> {
    let mut out = Out { buffer: buffer.get_mut(..REPORT_MAX)?, length: 0 };
    let block = leg.reception.as_mut().map(|r| r.report());
    let blocks = u8::from(block.is_some());
    if leg.emission.packets > 0 {
        out.head(blocks, SENDER_REPORT, 6 + u16::from(blocks) * 6);
        out.word(leg.emission.ssrc);
        let (seconds, fraction) = ntp(now);
        out.word(seconds);
        out.word(fraction);
        out.word(leg.emission.clock(now.mono));
        out.word(leg.emission.packets);
        out.word(leg.emission.octets);
    } else {
        out.head(blocks, RECEIVER_REPORT, 1 + u16::from(blocks) * 6);
        out.word(leg.emission.ssrc);
    }
    if let Some(block) = block {
        out.block(&block, leg, now);
    }
    out.head(1, DESCRIPTION, 6);
    out.word(leg.emission.ssrc);
    out.bytes(&[1, 16]); // CNAME, of 16 bytes
    out.bytes(name);
    out.bytes(&[0, 0]); // end of items, filled up to the word
    Some(out.length)
}

/// Reads a compound packet from the leg's RTCP address. It proves that the far end is alive, and
/// gives the time of its sender report for the switch's next report, and what the far end reports of
/// what it received.
pub(crate) fn read_reports(leg: &mut Leg, bytes: &[u8], now: Now) {
    let mut rest = bytes;
    for _ in 0..PARTS_MAX {
        let Some(head) = rest.first_chunk::<4>() else { return };
        let length = 4 + usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
        let (true, Some((part, behind))) = (head[0] >> 6 == 2, rest.split_at_checked(length))
        else {
            return;
        };
        leg.heard = now.mono;
        if head[1] == SENDER_REPORT
            && let Some(fields) = part.first_chunk::<16>()
        {
            let word = |at: usize| {
                u32::from_be_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]])
            };
            if leg.reception.as_ref().is_some_and(|r| r.ssrc == word(4)) {
                leg.last_report = Some((word(8) << 16 | word(12) >> 16, now.mono));
            }
        }
        let blocks = match head[1] {
            SENDER_REPORT => part.get(SENDER_BLOCKS..),
            RECEIVER_REPORT => part.get(RECEIVER_BLOCKS..),
            _ => None,
        };
        let count = usize::from(head[0] & 0x1F);
        for block in blocks.unwrap_or_default().chunks_exact(BLOCK).take(count) {
            if let Some(far_end) = read_block(leg.emission.ssrc, block, now) {
                leg.far_end = Some(far_end);
            }
        }
        rest = behind;
    }
}

/// Reads a report block about a source; `None` if it is about another.
fn read_block(ssrc: u32, block: &[u8], now: Now) -> Option<FarEnd> {
    let words: Vec<u32> = block
        .chunks_exact(4)
        .map(|word| word.iter().fold(0, |word, octet| word << 8 | u32::from(*octet)))
        .collect();
    let [about, lost, _highest, jitter, last, delay] = *words.first_chunk::<6>()?;
    if about != ssrc {
        return None;
    }
    // 24 bits with a sign: duplicates make it negative.
    let lost = (lost << 8).cast_signed() >> 8;
    let (seconds, fraction) = ntp(now);
    let middle = seconds << 16 | fraction >> 16;
    let trip = middle.wrapping_sub(last).wrapping_sub(delay);
    let round_trip = (last != 0 && trip < TRIP_MAX)
        .then(|| Duration::from_nanos(u64::from(trip) * 1_000_000_000 / 65_536));
    let jitter = Duration::from_nanos(u64::from(jitter) * 1_000_000_000 / CLOCK_RATE);
    Some(FarEnd { lost: u32::try_from(lost).unwrap_or(0), jitter, round_trip })
}

/// Returns the NTP time: seconds since 1900 (they wrap in 2036) and 2⁻³² seconds.
fn ntp(now: Now) -> (u32, u32) {
    let micros = u64::try_from(now.wall.micros()).unwrap_or(0);
    let seconds = (micros / 1_000_000).wrapping_add(NTP_EPOCH);
    let fraction = ((micros % 1_000_000) << 32) / 1_000_000;
    (seconds as u32, fraction as u32)
}

struct Out<'a> {
    buffer: &'a mut [u8],
    length: usize,
}

impl Out<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(place) = self.buffer.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    /// Writes a part's header; `words` is the length without the header's first word.
    fn head(&mut self, count: u8, kind: u8, words: u16) {
        let [high, low] = words.to_be_bytes();
        self.bytes(&[0x80 | count, kind, high, low]);
    }

    fn block(&mut self, block: &Block, leg: &Leg, now: Now) {
        self.word(block.ssrc);
        let [_, lost @ ..] = block.lost.to_be_bytes();
        self.bytes(&[block.fraction]);
        self.bytes(&lost);
        self.word(block.highest);
        self.word(block.jitter);
        let (last, delay) = leg.last_report.map_or((0, 0), |(middle, came)| {
            let delay = now.mono.since(came).as_nanos() * 65_536 / 1_000_000_000;
            (middle, u32::try_from(delay).unwrap_or(u32::MAX))
        });
        self.word(last);
        self.word(delay);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Codec;
    use crate::base::Mono;
    use crate::base::Rng;
    use crate::base::Wall;
    use crate::media::leg::LegMedia;
    use crate::media::reception::Reception;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn leg() -> Leg {
        let media = LegMedia::new("192.0.2.1:4000".parse().unwrap(), Codec::Pcmu);
        Leg::new(media, Arc::default(), &mut Rng::seeded(2), Now::default())
    }

    fn words(bytes: &[u8]) -> Vec<u32> {
        bytes.chunks(4).map(|w| u32::from_be_bytes(w.try_into().unwrap())).collect()
    }

    fn report(leg: &mut Leg, now: Now) -> Vec<u32> {
        let mut buffer = [0; REPORT_MAX];
        let length = write_report(leg, b"abcdefghijklmnop", &mut buffer, now).unwrap();
        words(&buffer[..length])
    }

    #[test]
    fn a_leg_that_neither_sent_nor_heard_reports_its_name() {
        let mut leg = leg();
        let ssrc = leg.emission.ssrc;
        let words = report(&mut leg, Now::default());
        assert_eq!(words[..3], [0x80C9_0001, ssrc, 0x81CA_0006]);
        assert_eq!(
            words[3..],
            [ssrc, 0x0110_6162, 0x6364_6566, 0x6768_696A, 0x6B6C_6D6E, 0x6F70_0000]
        );
    }

    #[test]
    fn a_sender_reports_its_counts_its_clock_and_its_reception() {
        let mut leg = leg();
        let start = Now::at(Wall::from_micros(1_500_000));
        let mut buffer = [0; 200];
        let first = leg.emission.begin(start.mono);
        leg.write_sound(&[0; 160], (true, first), &mut buffer, start.mono).unwrap();
        leg.reception = Some(Reception::new(0xABCD, 10, 0, start.mono));
        leg.last_report = Some((0x1234_5678, start.mono));
        let words = report(&mut leg, start.later(Duration::from_millis(500)));
        let ssrc = leg.emission.ssrc;
        assert_eq!(words[..2], [0x81C8_000C, ssrc]);
        assert_eq!(words[2..4], [2_208_988_802, 0]);
        assert_eq!(words[4].wrapping_sub(first), 4_000);
        assert_eq!(words[5..7], [1, 160]);
        assert_eq!(words[7..13], [0xABCD, 0, 10, 0, 0x1234_5678, 32_768]);
        assert_eq!(words[13..15], [0x81CA_0006, ssrc]);
    }

    #[test]
    fn a_sender_report_of_the_source_is_remembered() {
        let (mut theirs, mut ours) = (leg(), leg());
        let now = Now::at(Wall::from_micros(0x10_0000));
        let mut buffer = [0; 200];
        theirs.write_sound(&[0; 160], (true, 0), &mut buffer, now.mono).unwrap();
        let mut buffer = [0; REPORT_MAX];
        let length = write_report(&mut theirs, &[b'x'; 16], &mut buffer, now).unwrap();
        read_reports(&mut ours, &buffer[..length], now);
        assert_eq!(ours.last_report, None, "its source is not known yet");
        let ssrc = theirs.emission.ssrc;
        ours.reception = Some(Reception::new(ssrc, 1, 0, Mono::default()));
        read_reports(&mut ours, &buffer[..length], now);
        let all = words(&buffer);
        let middle = all[2] << 16 | all[3] >> 16;
        assert_eq!(ours.last_report, Some((middle, now.mono)));
    }

    /// The switch sends a report, the far end receives packets and answers 300 ms later.
    #[test]
    fn a_report_of_the_far_end_is_read() {
        let (mut ours, mut theirs) = (leg(), leg());
        theirs.emission.ssrc = ours.emission.ssrc.wrapping_add(1);
        let sent = Now::at(Wall::from_micros(1_500_000));
        let mut buffer = [0; 200];
        ours.write_sound(&[0; 160], (true, 0), &mut buffer, sent.mono).unwrap();
        let mut reception = Reception::new(ours.emission.ssrc, 10, 0, sent.mono);
        // Numbers 11 and 12 are missing.
        reception.count(13, 480, sent.mono);
        theirs.reception = Some(reception);
        let mut buffer = [0; REPORT_MAX];
        let length = write_report(&mut ours, &[b'x'; 16], &mut buffer, sent).unwrap();
        read_reports(&mut theirs, &buffer[..length], sent.later(Duration::from_millis(40)));
        let answered = sent.later(Duration::from_millis(340));
        let length = write_report(&mut theirs, &[b'y'; 16], &mut buffer, answered).unwrap();
        assert_eq!(ours.far_end, None);
        read_reports(&mut ours, &buffer[..length], sent.later(Duration::from_millis(380)));
        let far_end = ours.far_end.unwrap();
        assert_eq!(far_end.lost, 2);
        let trip = far_end.round_trip.unwrap().as_micros();
        assert!((79_900..80_100).contains(&trip), "{trip} µs");
        // A block about another source, and one with a clock that is wrong, say nothing.
        let about_other = [0, 0, 0, 9].into_iter().chain([0; 20]).collect::<Vec<u8>>();
        assert_eq!(read_block(7, &about_other, sent), None);
        let late: Vec<u8> =
            [7u32, 0x00FF_FFFF, 0, 800, 1, 0].iter().flat_map(|w| w.to_be_bytes()).collect();
        let read = read_block(7, &late, sent).unwrap();
        let jitter = Duration::from_millis(100);
        assert_eq!(read, FarEnd { lost: 0, jitter, round_trip: None }, "minus one, by a duplicate");
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let mut leg = leg();
            leg.reception = Some(Reception::new(1, 1, 0, Mono::default()));
            let mut bytes = bytes;
            read_reports(&mut leg, &bytes, Now::default());
            if let Some(head) = bytes.first_chunk_mut::<4>() {
                *head = [0x80, SENDER_REPORT, 0, head[3] & 0x1F];
            }
            read_reports(&mut leg, &bytes, Now::default());
        }
    }
}
