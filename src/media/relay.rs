//! Relays packets from one leg to the other: rewrites the header in place and transcodes the audio
//! if the laws differ.
//!
//! The far end receives one source, whose numbers continue from what the switch sent before (a
//! prompt, another leg). Within one stream both numbers are shifted by constants, so loss and
//! reordering on the first path stay visible on the second.

use std::ops::Range;

use crate::base::Codec;
use crate::base::Mono;

use super::g711;
use super::g711::Law;
use super::leg::LONGEST;
use super::leg::Leg;
use super::leg::Samples;
use super::reception::MISORDER_MAX;
use super::reception::Step;
use super::reception::step;
use super::rtp::Packet;
use super::rtp::after;

/// Longest pause of a source (silence suppression), in samples: 10 s. After a longer one, the relay
/// starts a new stream.
const PAUSE_MAX: u32 = 80_000;

/// One direction of a relay: how a source's numbers map to those of the sending side.
#[derive(Debug, Default)]
pub(crate) struct Route {
    stream: Option<Stream>,
    event: Option<ForeignEvent>,
}

#[derive(Debug)]
struct Stream {
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// Newest incoming sequence number.
    newest: u16,
    /// Distance from the stream's first sequence number to the newest, capped.
    span: u16,
    /// Newest incoming timestamp of audio.
    sound: Option<u32>,
    /// Sequence number after the last one sent. If it is already used, something else was sent.
    next: u16,
}

/// An event whose source differs from that of the audio; its packets share one outgoing timestamp.
#[derive(Debug)]
struct ForeignEvent {
    ssrc: u32,
    timestamp: u32,
    ours: u32,
}

/// Content of a packet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cargo {
    Sound(Codec),
    Event,
}

/// Encodes a packet's audio for another leg, in place, if that has another codec.
fn transcode((codec, from): (Codec, &Leg), to: &mut Leg, codes: &mut [u8]) {
    match (Law::of(codec), Law::of(to.media.codec)) {
        _ if codec == to.media.codec => {}
        (Some(from), Some(to)) => g711::transcode(from, to, codes),
        (Some(law), None) => {
            let mut heard = [0; LONGEST];
            let heard = heard.get_mut(..codes.len()).unwrap_or_default();
            heard.copy_from_slice(codes.get(..heard.len()).unwrap_or_default());
            to.encode(&mut Samples::Law(law, heard.iter()), codes);
        }
        (None, _) => to.encode(&mut from.samples(codec, &[]), codes),
    }
}

/// A packet's place in the stream that it is relayed into.
struct Place {
    marker: bool,
    sequence: u16,
    timestamp: u32,
}

impl Route {
    /// Rewrites a packet that another leg received into one for `to` and returns its range in the
    /// buffer. Returns `None` for events that `to` does not accept, late packets from before the
    /// stream, and a direction that does not send.
    pub(crate) fn forward(
        &mut self,
        (packet, cargo): (&Packet, Cargo),
        (from, to): (&Leg, &mut Leg),
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        if !to.media.sends() || packet.payload.is_empty() {
            return None;
        }
        let payload_type = match cargo {
            Cargo::Sound(_) => to.media.payload_type,
            Cargo::Event => match to.media.events {
                Some(payload_type) => payload_type,
                None => {
                    self.close_gap(packet);
                    return None;
                }
            },
        };
        let Place { marker, sequence, timestamp } = match cargo {
            Cargo::Event if self.is_foreign(packet) => self.place_foreign(packet, to, now),
            Cargo::Event | Cargo::Sound(_) => self.place(packet, cargo, to, now)?,
        };
        let samples = match cargo {
            Cargo::Sound(codec) => {
                let codes = buffer.get_mut(packet.payload.clone())?;
                transcode((codec, from), to, codes);
                codes.len()
            }
            Cargo::Event => 0,
        };
        let ssrc = to.emission.ssrc;
        to.count_sent(timestamp, packet.payload.len(), samples, now);
        let payload = packet.payload.clone();
        Packet { marker, payload_type, sequence, timestamp, ssrc, payload }.write(buffer)
    }

    /// Shifts the packet's numbers by the stream's constants. Starts a new stream if the source is
    /// new or its numbers jump.
    fn place(&mut self, packet: &Packet, cargo: Cargo, to: &mut Leg, now: Mono) -> Option<Place> {
        let stream = self.stream.take().filter(|s| s.carries(packet, cargo, to));
        let begins = stream.is_none();
        let stream = self.stream.insert(stream.unwrap_or_else(|| Stream::begin(packet, to, now)));
        match step(stream.newest, packet.sequence) {
            Step::Ahead(count) => {
                stream.newest = packet.sequence;
                stream.span = stream.span.saturating_add(count).min(MISORDER_MAX);
            }
            Step::Behind(count) if count > stream.span => return None,
            Step::Behind(_) | Step::Restart => {}
        }
        if let Cargo::Sound(_) = cargo
            && stream.sound.is_none_or(|newest| after(packet.timestamp, newest))
        {
            stream.sound = Some(packet.timestamp);
        }
        let sequence = packet.sequence.wrapping_add(stream.sequence_offset);
        if to.emission.next.wrapping_sub(sequence) > u16::MAX / 2 || to.emission.next == sequence {
            to.emission.next = sequence.wrapping_add(1);
        }
        stream.next = to.emission.next;
        let timestamp = packet.timestamp.wrapping_add(stream.timestamp_offset);
        Some(Place { marker: packet.marker || begins, sequence, timestamp })
    }

    fn is_foreign(&self, packet: &Packet) -> bool {
        self.stream.as_ref().is_some_and(|s| s.ssrc != packet.ssrc)
    }

    /// Inserts an event of another source between the audio packets.
    fn place_foreign(&mut self, packet: &Packet, to: &mut Leg, now: Mono) -> Place {
        let sequence = to.emission.take_sequence();
        if let Some(stream) = &mut self.stream {
            stream.sequence_offset = stream.sequence_offset.wrapping_add(1);
            stream.next = to.emission.next;
        }
        let key = (packet.ssrc, packet.timestamp);
        let known = self.event.take().filter(|e| (e.ssrc, e.timestamp) == key);
        let event = self.event.insert(known.unwrap_or_else(|| ForeignEvent {
            ssrc: packet.ssrc,
            timestamp: packet.timestamp,
            ours: to.emission.begin(now),
        }));
        Place { marker: packet.marker, sequence, timestamp: event.ours }
    }

    /// Moves the following packets up, so that a dropped event does not look like loss.
    fn close_gap(&mut self, packet: &Packet) {
        if let Some(stream) = &mut self.stream
            && stream.ssrc == packet.ssrc
            && step(stream.newest, packet.sequence) == Step::Ahead(1)
        {
            stream.newest = packet.sequence;
            stream.sequence_offset = stream.sequence_offset.wrapping_sub(1);
        }
    }
}

impl Stream {
    fn begin(packet: &Packet, to: &Leg, now: Mono) -> Self {
        Self {
            ssrc: packet.ssrc,
            sequence_offset: to.emission.next.wrapping_sub(packet.sequence),
            timestamp_offset: to.emission.begin(now).wrapping_sub(packet.timestamp),
            newest: packet.sequence,
            span: 0,
            sound: None,
            next: to.emission.next,
        }
    }

    /// Returns whether the packet continues the stream.
    fn carries(&self, packet: &Packet, cargo: Cargo, to: &Leg) -> bool {
        let step = step(self.newest, packet.sequence);
        let interrupted = self.next != to.emission.next;
        if packet.ssrc != self.ssrc || step == Step::Restart || interrupted {
            return false;
        }
        match (cargo, step, self.sound) {
            (Cargo::Sound(_), Step::Ahead(_), Some(newest)) => {
                packet.timestamp.wrapping_sub(newest) <= PAUSE_MAX
            }
            (Cargo::Sound(_) | Cargo::Event, _, _) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::media::leg::Direction;
    use crate::media::leg::LegMedia;
    use std::sync::Arc;
    use std::time::Duration;

    const EVENTS: u8 = 96;

    fn leg(codec: Codec, events: Option<u8>) -> Leg {
        let media = LegMedia { events, ..LegMedia::new("127.0.0.1:4000".parse().unwrap(), codec) };
        Leg::new(media, Arc::default(), &mut Rng::seeded(9), Now::default())
    }

    fn at(ms: u64) -> Mono {
        Mono::default() + Duration::from_millis(ms)
    }

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Packet {
        Packet { marker: false, payload_type: 0, sequence, timestamp, ssrc, payload: 12..14 }
    }

    const SOUND: Cargo = Cargo::Sound(Codec::Pcmu);

    struct Far {
        from: Leg,
        to: Leg,
        route: Route,
        now: Mono,
        payload: [u8; 2],
    }

    impl Far {
        fn new(to: Leg) -> Self {
            Self {
                from: leg(Codec::Pcmu, None),
                to,
                route: Route::default(),
                now: at(0),
                payload: [1, 2],
            }
        }

        /// Packet that the far end receives.
        fn get(&mut self, packet: &Packet, cargo: Cargo) -> Option<(Packet, Vec<u8>)> {
            let mut buffer = [0; 64];
            buffer[12..14].copy_from_slice(&self.payload);
            let range = self.route.forward(
                (packet, cargo),
                (&self.from, &mut self.to),
                &mut buffer,
                self.now,
            )?;
            let bytes = &buffer[range];
            let got = Packet::parse(bytes).unwrap();
            let payload = bytes[got.payload.clone()].to_vec();
            Some((got, payload))
        }

        fn sound(&mut self, ssrc: u32, sequence: u16, timestamp: u32) -> Option<Packet> {
            self.get(&packet(ssrc, sequence, timestamp), SOUND).map(|(packet, _)| packet)
        }

        /// Sends one frame of a prompt.
        fn prompt(&mut self) -> Packet {
            let timestamp = self.to.emission.begin(self.now);
            let mut buffer = [0; 200];
            let range = self
                .to
                .write_sound(&[0xFF; 160], (false, timestamp), &mut buffer, self.now)
                .unwrap();
            Packet::parse(&buffer[range]).unwrap()
        }
    }

    #[test]
    fn numbers_go_on_after_a_prompt_and_keep_their_gaps() {
        let mut far = Far::new(leg(Codec::Pcmu, None));
        far.prompt();
        far.now = at(20);
        let last = far.prompt();
        far.now = at(60);
        let first = far.sound(7, 65_534, u32::MAX - 100).unwrap();
        assert!(first.marker);
        assert_eq!((first.ssrc, first.sequence), (last.ssrc, last.sequence.wrapping_add(1)));
        // Two frames were sent, at 0 and 20 ms; the relayed audio begins at 60 ms.
        assert_eq!(first.timestamp.wrapping_sub(last.timestamp), 480 - 160);
        // Incoming 65,535 is lost, 0 and 1 arrive in the wrong order.
        let after_loss = [(1, 3), (0, 2), (2, 4)];
        for (sequence, count) in after_loss {
            let timestamp = (u32::MAX - 100).wrapping_add(count * 160);
            let got = far.sound(7, sequence, timestamp).unwrap();
            assert!(!got.marker);
            assert_eq!(u32::from(got.sequence.wrapping_sub(first.sequence)), count);
            assert_eq!(got.timestamp.wrapping_sub(first.timestamp), count * 160);
        }
        let next = far.prompt();
        assert_eq!(next.sequence.wrapping_sub(first.sequence), 5);
        assert_eq!(next.timestamp.wrapping_sub(first.timestamp), 4 * 160 + 2);
    }

    #[test]
    fn a_leaping_source_is_joined_on() {
        // (what jumps, second packet's ssrc, sequence, timestamp) after (1, 100, 8_000)
        let cases = [
            ("ssrc", 2, 30_000, 99),
            ("sequence far ahead", 1, 40_000, 8_160),
            ("sequence far behind", 1, 65_400, 8_160),
            ("timestamp back", 1, 101, 80),
            ("timestamp far ahead", 1, 101, 8_160 + PAUSE_MAX),
        ];
        for (what, ssrc, sequence, timestamp) in cases {
            let mut far = Far::new(leg(Codec::Pcmu, None));
            let first = far.sound(1, 100, 8_000).unwrap();
            far.now = at(20);
            let second = far.sound(ssrc, sequence, timestamp).unwrap();
            assert!(second.marker, "{what}");
            assert_eq!(second.sequence.wrapping_sub(first.sequence), 1, "{what}");
            assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 160, "{what}");
        }
    }

    #[test]
    fn stragglers_from_before_the_stream_are_left_out() {
        let mut far = Far::new(leg(Codec::Pcmu, None));
        far.sound(1, 100, 8_000).unwrap();
        assert_eq!(far.sound(1, 99, 7_840), None);
        far.sound(1, 102, 8_320).unwrap();
        assert!(far.sound(1, 101, 8_160).is_some());
        assert!(far.sound(1, 100, 8_000).is_some(), "a duplicate stays one");
        assert_eq!(far.sound(1, 98, 7_680), None);
    }

    #[test]
    fn laws_are_transcoded_and_payload_types_are_the_far_ends() {
        let mut far = Far::new(leg(Codec::Pcma, Some(EVENTS)));
        let (got, codes) = far.get(&packet(1, 1, 0), SOUND).unwrap();
        let expected = [1, 2].map(|c| g711::encode(Law::A, g711::decode(Law::Mu, c)));
        assert_eq!((got.payload_type, codes.as_slice()), (8, &expected[..]));
        let (got, codes) = far.get(&packet(1, 2, 160), Cargo::Event).unwrap();
        assert_eq!((got.payload_type, codes.as_slice()), (EVENTS, &[1, 2][..]));
    }

    #[test]
    fn dropped_events_leave_no_gap() {
        let mut far = Far::new(leg(Codec::Pcmu, None));
        let first = far.sound(1, 10, 0).unwrap();
        for n in 0..5 {
            assert_eq!(far.get(&packet(1, 11 + n, 160), Cargo::Event), None);
        }
        let next = far.sound(1, 16, 960).unwrap();
        assert_eq!(next.sequence.wrapping_sub(first.sequence), 1);
        assert_eq!(next.timestamp.wrapping_sub(first.timestamp), 960);
    }

    #[test]
    fn events_of_another_source_keep_one_timestamp_and_take_numbers_in_between() {
        let mut far = Far::new(leg(Codec::Pcmu, Some(EVENTS)));
        let mut sequences = Vec::new();
        let mut event_times = Vec::new();
        for n in 0..3_u16 {
            far.now = at(20 * u64::from(n));
            let sound = far.sound(1, 10 + n, u32::from(n) * 160).unwrap();
            assert_eq!(sound.marker, n == 0);
            sequences.push(sound.sequence);
            let (event, _) = far.get(&packet(2, 900 + n, 77), Cargo::Event).unwrap();
            sequences.push(event.sequence);
            event_times.push(event.timestamp);
        }
        assert!(sequences.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
        assert_eq!(event_times, [event_times[0]; 3]);
        let (other, _) = far.get(&packet(2, 903, 5_000), Cargo::Event).unwrap();
        assert_ne!(other.timestamp, event_times[0]);
    }

    #[test]
    fn a_leg_on_hold_gets_nothing() {
        let holds: [fn(&mut LegMedia); 4] = [
            |media| media.direction = Direction::ReceiveOnly,
            |media| media.direction = Direction::Inactive,
            |media| media.remote.set_port(0),
            |media| media.remote.set_ip([0, 0, 0, 0].into()),
        ];
        for hold in holds {
            let mut to = leg(Codec::Pcmu, Some(EVENTS));
            hold(&mut to.media);
            let mut far = Far::new(to);
            assert_eq!(far.sound(1, 1, 1), None);
            assert_eq!(far.get(&packet(1, 2, 1), Cargo::Event), None);
        }
    }
}
