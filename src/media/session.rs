//! The media of one call: its legs, what plays on them, and which two hear each other.
//!
//! A machine without sockets: datagrams come in as slices of the caller's buffer and leave as
//! ranges of it; time is an argument. In steady state nothing is allocated per packet.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use smallvec::SmallVec;

use crate::base::Mono;
use crate::base::Now;
use crate::base::Rng;

use super::PlayItem;
use super::leg::Counters;
use super::leg::Leg;
use super::leg::LegMedia;
use super::leg::Received;
use super::player::Player;
use super::relay::Cargo;
use super::relay::Route;
use super::rtcp;
use super::talk::Talk;

/// Legs of one call: the caller, and as many as ring at once.
pub const LEGS_MAX: usize = 16;
/// Events waiting to be polled; beyond it digits are dropped.
pub const EVENTS_MAX: usize = 64;

/// A leg's name: the number of its SIP session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// What happened on a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// A key was pressed (RFC 4733).
    Digit {
        /// On this leg.
        leg: LegId,
        /// One of `0-9 * # A-D`.
        digit: char,
    },
    /// A play came to its end; once, and not when it was stopped or replaced.
    Played {
        /// On this leg.
        leg: LegId,
        /// The play's number.
        id: u64,
    },
    /// No RTP came for the configured time while the leg was relayed; once.
    Silent {
        /// From this leg.
        leg: LegId,
        /// When its last packet came.
        heard: Mono,
    },
    /// The leg is closed and its ports are free.
    Closed {
        /// This leg.
        leg: LegId,
        /// What passed on it.
        counters: Box<Counters>,
    },
    /// The leg could not be opened: too many, one of that name already, or no sockets.
    Failed {
        /// This leg.
        leg: LegId,
    },
}

/// Which of a leg's two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// The even one.
    Rtp,
    /// The odd one.
    Rtcp,
}

/// A packet to send: where it stands in the buffer that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The leg's index, as `Session::index` tells it.
    pub leg: usize,
    /// From which port.
    pub port: Port,
    /// To where.
    pub remote: SocketAddr,
    /// Its bytes in the buffer.
    pub range: Range<usize>,
}

/// The media of one call.
#[derive(Debug)]
pub struct Session {
    slots: SmallVec<[Slot; 2]>,
    events: VecDeque<MediaEvent>,
    silent_after: Duration,
    name: [u8; 16],
    rng: Rng,
}

#[derive(Debug)]
struct Slot {
    id: LegId,
    leg: Leg,
    /// Who hears this leg, and whom it hears.
    partner: Option<LegId>,
    /// How the partner's packets become this leg's.
    route: Route,
    talk: Talk,
    report_at: Mono,
    /// When to look whether the leg has fallen silent.
    watch_at: Option<Mono>,
}

impl Session {
    /// A call without legs. A relayed leg is reported silent after `silent_after` without RTP.
    pub fn new(silent_after: Duration, mut rng: Rng) -> Self {
        let mut name = [0; 16];
        for digit in &mut name {
            *digit = b'a' + u8::try_from(rng.below(26)).unwrap_or(0);
        }
        Self { slots: SmallVec::new(), events: VecDeque::new(), silent_after, name, rng }
    }

    /// Adds a leg behind the others; false when there are `LEGS_MAX`, or one of its name.
    pub fn open(&mut self, id: LegId, media: LegMedia, now: Now) -> bool {
        if self.slots.len() >= LEGS_MAX || self.index(id).is_some() {
            return false;
        }
        let leg = Leg::new(media, &mut self.rng, now);
        let report_at = now.mono + self.report_pause();
        self.slots.push(Slot {
            id,
            leg,
            partner: None,
            route: Route::default(),
            talk: Talk::default(),
            report_at,
            watch_at: None,
        });
        true
    }

    /// Takes a leg's new negotiation.
    pub fn update(&mut self, id: LegId, media: LegMedia, now: Now) {
        let silent_after = self.silent_after;
        if let Some(slot) = self.slot(id) {
            slot.leg.update(media);
            slot.watch(silent_after, now.mono);
        }
    }

    /// Removes a leg, parting it from its partner. The legs behind it move up by one index.
    pub fn close(&mut self, id: LegId) {
        self.part(id);
        if let Some(index) = self.index(id) {
            let slot = self.slots.remove(index);
            let counters = Box::new(*slot.leg.counters());
            self.tell(MediaEvent::Closed { leg: id, counters });
        }
    }

    /// Plays on a leg, instead of what plays there. What is relayed to the leg waits meanwhile.
    pub fn play(&mut self, leg: LegId, id: u64, items: Vec<PlayItem>, repeat: bool, now: Now) {
        if let Some(slot) = self.slot(leg) {
            slot.talk.play(Player::new(id, items, repeat), &slot.leg, now.mono);
        }
    }

    /// Stops what plays on a leg.
    pub fn stop(&mut self, leg: LegId) {
        if let Some(slot) = self.slot(leg) {
            slot.talk.stop();
        }
    }

    /// Sends digits on a leg: as telephone events, or as tones where those were not negotiated.
    /// What plays there goes on afterwards.
    pub fn send_digits(&mut self, leg: LegId, digits: &str, now: Now) {
        if let Some(slot) = self.slot(leg) {
            slot.talk.press(digits, &slot.leg, now.mono);
        }
    }

    /// Lets two legs hear each other, each parted from whom it heard before.
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
                slot.route = Route::default();
                slot.watch(silent_after, now.mono);
            }
        }
    }

    /// Parts all legs.
    pub fn unrelay(&mut self) {
        for slot in &mut self.slots {
            slot.partner = None;
            slot.watch_at = None;
        }
    }

    fn part(&mut self, id: LegId) {
        for slot in &mut self.slots {
            if slot.id == id || slot.partner == Some(id) {
                slot.partner = None;
                slot.watch_at = None;
            }
        }
    }

    /// Takes an RTP datagram that came to a leg's even port.
    pub fn receive(
        &mut self,
        index: usize,
        from: SocketAddr,
        datagram: &[u8],
        now: Now,
    ) -> Option<Received> {
        let slot = self.slots.get_mut(index)?;
        let received = slot.leg.receive(from, datagram, now.mono);
        if let Received::Event(_, digits) = &received {
            let leg = slot.id;
            for digit in digits {
                self.tell(MediaEvent::Digit { leg, digit: *digit });
            }
        }
        Some(received)
    }

    /// Turns what was just received into a packet for the leg's partner, in the same buffer.
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
            Received::Ignored(_) => return None,
        };
        let partner = self.slots.get(index)?.partner?;
        let leg = self.index(partner)?;
        let to = self.slots.get_mut(leg)?;
        if to.talk.is_on() {
            // The leg hears a prompt; afterwards the stream joins on anew.
            to.route = Route::default();
            return None;
        }
        let range = to.route.forward(packet, cargo, &mut to.leg, buffer, now.mono)?;
        Some(Outgoing { leg, port: Port::Rtp, remote: to.leg.media.remote, range })
    }

    /// Takes an RTCP datagram that came to a leg's odd port.
    pub fn receive_rtcp(&mut self, index: usize, from: SocketAddr, datagram: &[u8], now: Now) {
        if let Some(slot) = self.slots.get_mut(index)
            && from == slot.leg.media.rtcp_address()
        {
            rtcp::read_reports(&mut slot.leg, datagram, now);
        }
    }

    /// Writes the next packet that is due to the head of `buffer` (1,500 bytes are enough for
    /// all); `None` when no more is due. Call it until then.
    pub fn transmit(&mut self, buffer: &mut [u8], now: Now) -> Option<Outgoing> {
        for leg in 0..self.slots.len() {
            let slot = self.slots.get_mut(leg)?;
            let played = |id| MediaEvent::Played { leg: slot.id, id };
            let (sent, ended) = slot.talk.transmit(&mut slot.leg, buffer, now.mono);
            let event = ended.map(played);
            let remote = slot.leg.media.remote;
            if let Some(event) = event {
                self.tell(event);
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
        let length = rtcp::write_report(&mut slot.leg, &name, buffer, now)?;
        let remote = slot.leg.media.rtcp_address();
        Some(Outgoing { leg, port: Port::Rtcp, remote, range: 0..length })
    }

    fn watch_silence(&mut self, leg: usize, now: Now) {
        let silent_after = self.silent_after;
        let Some(slot) = self.slots.get_mut(leg) else { return };
        let Some(at) = slot.watch_at else { return };
        if at > now.mono {
            return;
        }
        let heard = slot.leg.heard();
        let due = heard + silent_after;
        if due > now.mono {
            slot.watch_at = Some(due);
        } else {
            slot.watch_at = None;
            let leg = slot.id;
            self.tell(MediaEvent::Silent { leg, heard });
        }
    }

    /// The next event.
    pub fn poll(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// When `transmit` is to be called next.
    pub fn deadline(&self) -> Option<Mono> {
        let due = |slot: &Slot| {
            [slot.talk.due(), slot.watch_at, Some(slot.report_at)].into_iter().flatten().min()
        };
        self.slots.iter().filter_map(due).min()
    }

    /// A leg's place; stable until a leg before it is closed.
    pub fn index(&self, id: LegId) -> Option<usize> {
        self.slots.iter().position(|slot| slot.id == id)
    }

    /// A leg.
    pub fn leg(&self, id: LegId) -> Option<&Leg> {
        self.slots.iter().find(|slot| slot.id == id).map(|slot| &slot.leg)
    }

    fn slot(&mut self, id: LegId) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.id == id)
    }

    /// Digits may be dropped when nobody polls; the others are few, each the answer to a command.
    fn tell(&mut self, event: MediaEvent) {
        let droppable = matches!(event, MediaEvent::Digit { .. });
        if !droppable || self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        }
    }

    /// Half to one and a half of the interval, so that calls do not report in step.
    fn report_pause(&mut self) -> Duration {
        let span = u64::try_from(rtcp::RTCP_INTERVAL.as_nanos()).unwrap_or(0);
        Duration::from_nanos(span / 2 + self.rng.below(span))
    }
}

impl Slot {
    /// Starts watching for silence if the leg is relayed and to be heard.
    fn watch(&mut self, silent_after: Duration, now: Mono) {
        let watched = self.partner.is_some() && self.leg.media.direction.receives();
        self.watch_at = watched.then(|| now + silent_after);
    }
}
