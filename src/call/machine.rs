//! One call as a machine: a caller in a flow, buyers being rung, two parties connected.
//!
//! The machine composes `sip`, `sdp`, `media`'s orders, `flow`, `routing` and `billing`, which
//! never see each other. It owns every fact of the call; one task owns it. Mutate with
//! [`Machine::handle`], then drain [`Machine::poll`] until it is empty.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::CallId;
use crate::base::Codec;
use crate::base::Fields;
use crate::base::LegId;
use crate::base::Money;
use crate::base::Mono;
use crate::base::Now;
use crate::base::PlayId;
use crate::base::Rng;
use crate::flow;
use crate::flow::Driver;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::routing::Inquiry;
use crate::sale;
use crate::sale::EveryPhone;
use crate::sip;

use super::CallEvent;
use super::CallRecord;
use super::Input;
use super::MediaOrder;
use super::Output;
use super::Recorder;
use super::caller::Caller;
use super::caller::status;
use super::leg::Leg;
use super::recording::Recording;

/// Longest call; then both parties are hung up.
pub(crate) const CALL_MAX: Duration = Duration::from_secs(4 * 3_600);
/// The interval of a live call's heartbeat: bounds what a crash can take from a bill.
pub const BEAT: Duration = Duration::from_secs(5);

/// What is known when a call begins.
#[derive(Debug)]
pub struct Setup {
    /// The INVITE.
    pub incoming: Box<sip::Incoming>,
    /// Our RTP socket for the caller, as the caller reaches it.
    pub local: std::net::SocketAddr,
    /// Our host as carriers see it, for `From` and `P-Asserted-Identity`.
    pub host: String,
    /// The record as far as it is known: number, caller, trunk, offer, source, flow, book.
    pub record: CallRecord,
    /// The caller's fields: `phone`.
    pub fields: Fields,
    /// The number's flow.
    pub flow: Arc<Flow>,
    /// What the source is owed for a billable call.
    pub payout: Option<Money>,
}

/// What the call is doing.
#[derive(Debug)]
pub(super) enum Stage {
    /// The flow is in control.
    Asking,
    /// The call is for sale, or a fixed destination is rung.
    Ringing,
    /// A leg accepted; where the caller's audio goes is not known yet.
    Won {
        /// Who.
        buyer: LegId,
        /// What they speak.
        codec: Codec,
    },
    /// The two can hear each other; the caller's ACK is awaited.
    Connected(LegId),
    /// The winner is bridged with the caller.
    Bridged {
        /// The winner.
        buyer: LegId,
        /// Since when.
        since: Mono,
    },
    /// The offer's recording plays; then the call ends.
    Announcement,
    /// The record is written; legs may still be ending.
    Over,
    /// The last leg has ended, and `Done` was said.
    Done,
}

/// Whether the call's record is on disk.
#[derive(Debug)]
pub(super) enum Opening {
    /// Not yet: no leg is rung before.
    Awaited {
        /// The legs that are prepared then.
        legs: Vec<LegId>,
    },
    Durable,
}

/// One call.
#[derive(Debug)]
pub struct Machine {
    pub(super) host: String,
    pub(super) record: CallRecord,
    pub(super) opening: Opening,
    /// Its way through the flows.
    pub(super) driver: Driver,
    /// How it is sold.
    pub(super) sale: sale::Machine<EveryPhone>,
    pub(super) caller: Caller,
    pub(super) stage: Stage,
    /// Every outbound leg that has not ended, the winner's among them.
    pub(super) legs: BTreeMap<LegId, Leg>,
    /// The number of the latest play order to anybody.
    pub(super) latest_play: PlayId,
    /// The number of the play order whose end the flow awaits.
    pub(super) caller_play: PlayId,
    /// What waits for the caller's audio path.
    pub(super) pending: Pending,
    /// A recording that is under way, and how many there have been.
    pub(super) recording: Option<Recording>,
    pub(super) recordings: u32,
    pub(super) rng: Rng,
    begun: Mono,
    next_beat: Mono,
    outputs: VecDeque<Output>,
}

/// What waits for the caller's audio path.
#[derive(Debug)]
pub(super) enum Pending {
    Nothing,
    /// The flow's first step.
    Start,
    /// Sounds.
    Play(Vec<Sound>),
    /// A recording.
    Record(Recorder),
}

impl Machine {
    /// A call that has just come in. Asks for its record to be opened and for its first pool.
    pub fn new(setup: Setup, rng: Rng, now: Now) -> Self {
        let Setup { incoming, local, host, record, fields, flow, payout } = setup;
        let (source, calls) = (Some(record.source.clone()), record.caller.clone());
        let mut machine = Self {
            host,
            opening: Opening::Awaited { legs: Vec::new() },
            driver: Driver::new(flow, fields, source, calls),
            sale: sale::Machine::new(EveryPhone, payout),
            caller: Caller::new(&incoming, local),
            stage: Stage::Asking,
            legs: BTreeMap::new(),
            latest_play: PlayId::default(),
            caller_play: PlayId::default(),
            pending: Pending::Nothing,
            recording: None,
            recordings: 0,
            rng,
            begun: now.mono,
            next_beat: now.mono + BEAT,
            outputs: VecDeque::new(),
            record,
        };
        machine.report(CallEvent::Arrived {
            number: machine.record.number.clone(),
            caller: machine.record.caller.clone(),
            ingress: machine.record.ingress.clone(),
            offer: machine.record.offer.clone(),
        });
        machine.push(Output::Open(Box::new(machine.record.clone())));
        machine.driver.begin();
        machine.drive(now);
        machine
    }

    /// The call's id.
    pub fn id(&self) -> CallId {
        self.record.id
    }

    /// Takes in what happened. Drain [`Machine::poll`] afterwards. After `Done` nothing changes.
    pub fn handle(&mut self, input: Input, now: Now) {
        if matches!(self.stage, Stage::Done) {
            return;
        }
        match input {
            Input::Sip(event) => self.on_sip(event, now),
            Input::Digit { leg, digit } => self.on_digit(leg, digit, now),
            Input::Played { play } => self.on_played(play, now),
            Input::Silent { since } => self.on_silent(since, now),
            Input::Opened => self.on_opened(now),
            Input::NotOpened => self.on_not_opened(now),
            Input::Pool(size) => self.on_flow_answer(|driver| driver.pool(size, now), now),
            Input::Decided(decision) => self.sell(sale::Input::Decided(decision), now),
            Input::Held(result) => self.sell(sale::Input::Held(result), now),
            Input::Prepared { leg, route } => self.on_prepared(leg, route, now),
            Input::Unprepared { leg } => self.on_unprepared(leg, now),
            Input::Loaded(flow) => self.on_flow_answer(|driver| driver.loaded(flow), now),
            Input::Needed(fields) => self.driver.needed(fields),
            Input::LastCall(last) => self.on_flow_answer(|driver| driver.last_call(last), now),
            Input::LookedUp(found) => self.on_looked_up(found, now),
            Input::Recorded { place, length } => self.on_recorded(place, length, now),
            Input::Tick => self.on_tick(now),
            Input::HangUp => self.on_hung_up(now),
            Input::Stop => self.on_stop(now),
        }
        self.finish_when_quiet();
    }

    /// The next thing to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle(Input::Tick)` at the latest; `None` when nothing is waited for.
    pub fn deadline(&self) -> Option<Mono> {
        if self.is_over() {
            return None;
        }
        let own = match self.stage {
            Stage::Asking => self.driver.deadline(),
            Stage::Ringing => self.sale.deadline(),
            Stage::Won { .. } | Stage::Connected(_) | Stage::Bridged { .. } => None,
            Stage::Announcement | Stage::Over | Stage::Done => None,
        };
        let legs = self.legs.values().filter_map(Leg::deadline);
        legs.chain(own).chain([self.next_beat, self.begun + CALL_MAX]).min()
    }

    fn on_sip(&mut self, event: sip::Event, now: Now) {
        let session = event.session();
        if session == self.caller.session {
            self.on_caller(event, now);
        } else {
            self.on_buyer(session, event, now);
        }
    }

    pub(super) fn on_digit(&mut self, leg: LegId, digit: char, now: Now) {
        if leg != self.caller.session {
            self.on_gate_digit(leg, digit, now);
        } else if matches!(self.stage, Stage::Asking) {
            self.go_on(flow::Input::Digit(digit), now);
        }
    }

    fn on_tick(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        if self.is_too_long(now) {
            return self.hang_up(status::TEMPORARILY_UNAVAILABLE, now);
        }
        if now.mono >= self.next_beat {
            self.next_beat = now.mono + BEAT;
            let holds = self.sale.holds().map(|hold| hold.id).collect();
            self.push(Output::Beat { holds });
        }
        let flow_is_due = matches!(self.stage, Stage::Asking)
            && self.driver.deadline().is_some_and(|due| now.mono >= due);
        if flow_is_due {
            self.go_on(flow::Input::Tick, now);
        }
        if self.sale.deadline().is_some_and(|due| now.mono >= due) {
            self.sell(sale::Input::Tick, now);
        }
        self.on_leg_deadlines(now);
    }

    /// What the routing core is asked of the number's own offer.
    pub(super) fn own_inquiry(&self) -> Inquiry {
        self.record.inquiry(self.record.offer.clone(), self.driver.fields())
    }

    /// Returns the record as it is now.
    pub fn whole_record(&self) -> CallRecord {
        self.record.with(&self.driver, &self.sale)
    }

    /// Whether the call has lasted as long as any may.
    pub(super) fn is_too_long(&self, now: Now) -> bool {
        now.mono >= self.begun + CALL_MAX
    }

    pub(super) fn is_over(&self) -> bool {
        match self.stage {
            Stage::Over | Stage::Done => true,
            Stage::Asking
            | Stage::Ringing
            | Stage::Won { .. }
            | Stage::Connected(_)
            | Stage::Bridged { .. }
            | Stage::Announcement => false,
        }
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn report(&mut self, event: CallEvent) {
        self.push(Output::Event(event));
    }

    pub(super) fn order(&mut self, order: MediaOrder) {
        self.push(Output::Media(order));
    }

    pub(super) fn command(&mut self, command: sip::Command) {
        self.push(Output::Sip(command));
    }

    /// Puts out `Done`, once: when the record is written, no leg is left, and no hold may still be
    /// granted.
    fn finish_when_quiet(&mut self) {
        let over = matches!(self.stage, Stage::Over);
        let asks = self.sale.awaits_hold() || self.keeps_waiting();
        if over && self.caller.is_gone() && self.legs.is_empty() && !asks {
            self.stage = Stage::Done;
            self.push(Output::Done);
        }
    }
}
