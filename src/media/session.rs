//! Media of one call: its legs, the plays on them, and which two legs are relayed to each other.
//!
//! A state machine without sockets: datagrams come in as slices of a buffer and leave as ranges of
//! it; time is an argument. In steady state it allocates nothing per packet.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::base::Codec;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OwnPorts;
use crate::base::PlayId;
use crate::base::Rng;

use super::MediaEvent;
use super::PlayItem;
use super::event::Outgoing;
use super::event::Port;
use super::leg::Ignored;
use super::leg::Leg;
use super::leg::LegMedia;
use super::leg::Received;
use super::leg::Samples;
use super::player::Player;
use super::relay::Cargo;
use super::relay::Route;
use super::rtcp;
use super::slot::HoldSound;
use super::slot::MUSIC_PAUSE;
use super::slot::Slot;
use super::slot::Voice;
use crate::base::LegId;

/// Most legs of one call: the caller and the buyers that ring at the same time.
pub const LEGS_MAX: usize = 16;
/// Most events that wait to be polled; digits beyond it are dropped.
pub const EVENTS_MAX: usize = 64;

/// Whether something that is reported once for all legs was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    Due,
    Given,
}

/// Media of one call.
#[derive(Debug)]
pub struct Session {
    slots: SmallVec<[Slot; 2]>,
    events: VecDeque<MediaEvent>,
    silent_after: Duration,
    /// Source of the first datagram from an address that belongs to no leg.
    stranger: Option<SocketAddr>,
    /// Whether a leg was already reported to send too fast.
    flooded: Notice,
    /// Whether a leg was already reported to send under another key.
    unauthentic: Notice,
    own: Arc<OwnPorts>,
    name: [u8; 16],
    rng: Rng,
}

impl Session {
    /// Creates a session without legs. Reports a relayed leg as silent after `silent_after` without
    /// RTP. No leg learns one of the switch's `own` ports as its source.
    pub fn new(silent_after: Duration, own: Arc<OwnPorts>, mut rng: Rng) -> Self {
        let mut name = [0; 16];
        for digit in &mut name {
            *digit = b'a' + u8::try_from(rng.below(26)).unwrap_or(0);
        }
        let (slots, events) = (SmallVec::new(), VecDeque::new());
        let (stranger, flooded, unauthentic) = (None, Notice::Due, Notice::Due);
        Self { slots, events, silent_after, stranger, flooded, unauthentic, own, name, rng }
    }

    /// Adds a leg after the others. Returns false if there are already `LEGS_MAX`, or one with this
    /// id.
    pub fn open(&mut self, id: LegId, media: LegMedia, now: Now) -> bool {
        if self.slots.len() >= LEGS_MAX || self.index(id).is_some() {
            return false;
        }
        let leg = Leg::new(media, self.own.clone(), &mut self.rng, now);
        let report_at = now.mono + self.report_pause();
        self.slots.push(Slot::new(id, leg, report_at));
        true
    }

    /// Applies a leg's new negotiation.
    pub fn update(&mut self, id: LegId, media: LegMedia, now: Now) {
        let silent_after = self.silent_after;
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.id == id) {
            slot.leg.update(media, &mut self.rng);
            // Packets that were not relayed before must not look like loss.
            slot.route = Route::default();
            slot.watch(silent_after, now.mono);
        }
    }

    /// Removes a leg and ends its relay. The index of each later leg decreases by one.
    pub fn close(&mut self, id: LegId) {
        self.part(id);
        if let Some(index) = self.index(id) {
            let slot = self.slots.remove(index);
            let counters = Box::new(*slot.leg.counters());
            self.emit(MediaEvent::Closed { leg: id, counters });
        }
    }

    /// Starts a play on a leg, in place of the current one. The relay to the leg pauses meanwhile.
    pub fn play(&mut self, leg: LegId, play: PlayId, items: Vec<PlayItem>, repeat: bool, now: Now) {
        if let Some(slot) = self.slot(leg) {
            slot.playback.play(Player::new(play, items, repeat), &slot.leg, now.mono);
        }
    }

    /// Reports what a leg received so far.
    pub fn account(&mut self, id: LegId) {
        let traffic = self.leg(id).map(Leg::traffic).unwrap_or_default();
        self.emit(MediaEvent::Traffic { leg: id, traffic });
    }

    /// Stops the play on a leg.
    pub fn stop(&mut self, leg: LegId) {
        if let Some(slot) = self.slot(leg) {
            slot.playback.stop();
        }
    }

    /// Plays items on a leg, endlessly, while its partner holds. Audio of the partner (its own
    /// music) comes first. The leg's silence is not reported meanwhile.
    pub fn hold(&mut self, leg: LegId, items: Vec<PlayItem>, now: Now) {
        if let Some(slot) = self.slot(leg) {
            slot.hold = Some(HoldSound { items, begins_at: Some(now.mono + MUSIC_PAUSE) });
            slot.watch_at = None;
        }
    }

    /// Ends the hold sound of a leg; its silence counts from now.
    pub fn resume(&mut self, leg: LegId, now: Now) {
        let silent_after = self.silent_after;
        if let Some(slot) = self.slot(leg) {
            slot.resume();
            slot.watch(silent_after, now.mono);
        }
    }

    /// Sends digits on a leg: as telephone events, or as tones if events were not negotiated. A
    /// current play continues afterwards.
    pub fn send_digits(&mut self, leg: LegId, digits: &str, now: Now) {
        if let Some(slot) = self.slot(leg) {
            slot.playback.press(digits, &slot.leg, now.mono);
        }
    }

    /// Relays two legs to each other and ends their earlier relays.
    pub fn relay(&mut self, a: LegId, b: LegId, now: Now) {
        if a == b || self.index(a).is_none() || self.index(b).is_none() {
            return;
        }
        self.part(a);
        self.part(b);
        let silent_after = self.silent_after;
        for (id, partner) in [(a, b), (b, a)] {
            if let Some(slot) = self.slot(id) {
                slot.partner = Some(partner);
                slot.voice = Voice::Awaited;
                slot.route = Route::default();
                slot.watch(silent_after, now.mono);
            }
        }
    }

    /// Relays a leg to another, one way, and ends the earlier relays of both: early media.
    pub fn feed(&mut self, from: LegId, to: LegId) {
        if from == to || self.index(from).is_none() {
            return;
        }
        self.part(from);
        self.part(to);
        if let Some(target) = self.slot(to) {
            target.route = Route::default();
            if let Some(source) = self.slot(from) {
                source.partner = Some(to);
            }
        }
    }

    fn part(&mut self, id: LegId) {
        for slot in &mut self.slots {
            if slot.id == id || slot.partner == Some(id) {
                slot.partner = None;
                slot.watch_at = None;
                slot.end_noise();
            }
        }
    }

    /// Reads an RTP datagram that arrived on a leg's even port, and deciphers it in place.
    pub fn receive(
        &mut self,
        index: usize,
        from: SocketAddr,
        datagram: &mut [u8],
        now: Now,
    ) -> Option<Received> {
        let slot = self.slots.get_mut(index)?;
        let received = slot.leg.receive(from, datagram, now.mono);
        let leg = slot.id;
        if let Received::Audio(..) = &received
            && slot.partner.is_some()
            && slot.voice == Voice::Awaited
        {
            slot.voice = Voice::Heard;
            self.emit(MediaEvent::Heard { leg });
        }
        if received == Received::Ignored(Ignored::Address) && self.stranger.is_none() {
            self.stranger = Some(from);
            self.emit(MediaEvent::Stranger { leg, from });
        }
        if received == Received::Ignored(Ignored::Rate) && self.flooded == Notice::Due {
            self.flooded = Notice::Given;
            self.emit(MediaEvent::Flooded { leg });
        }
        if received == Received::Ignored(Ignored::Unauthentic) && self.unauthentic == Notice::Due {
            self.unauthentic = Notice::Given;
            self.emit(MediaEvent::Unauthentic { leg });
        }
        let slot = self.slots.get_mut(index)?;
        let digits = match &received {
            Received::Event(_, digits) => digits.clone(),
            Received::Audio(packet, codec) if slot.leg.media.events.is_none() => {
                let codes = datagram.get(packet.payload.clone()).unwrap_or(&[]);
                let samples = slot.leg.samples(*codec, codes);
                slot.detector.get_or_insert_default().hear_all(samples)
            }
            Received::Noise(level) => {
                let level = *level;
                let partner = slot.partner;
                if let Some(partner) = partner.and_then(|partner| self.slot(partner)) {
                    partner.sound_alive(level, now.mono);
                }
                return Some(received);
            }
            Received::Audio(..) | Received::Ignored(_) => return Some(received),
        };
        for digit in digits {
            self.emit(MediaEvent::Digit { leg, digit });
        }
        Some(received)
    }

    /// Rewrites the received packet for the leg's partner, in the same buffer.
    pub fn forward(
        &mut self,
        index: usize,
        received: &Received,
        buffer: &mut [u8],
        now: Now,
    ) -> Option<Outgoing> {
        let (packet, cargo) = match received {
            Received::Audio(packet, codec) => (packet, Cargo::Sound(*codec)),
            Received::Event(packet, _) => (packet, Cargo::Event),
            Received::Noise(_) | Received::Ignored(_) => return None,
        };
        let partner = self.slots.get(index)?.partner?;
        let leg = self.index(partner)?;
        let [from, to] = self.slots.get_disjoint_mut([index, leg]).ok()?;
        if let Cargo::Sound(_) = cargo {
            to.yield_to_music(now.mono);
            to.end_noise();
        }
        if to.playback.is_on() {
            // The leg is playing a prompt; packets skipped meanwhile must not look like loss.
            to.route = Route::default();
            return None;
        }
        let range =
            to.route.forward((packet, cargo), (&from.leg, &mut to.leg), buffer, now.mono)?;
        let range = to.leg.protect(Port::Rtp, range, buffer)?;
        Some(Outgoing { leg, port: Port::Rtp, remote: to.leg.address(), range })
    }

    /// Reads an RTCP datagram that arrived on a leg's odd port.
    pub fn receive_rtcp(&mut self, index: usize, from: SocketAddr, datagram: &mut [u8], now: Now) {
        if let Some(slot) = self.slots.get_mut(index)
            && let Some(datagram) = slot.leg.decipher_report(datagram)
            && slot.leg.takes_rtcp(from)
        {
            rtcp::read_reports(&mut slot.leg, datagram, now);
        }
    }

    /// Writes the next due packet to the head of `buffer` (1,500 bytes are enough for all). Returns
    /// `None` if none is due; call it until then.
    pub fn transmit(&mut self, buffer: &mut [u8], now: Now) -> Option<Outgoing> {
        for leg in 0..self.slots.len() {
            let slot = self.slots.get_mut(leg)?;
            slot.play_hold(now.mono);
            let played = |play| MediaEvent::Played { leg: slot.id, play };
            let (sent, ended) = slot.playback.transmit(&mut slot.leg, buffer, now.mono);
            let event = ended.map(played);
            let remote = slot.leg.address();
            let sent = sent.and_then(|range| slot.leg.protect(Port::Rtp, range, buffer));
            if let Some(event) = event {
                self.emit(event);
            }
            if let Some(range) = sent {
                return Some(Outgoing { leg, port: Port::Rtp, remote, range });
            }
            self.watch_silence(leg, now);
            if let Some(report) = self.report(leg, buffer, now) {
                return Some(report);
            }
        }
        None
    }

    fn report(&mut self, leg: usize, buffer: &mut [u8], now: Now) -> Option<Outgoing> {
        let pause = self.report_pause();
        let name = self.name;
        let slot = self.slots.get_mut(leg)?;
        if slot.report_at > now.mono {
            return None;
        }
        slot.report_at = now.mono + pause;
        let remote = slot.leg.rtcp_address();
        if remote.ip().is_unspecified() {
            return None;
        }
        let length = rtcp::write_report(&mut slot.leg, &name, buffer, now)?;
        let range = slot.leg.protect(Port::Rtcp, 0..length, buffer)?;
        Some(Outgoing { leg, port: Port::Rtcp, remote, range })
    }

    fn watch_silence(&mut self, leg: usize, now: Now) {
        let silent_after = self.silent_after;
        let Some(slot) = self.slots.get_mut(leg) else { return };
        if let Some(heard) = slot.fell_silent(silent_after, now.mono) {
            let leg = slot.id;
            self.emit(MediaEvent::Silent { leg, heard });
        }
    }

    /// Returns the next event.
    pub fn poll(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// Returns when `transmit` must be called next.
    pub fn deadline(&self) -> Option<Mono> {
        self.slots.iter().map(Slot::due).min()
    }

    /// Returns a leg's index, which is stable until a leg before it is closed.
    pub fn index(&self, id: LegId) -> Option<usize> {
        self.slots.iter().position(|slot| slot.id == id)
    }

    /// Returns the samples at 8 kHz of the audio packet that a leg has just received.
    pub(crate) fn samples<'a>(
        &'a self,
        index: usize,
        codec: Codec,
        codes: &'a [u8],
    ) -> Option<Samples<'a>> {
        self.slots.get(index).map(|slot| slot.leg.samples(codec, codes))
    }

    /// Returns a leg.
    pub fn leg(&self, id: LegId) -> Option<&Leg> {
        self.slots.iter().find(|slot| slot.id == id).map(|slot| &slot.leg)
    }

    fn slot(&mut self, id: LegId) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.id == id)
    }

    /// Queues an event. Digits may be dropped if they are not polled; the other events are few, one
    /// for each command.
    fn emit(&mut self, event: MediaEvent) {
        let droppable = matches!(event, MediaEvent::Digit { .. });
        if !droppable || self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        }
    }

    /// Returns half to one and a half of the interval, so that calls do not report in step.
    fn report_pause(&mut self) -> Duration {
        let span = u64::try_from(rtcp::RTCP_INTERVAL.as_nanos()).unwrap_or(0);
        Duration::from_nanos(span / 2 + self.rng.below(span))
    }
}

#[cfg(test)]
mod tests;
