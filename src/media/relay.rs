//! From one leg to the other: the header is rewritten in place, the sound at most transcoded.
//!
//! The far end sees one source whose numbers go on from what we sent before (a prompt, another
//! leg). Within one stream both numbers are moved by constants, so loss and reordering on the
//! first path stay visible on the second.

use std::ops::Range;

use crate::base::Codec;
use crate::base::Mono;

use super::g711;
use super::leg::Leg;
use super::reception::MISORDER_MAX;
use super::reception::Step;
use super::reception::step;
use super::rtp::Packet;
use super::rtp::after;

/// A source's sound may pause (silence suppression) this long, in samples, before its clock is
/// taken to have been set anew: 10 s.
const PAUSE_MAX: u32 = 80_000;

/// One direction of a relay: how a source's numbers become ours.
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
    /// The newest incoming sequence number.
    newest: u16,
    /// How far behind the newest the stream began; no more than matters.
    span: u16,
    /// The newest incoming timestamp of sound.
    sound: Option<u32>,
}

/// An event of another source than the sound's: its packets share one timestamp of ours.
#[derive(Debug)]
struct ForeignEvent {
    ssrc: u32,
    timestamp: u32,
    ours: u32,
}

/// What a packet carries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cargo {
    Sound(Codec),
    Event,
}

impl Route {
    /// Rewrites a packet that another leg received into one for `to`; where it now stands in the
    /// buffer. `None` when it has no place there: events that `to` takes none of, stragglers from
    /// before the stream, a direction that does not send.
    pub(crate) fn forward(
        &mut self,
        packet: &Packet,
        cargo: Cargo,
        to: &mut Leg,
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        if !to.media.direction.sends() || packet.payload.is_empty() {
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
        let (marker, sequence, timestamp) = match cargo {
            Cargo::Event if self.is_foreign(packet) => self.place_foreign(packet, to, now),
            Cargo::Event | Cargo::Sound(_) => self.place(packet, cargo, to, now)?,
        };
        let samples = match cargo {
            Cargo::Sound(from) => {
                let codes = buffer.get_mut(packet.payload.clone())?;
                g711::transcode(from, to.media.codec, codes);
                codes.len()
            }
            Cargo::Event => 0,
        };
        let ssrc = to.emission.ssrc;
        to.count_sent(timestamp, packet.payload.len(), samples, now);
        let payload = packet.payload.clone();
        Packet { marker, payload_type, sequence, timestamp, ssrc, payload }.write(buffer)
    }

    /// The packet's own numbers moved by the stream's constants; a new stream where the source
    /// is new or its numbers leap.
    fn place(
        &mut self,
        packet: &Packet,
        cargo: Cargo,
        to: &mut Leg,
        now: Mono,
    ) -> Option<(bool, u16, u32)> {
        let stream = self.stream.take().filter(|s| s.carries(packet, cargo));
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
        let timestamp = packet.timestamp.wrapping_add(stream.timestamp_offset);
        Some((packet.marker || begins, sequence, timestamp))
    }

    fn is_foreign(&self, packet: &Packet) -> bool {
        self.stream.as_ref().is_some_and(|s| s.ssrc != packet.ssrc)
    }

    /// Puts an event of another source in between the sound's packets.
    fn place_foreign(&mut self, packet: &Packet, to: &mut Leg, now: Mono) -> (bool, u16, u32) {
        if let Some(stream) = &mut self.stream {
            stream.sequence_offset = stream.sequence_offset.wrapping_add(1);
        }
        let key = (packet.ssrc, packet.timestamp);
        let known = self.event.take().filter(|e| (e.ssrc, e.timestamp) == key);
        let event = self.event.insert(known.unwrap_or_else(|| ForeignEvent {
            ssrc: packet.ssrc,
            timestamp: packet.timestamp,
            ours: to.emission.begin(now),
        }));
        (packet.marker, to.emission.take_sequence(), event.ours)
    }

    /// A dropped event must not look like loss: the packets after it move up.
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
        }
    }

    /// Whether the packet goes on where the stream is.
    fn carries(&self, packet: &Packet, cargo: Cargo) -> bool {
        let step = step(self.newest, packet.sequence);
        if packet.ssrc != self.ssrc || step == Step::Restart {
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
