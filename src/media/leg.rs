//! One RTP leg: the negotiated media, the source it accepts, its counters and its sending state.

use std::net::SocketAddr;
use std::ops::Range;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::base::Codec;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OwnPorts;
use crate::base::Rng;
use crate::base::Security;

use super::dtmf;
use super::emission::Emission;
use super::event::Port;
use super::g711;
use super::g711::Law;
use super::rate::Allowance;
use super::reception::Reception;
use super::rtp::FRAME;
use super::rtp::HEADER;
use super::rtp::Packet;
use super::source::Admission;
use super::source::Source;
use super::source::Symmetric;
use super::srtp::Closed;
use super::srtp::Shield;
use super::wideband::Wideband;

/// Direction of the media, seen from the switch (RFC 3264 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendReceive,
    /// The switch sends, the far end receives.
    SendOnly,
    /// The far end sends, the switch receives.
    ReceiveOnly,
    /// On hold both ways.
    Inactive,
}

impl Direction {
    /// Returns whether the switch sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Returns whether the switch receives.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }
}

/// Negotiated media of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegMedia {
    /// Negotiated address, where the far end receives RTP. [`symmetric`](Self::symmetric) says
    /// which other sources are accepted; RTP is then sent there.
    pub remote: SocketAddr,
    /// RTCP address of the far end; `None` = the port after `remote`'s (RFC 3550 §11).
    pub rtcp: Option<SocketAddr>,
    /// Codec that the switch sends.
    pub codec: Codec,
    /// Payload type of the audio that the switch sends.
    pub payload_type: u8,
    /// Payload type of telephone events, both ways; `None` if the far end does not accept them.
    pub events: Option<u8>,
    /// Direction of the media, seen from the switch.
    pub direction: Direction,
    /// Sources of RTP that are accepted besides `remote`; the same in all negotiations of a leg.
    pub symmetric: Symmetric,
    /// Keys of SRTP both ways; `None` for plain RTP.
    pub security: Option<Security>,
}

impl LegMedia {
    /// Creates media of a codec under its static payload type, in both directions, without
    /// telephone events, and from the negotiated address alone.
    pub fn new(remote: SocketAddr, codec: Codec) -> Self {
        Self {
            remote,
            rtcp: None,
            codec,
            payload_type: codec.static_payload_type(),
            events: None,
            direction: Direction::SendReceive,
            symmetric: Symmetric::Off,
            security: None,
        }
    }

    /// Returns whether the direction allows sending and the far end has an address. Old far ends
    /// signal hold with `0.0.0.0` (RFC 3264 §8.4).
    pub fn sends(&self) -> bool {
        let somewhere = !self.remote.ip().is_unspecified() && self.remote.port() != 0;
        somewhere && self.direction.sends()
    }
}

/// Reason why a datagram was ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// It did not come from an address that may belong to the leg.
    Address,
    /// It is not RTP.
    Malformed,
    /// Its payload type was not negotiated.
    PayloadType,
    /// It came from another source at the same address that has not yet sent two consecutive
    /// packets.
    Source,
    /// The leg does not receive in its current direction.
    Direction,
    /// It is above the rate that a leg accepts.
    Rate,
    /// It is not SRTP under the key of the leg's far end.
    Unauthentic,
    /// It is SRTP that came before.
    Replayed,
}

/// Result of receiving a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Audio in this codec, which may be either law.
    Audio(Packet, Codec),
    /// A pause, and the loudness of its noise (RFC 3389), 0 to 127 below the loudest, in dB.
    Noise(u8),
    /// A telephone event and the digits that it starts; none for a repeat.
    Event(Packet, SmallVec<[char; 2]>),
    /// The datagram was ignored.
    Ignored(Ignored),
}

/// Packet counters of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Audio packets accepted.
    pub audio: u64,
    /// Telephone-event packets accepted.
    pub events: u64,
    /// Packets sent.
    pub sent: u64,
    /// Payload of these packets, in bytes.
    pub bytes: u64,
    /// Datagrams from addresses that do not belong to the leg.
    pub from_others: u64,
    /// Datagrams that were not RTP.
    pub malformed: u64,
    /// Packets of other payload types, of a source not yet accepted, or against the direction.
    pub unwanted: u64,
    /// Packets above the rate that a leg accepts.
    pub over_rate: u64,
    /// Packets that are not SRTP under the key of the leg's far end.
    pub unauthentic: u64,
}

/// What a leg received, for the record of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Packets of audio and telephone events.
    pub packets: u64,
    /// Their payload in bytes.
    pub bytes: u64,
    /// Packets that were lost on the way, by their sequence numbers.
    pub lost: u64,
    /// Interarrival jitter of the latest source (RFC 3550 §6.4.1).
    pub jitter: Duration,
    /// Datagrams from addresses that do not belong to the leg.
    pub from_others: u64,
    /// Packets above the rate that a leg accepts, which were dropped.
    pub over_rate: u64,
    /// What the far end reported last; `None` if it reported nothing.
    pub far_end: Option<FarEnd>,
}

/// What a far end reported of what the switch sent it (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FarEnd {
    /// Packets lost since the switch began to send; duplicates may hide some.
    pub lost: u32,
    /// Interarrival jitter.
    pub jitter: Duration,
    /// Time to the far end and back, without its processing; `None` if it did not answer a report.
    pub round_trip: Option<Duration>,
}

/// Payload type of comfort noise (RFC 3551 §6).
const COMFORT_NOISE: u8 = 13;
/// Longest audio packet in codes that is encoded again; the rest of a longer one is left out.
pub(crate) const LONGEST: usize = 2_048;

/// Samples at 8 kHz of one packet.
#[derive(Debug, Clone)]
pub(crate) enum Samples<'a> {
    /// Codes of a law.
    Law(Law, slice::Iter<'a, u8>),
    /// Samples that a decoder has made.
    Decoded(slice::Iter<'a, i16>),
}

impl Iterator for Samples<'_> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        match self {
            Self::Law(law, codes) => codes.next().map(|code| g711::decode(*law, *code)),
            Self::Decoded(samples) => samples.next().copied(),
        }
    }
}

/// One RTP leg.
#[derive(Debug)]
pub struct Leg {
    pub(crate) media: LegMedia,
    source: Source,
    allowance: Allowance,
    /// Source of RTCP from the leg's learned IP address.
    rtcp_source: Option<SocketAddr>,
    pub(crate) emission: Emission,
    pub(crate) reception: Option<Reception>,
    /// SSRC and expected next sequence number of another source at the same address.
    candidate: Option<(u32, u16)>,
    digits: dtmf::Receiver,
    counters: Counters,
    /// Packets lost of earlier sources.
    lost_before: u64,
    pub(crate) heard: Mono,
    /// Middle 32 bits of the last sender report's NTP time, and its arrival (RFC 3550 §6.4.1).
    pub(crate) last_report: Option<(u32, Mono)>,
    /// The far end's last report of what was sent.
    pub(crate) far_end: Option<FarEnd>,
    /// SRTP, both ways.
    shield: Option<Box<Shield>>,
    /// G.722, once the leg has it.
    wideband: Option<Box<Wideband>>,
}

impl Leg {
    /// Creates a leg that has neither sent nor received. It learns none of the switch's `own` ports.
    pub fn new(media: LegMedia, own: Arc<OwnPorts>, rng: &mut Rng, now: Now) -> Self {
        Self {
            media,
            source: Source::new(media.remote, media.symmetric, own),
            allowance: Allowance::default(),
            rtcp_source: None,
            emission: Emission::new(rng, now.mono),
            reception: None,
            candidate: None,
            digits: dtmf::Receiver::default(),
            counters: Counters::default(),
            lost_before: 0,
            heard: now.mono,
            last_report: None,
            far_end: None,
            shield: media.security.map(|security| Box::new(Shield::new(security))),
            wideband: None,
        }
    }

    /// Applies a new negotiation. The sending counters continue; the leg may lock to another port of
    /// its source, and to the new address if that changed. A new key of ours begins a new source:
    /// under it, no far end has to know how often the numbers of the old one have wrapped.
    pub fn update(&mut self, media: LegMedia, rng: &mut Rng) {
        let begins = match (&mut self.shield, media.security) {
            (_, None) => {
                self.shield = None;
                false
            }
            (Some(shield), Some(security)) => shield.renew(security),
            (shield @ None, Some(security)) => {
                *shield = Some(Box::new(Shield::new(security)));
                true
            }
        };
        if begins {
            self.emission.renew(rng);
        }
        self.source.renegotiate(media.remote);
        if media.remote != self.media.remote {
            self.lost_before += self.reception.as_ref().map_or(0, Reception::lost);
            self.reception = None;
            self.candidate = None;
            self.last_report = None;
            self.rtcp_source = None;
        }
        self.media = media;
    }

    /// Returns the destination of RTP: the negotiated address, or the source that the leg locked
    /// to.
    pub fn address(&self) -> SocketAddr {
        self.source.address()
    }

    /// Returns the destination of RTCP: the negotiated address, or else the port after that of RTP
    /// (RFC 3550 §11). A far end behind NAT is reached at the address that its RTCP comes from.
    pub fn rtcp_address(&self) -> SocketAddr {
        let rtp = self.address();
        let next = SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
        match self.source.is_learned() {
            true => self.rtcp_source.unwrap_or(next),
            false => self.media.rtcp.unwrap_or(next),
        }
    }

    /// Returns whether RTCP from this address belongs to the leg. If RTP comes from a learned
    /// address, RTCP may come from any port of the same IP address.
    pub(crate) fn takes_rtcp(&mut self, from: SocketAddr) -> bool {
        let is_near = self.source.is_learned() && from.ip() == self.address().ip();
        if is_near && self.source.can_be_learned(from) {
            self.rtcp_source = Some(from);
        }
        from == self.rtcp_address()
    }

    /// Returns the negotiated media.
    pub const fn media(&self) -> &LegMedia {
        &self.media
    }

    /// Returns the packet counters.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Returns what the leg received.
    pub fn traffic(&self) -> Traffic {
        let Counters { audio, events, bytes, from_others, over_rate, .. } = self.counters;
        let lost = self.lost_before + self.reception.as_ref().map_or(0, Reception::lost);
        let jitter = self.reception.as_ref().map_or(Duration::ZERO, Reception::jitter);
        let (packets, far_end) = (audio + events, self.far_end);
        Traffic { packets, bytes, lost, jitter, from_others, over_rate, far_end }
    }

    /// Returns when the far end last sent RTP of any payload type (silence suppression may leave
    /// only comfort noise) or RTCP, or when the leg began if it sent nothing.
    pub const fn heard(&self) -> Mono {
        self.heard
    }

    /// Reads a datagram and deciphers it in place. Datagrams from an address that cannot belong to the
    /// leg only increment a counter.
    pub fn receive(&mut self, from: SocketAddr, datagram: &mut [u8], now: Mono) -> Received {
        let received = match self.decipher(from, datagram, now) {
            Ok(packet) => self.judge(from, packet, now),
            Err(why) => Received::Ignored(why),
        };
        let count = match &received {
            Received::Audio(..) | Received::Noise(_) => &mut self.counters.audio,
            Received::Event(..) => &mut self.counters.events,
            Received::Ignored(Ignored::Address) => &mut self.counters.from_others,
            Received::Ignored(Ignored::Malformed) => &mut self.counters.malformed,
            Received::Ignored(Ignored::Rate) => &mut self.counters.over_rate,
            Received::Ignored(Ignored::Unauthentic) => &mut self.counters.unauthentic,
            Received::Ignored(
                Ignored::PayloadType | Ignored::Source | Ignored::Direction | Ignored::Replayed,
            ) => &mut self.counters.unwanted,
        };
        *count += 1;
        if let Received::Audio(packet, _) | Received::Event(packet, _) = &received {
            self.counters.bytes += u64::try_from(packet.payload.len()).unwrap_or(0);
        }
        received
    }

    /// Returns the plain packet in a datagram, which is all of it without SRTP.
    fn decipher<'a>(
        &mut self,
        from: SocketAddr,
        datagram: &'a mut [u8],
        now: Mono,
    ) -> Result<&'a [u8], Ignored> {
        let Some(shield) = &mut self.shield else { return Ok(datagram) };
        if self.source.admission(from, now) == Admission::Refused {
            return Err(Ignored::Address);
        }
        let length = shield.open(datagram).map_err(|closed| match closed {
            Closed::Unauthentic => Ignored::Unauthentic,
            Closed::Replayed => Ignored::Replayed,
        })?;
        Ok(datagram.get(..length).unwrap_or_default())
    }

    /// Returns the plain RTCP packet in a datagram; `None` if it is not under the far end's key.
    pub(crate) fn decipher_report<'a>(&mut self, datagram: &'a mut [u8]) -> Option<&'a [u8]> {
        let Some(shield) = &mut self.shield else { return Some(datagram) };
        let length = shield.open_report(datagram).ok()?;
        datagram.get(..length)
    }

    /// Protects a packet in `buffer`, if the leg has SRTP, and returns its new range. Returns `None`
    /// if the buffer has no room for that: the packet must not be sent.
    pub(crate) fn protect(
        &mut self,
        port: Port,
        range: Range<usize>,
        buffer: &mut [u8],
    ) -> Option<Range<usize>> {
        let Some(shield) = &mut self.shield else { return Some(range) };
        let packet = buffer.get_mut(range.start..)?;
        let length = match port {
            Port::Rtp => shield.protect(packet, range.len()),
            Port::Rtcp => shield.protect_report(packet, range.len()),
        };
        Some(range.start..range.start + length?)
    }

    fn judge(&mut self, from: SocketAddr, datagram: &[u8], now: Mono) -> Received {
        let admission = self.source.admission(from, now);
        let parsed = Packet::parse(datagram).ok();
        let packet = match (admission, parsed) {
            (Admission::Known, Some(packet)) => packet,
            (Admission::Known, None) => return Received::Ignored(Ignored::Malformed),
            (Admission::Candidate, Some(packet)) if self.expects(&packet) => packet,
            (Admission::Candidate | Admission::Refused, _) => {
                return Received::Ignored(Ignored::Address);
            }
        };
        self.heard = now;
        if !self.allowance.take(now) {
            return Received::Ignored(Ignored::Rate);
        }
        if self.expects(&packet) {
            self.source.lock(from, now);
        }
        if !self.media.direction.receives() {
            return Received::Ignored(Ignored::Direction);
        }
        if self.media.events == Some(packet.payload_type) {
            return self.judge_event(packet, datagram);
        }
        let kind = match (self.codec_of(packet.payload_type), self.noise_in(&packet, datagram)) {
            (Some(codec), _) => Received::Audio(packet.clone(), codec),
            (None, Some(level)) => Received::Noise(level),
            (None, None) => return Received::Ignored(Ignored::PayloadType),
        };
        if !self.believe(&packet, now) {
            return Received::Ignored(Ignored::Source);
        }
        if let Received::Audio(packet, Codec::G722) = &kind {
            let codes = datagram.get(packet.payload.clone()).unwrap_or_default();
            self.wideband.get_or_insert_default().hear(codes);
        }
        kind
    }

    /// Returns the loudness of a packet of comfort noise. Some far ends send it without having
    /// negotiated it.
    fn noise_in(&self, packet: &Packet, datagram: &[u8]) -> Option<u8> {
        if packet.payload_type != COMFORT_NOISE {
            return None;
        }
        datagram.get(packet.payload.start..packet.payload.end)?.first().map(|level| level & 0x7F)
    }

    /// Returns the samples at 8 kHz of an audio packet that was just received.
    pub(crate) fn samples<'a>(&'a self, codec: Codec, codes: &'a [u8]) -> Samples<'a> {
        match (Law::of(codec), &self.wideband) {
            (Some(law), _) => Samples::Law(law, codes.iter()),
            (None, Some(wideband)) => Samples::Decoded(wideband.heard().iter()),
            (None, None) => Samples::Decoded([].iter()),
        }
    }

    /// Encodes audio of another leg, or of a prompt, in place, for this leg's codec. One code
    /// becomes one code, whatever the codecs.
    pub(crate) fn encode(&mut self, from: &mut Samples<'_>, codes: &mut [u8]) {
        let mut samples = [0; LONGEST];
        let count = samples.iter_mut().zip(from).map(|(to, from)| *to = from).count();
        let (samples, codes) = (samples.get(..count), codes.get_mut(..count));
        let (Some(samples), Some(codes)) = (samples, codes) else { return };
        match Law::of(self.media.codec) {
            Some(law) => {
                for (code, sample) in codes.iter_mut().zip(samples) {
                    *code = g711::encode(law, *sample);
                }
            }
            None => self.wideband.get_or_insert_default().say(samples, codes),
        }
    }

    /// Returns the law of what the switch itself plays on the leg; [`write_sound`](Self::write_sound)
    /// encodes it again for a leg of another codec.
    pub(crate) fn law(&self) -> Law {
        Law::of(self.media.codec).unwrap_or(Law::Mu)
    }

    /// Returns whether the packet has a negotiated payload type and the leg receives.
    fn expects(&self, packet: &Packet) -> bool {
        let number = packet.payload_type;
        let negotiated = self.media.events == Some(number) || self.codec_of(number).is_some();
        negotiated && self.media.direction.receives()
    }

    /// Accepts an event whatever its SSRC: some gateways send DTMF with a separate SSRC.
    fn judge_event(&mut self, packet: Packet, datagram: &[u8]) -> Received {
        match &mut self.reception {
            Some(reception) if reception.ssrc == packet.ssrc => {
                // Its timestamp is the event's start: it measures loss but not jitter.
                reception.count_untimed(packet.sequence);
            }
            Some(_) | None => {}
        }
        let payload = datagram.get(packet.payload.clone()).unwrap_or(&[]);
        let Packet { ssrc, sequence, timestamp, marker, .. } = packet;
        let carrier = dtmf::Carrier { ssrc, sequence, timestamp, marker };
        let digits = self.digits.receive(carrier, payload);
        Received::Event(packet, digits)
    }

    /// Returns the codec of a payload type: the negotiated one, or a static one of G.711, because a far
    /// end that listed both laws may switch between them.
    fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        if payload_type == self.media.payload_type {
            return Some(self.media.codec);
        }
        let laws = [Codec::Pcmu, Codec::Pcma];
        laws.into_iter().find(|codec| codec.static_payload_type() == payload_type)
    }

    /// Counts the packet if it is from the accepted source. The first source is accepted, and
    /// another one at the same address after two consecutive packets (RFC 3550 A.1).
    fn believe(&mut self, packet: &Packet, now: Mono) -> bool {
        match &mut self.reception {
            Some(reception) if reception.ssrc == packet.ssrc => {
                self.candidate = None;
                reception.count(packet.sequence, packet.timestamp, now);
                return true;
            }
            Some(_) if self.candidate != Some((packet.ssrc, packet.sequence)) => {
                self.candidate = Some((packet.ssrc, packet.sequence.wrapping_add(1)));
                return false;
            }
            Some(_) | None => {}
        }
        self.candidate = None;
        self.last_report = None;
        self.lost_before += self.reception.as_ref().map_or(0, Reception::lost);
        self.reception = Some(Reception::new(packet.ssrc, packet.sequence, packet.timestamp, now));
        true
    }

    /// Writes an audio packet of codes of the leg's [`law`](Self::law) at the head of `buffer`, with
    /// the next sequence number.
    pub(crate) fn write_sound(
        &mut self,
        codes: &[u8],
        (marker, timestamp): (bool, u32),
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        let payload_type = self.media.payload_type;
        if self.media.codec == Codec::G722 {
            let mut wide = [0; FRAME];
            let wide = wide.get_mut(..codes.len())?;
            self.encode(&mut Samples::Law(self.law(), codes.iter()), wide);
            let (samples, place) = (codes.len(), (marker, timestamp));
            return self.write(payload_type, wide, place, samples, buffer, now);
        }
        self.write(payload_type, codes, (marker, timestamp), codes.len(), buffer, now)
    }

    /// Writes a telephone event at the head of `buffer`, with the next sequence number.
    pub(crate) fn write_event(
        &mut self,
        event: &[u8],
        (marker, timestamp): (bool, u32),
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        let payload_type = self.media.events?;
        self.write(payload_type, event, (marker, timestamp), 0, buffer, now)
    }

    fn write(
        &mut self,
        payload_type: u8,
        payload: &[u8],
        (marker, timestamp): (bool, u32),
        samples: usize,
        buffer: &mut [u8],
        now: Mono,
    ) -> Option<Range<usize>> {
        let place = HEADER..HEADER + payload.len();
        buffer.get_mut(place.clone())?.copy_from_slice(payload);
        let sequence = self.emission.take_sequence();
        let ssrc = self.emission.ssrc;
        self.count_sent(timestamp, payload.len(), samples, now);
        Packet { marker, payload_type, sequence, timestamp, ssrc, payload: place }.write(buffer)
    }

    pub(crate) fn count_sent(&mut self, timestamp: u32, octets: usize, samples: usize, now: Mono) {
        self.counters.sent += 1;
        self.emission.sent(timestamp, octets, samples, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use ::rtp::header::Header;
    use proptest::prelude::*;
    use webrtc_util::marshal::Marshal as _;

    fn leg() -> Leg {
        let media = LegMedia {
            events: Some(101),
            ..LegMedia::new("192.0.2.1:4000".parse().unwrap(), Codec::Pcmu)
        };
        Leg::new(media, Arc::default(), &mut Rng::seeded(2), Now::default())
    }

    fn datagram(payload_type: u8, ssrc: u32, sequence: u16) -> Vec<u8> {
        let (sequence_number, timestamp) = (sequence, u32::from(sequence) * 160);
        let fields = Header { version: 2, payload_type, sequence_number, ..Header::default() };
        let header = Header { timestamp, ssrc, ..fields };
        let packet = ::rtp::packet::Packet { header, payload: vec![1, 0x8A, 3, 0x20].into() };
        packet.marshal().unwrap().to_vec()
    }

    fn kind(received: &Received) -> String {
        match received {
            Received::Audio(_, codec) => codec.to_string(),
            Received::Noise(level) => format!("noise {level}"),
            Received::Event(_, digits) => format!("digits {}", String::from_iter(digits)),
            Received::Ignored(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn only_the_negotiated_address_and_payloads_are_taken() {
        let mut leg = leg();
        // (from, payload type, expected)
        let cases = [
            ("192.0.2.9:4000", 0, "Address"),
            ("192.0.2.1:4002", 0, "Address"),
            ("192.0.2.9:4000", 101, "Address"),
            ("192.0.2.1:4000", 0, "PCMU"),
            ("192.0.2.1:4000", 8, "PCMA"),
            ("192.0.2.1:4000", 3, "PayloadType"),
            ("192.0.2.1:4000", 96, "PayloadType"),
            ("192.0.2.1:4000", 101, "digits 1"),
        ];
        for (n, (from, payload_type, expected)) in (1..).zip(cases) {
            let bytes = datagram(payload_type, 5, n);
            let received = leg.receive(from.parse().unwrap(), &mut bytes.clone(), Mono::default());
            assert_eq!(kind(&received), expected, "{from} {payload_type}");
        }
        let stump = leg.receive(leg.media.remote, &mut [0x80; 5], Mono::default());
        assert_eq!(kind(&stump), "Malformed");
        let expected = Counters {
            audio: 2,
            events: 1,
            bytes: 12,
            sent: 0,
            from_others: 3,
            malformed: 1,
            unwanted: 2,
            over_rate: 0,
            unauthentic: 0,
        };
        assert_eq!(*leg.counters(), expected);
    }

    #[test]
    fn another_source_takes_over_with_two_packets_in_a_row() {
        let mut leg = leg();
        // (ssrc, sequence, expected): two interleaved sources do not flap; a switch loses one
        // packet.
        let cases = [
            (1, 10, "PCMU"),
            (2, 500, "Source"),
            (1, 11, "PCMU"),
            (2, 501, "Source"),
            (2, 502, "PCMU"),
            (2, 503, "PCMU"),
            (1, 12, "Source"),
            (1, 14, "Source"),
            (1, 15, "PCMU"),
        ];
        for (ssrc, sequence, expected) in cases {
            let bytes = datagram(0, ssrc, sequence);
            let received = leg.receive(leg.media.remote, &mut bytes.clone(), Mono::default());
            assert_eq!(kind(&received), expected, "{ssrc} {sequence}");
        }
    }

    #[test]
    fn digits_count_whatever_their_source_says_it_is() {
        let mut leg = leg();
        leg.receive(leg.media.remote, &mut datagram(0, 1, 10), Mono::default());
        let event = datagram(101, 99, 700);
        let first = leg.receive(leg.media.remote, &mut event.clone(), Mono::default());
        assert_eq!(kind(&first), "digits 1");
        let again = leg.receive(leg.media.remote, &mut event.clone(), Mono::default());
        assert_eq!(kind(&again), "digits ");
    }

    #[test]
    fn on_hold_nothing_is_taken_and_a_new_address_is_learned_anew() {
        let mut leg = leg();
        let first = leg.media;
        leg.receive(first.remote, &mut datagram(0, 1, 10), Mono::default());
        leg.update(LegMedia { direction: Direction::SendOnly, ..first }, &mut Rng::seeded(3));
        let held = leg.receive(first.remote, &mut datagram(0, 1, 11), Mono::default());
        assert_eq!(kind(&held), "Direction");
        let moved = "192.0.2.7:9000".parse().unwrap();
        leg.update(LegMedia { remote: moved, ..first }, &mut Rng::seeded(3));
        let old = leg.receive(first.remote, &mut datagram(0, 1, 12), Mono::default());
        assert_eq!(kind(&old), "Address");
        let new = leg.receive(moved, &mut datagram(0, 77, 3), Mono::default());
        assert_eq!(kind(&new), "PCMU");
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80), first: u8) {
            let mut leg = leg();
            let mut bytes = bytes;
            leg.receive(leg.media.remote, &mut bytes.clone(), Mono::default());
            if let Some(byte) = bytes.first_mut() {
                *byte = 0x80 | first & 0x3F;
            }
            leg.receive(leg.media.remote, &mut bytes.clone(), Mono::default());
        }
    }
}
