//! State machine of one call: a caller in a flow, buyers being rung, two parties bridged.
//!
//! The machine composes `sip`, `sdp`, `media`'s orders, `flow`, `routing` and `billing`, which do
//! not depend on each other. It owns all state of the call; one task owns the machine. Call
//! [`Machine::handle`], then drain [`Machine::poll`] until it is empty.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::CallId;
use crate::base::Codec;
use crate::base::Fields;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::OwnPorts;
use crate::base::PlayId;
use crate::base::Rng;
use crate::base::SourceId;
use crate::book::Book;
use crate::book::Source;
use crate::flow;
use crate::flow::Driver;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::routing::Inquiry;
use crate::sale;
use crate::sale::Auctioneer;
use crate::sale::Bidders;
use crate::sale::ConversionSecret;
use crate::sale::EveryPhone;
use crate::sale::GivenUp;
use crate::sale::Promise;
use crate::sip;

use super::CallEvent;
use super::CallRecord;
use super::Finished;
use super::Input;
use super::MediaOrder;
use super::Output;
use super::Recorder;
use super::begin_sale::begin_sale;
use super::caller::Caller;
use super::caller::status;
use super::held::Holding;
use super::keys::KeyPath;
use super::keys::Keys;
use super::leg::Leg;
use super::media::MediaWatch;
use super::pressed::Pressed;
use super::recording::InProgress;
use super::transfers::Transfers;

/// Longest call; then the switch hangs up both parties.
pub(crate) const CALL_MAX: Duration = Duration::from_secs(4 * 3_600);
/// Interval of a live call's heartbeat: the most connected time that a crash can take from a bill.
pub const BEAT: Duration = Duration::from_secs(5);

/// Data of a call that begins.
#[derive(Debug)]
pub struct Setup {
    /// The INVITE.
    pub incoming: Box<sip::Incoming>,
    /// Public address of the switch's RTP socket for the caller.
    pub local: std::net::SocketAddr,
    /// Public host of the switch, for `From` and `P-Asserted-Identity`.
    pub host: String,
    /// Record so far: number, caller, trunk, offer, source, flow, book.
    pub record: CallRecord,
    /// Fields of the caller: `phone`.
    pub fields: Fields,
    /// Flow of the number.
    pub flow: Arc<Flow>,
    /// The switch's own media ports.
    pub own_ports: Arc<OwnPorts>,
    /// Source of the call, which is paid if the call is billable.
    pub source: Option<Source>,
    /// What the caller gets who is on a suppression list.
    pub refusal: GivenUp,
    /// Offers whose calls are not billable if a party was never heard.
    pub unbilled_silence: BTreeSet<OfferId>,
    /// Secret that the buyers' conversion keys are made with.
    pub conversions: ConversionSecret,
    /// The book, which says whose bids are asked for, and how trunks are used.
    pub book: Arc<Book>,
}

/// Stage of a call.
#[derive(Debug)]
pub(super) enum Stage {
    /// The flow is in control.
    Asking,
    /// The call is for sale, or a fixed destination rings.
    Ringing,
    /// A leg accepted; the address of the caller's audio is not known yet.
    Won {
        /// Leg that accepted.
        buyer: LegId,
        /// Codec of the leg.
        codec: Codec,
        /// End of the wait for the caller.
        until: Mono,
    },
    /// The media of the two legs is bridged; the caller's ACK is awaited.
    Connected {
        /// Leg that accepted.
        buyer: LegId,
        /// End of the wait for the caller.
        until: Mono,
    },
    /// The winner is bridged with the caller.
    Bridged {
        /// Leg of the winner.
        buyer: LegId,
        /// Start of the bridge.
        since: Mono,
    },
    /// The offer's recording plays; then the call ends.
    Announcement,
    /// The record is written; legs may still be ending.
    Over,
    /// The last leg has ended, and the machine has sent `Done`.
    Done,
}

/// Whether the call's record is on disk.
#[derive(Debug)]
pub(super) enum Opening {
    /// Not yet: no leg is rung before.
    Awaited {
        /// Legs to prepare once the record is on disk.
        legs: Vec<LegId>,
    },
    Durable,
}

/// State machine of one call.
#[derive(Debug)]
pub struct Machine {
    pub(super) host: String,
    pub(super) own_ports: Arc<OwnPorts>,
    pub(super) book: Arc<Book>,
    pub(super) record: CallRecord,
    pub(super) opening: Opening,
    /// Driver of the call's flows.
    pub(super) driver: Driver,
    /// State machine of the sale.
    pub(super) sale: sale::Machine<Bidders<EveryPhone>>,
    pub(super) auctioneer: Auctioneer,
    pub(super) caller: Caller,
    pub(super) stage: Stage,
    /// All outbound legs that have not ended, including the winner's.
    pub(super) legs: BTreeMap<LegId, Leg>,
    /// Latest play on any leg.
    pub(super) latest_play: PlayId,
    /// Play whose end the flow awaits.
    pub(super) caller_play: PlayId,
    /// Action that waits for the caller's audio path.
    pub(super) pending: Pending,
    /// Sound in place of the ringback tone, while buyers or a fixed destination ring.
    pub(super) ringback: Option<Sound>,
    /// The current recording.
    pub(super) recording: Option<InProgress>,
    pub(super) rng: Rng,
    keys: Keys,
    /// Parties that hold the call.
    pub(super) holding: Holding,
    pub(super) transfers: Transfers,
    /// Why the party that ends the call does so; passed on to the others.
    pub(super) parting: Option<sip::Reason>,
    pub(super) media: MediaWatch,
    /// Record of a call that has ended; it waits for the recording and the media's reports.
    pub(super) finished: Option<Box<Finished>>,
    pub(super) unbilled_silence: BTreeSet<OfferId>,
    pub(super) conversions: ConversionSecret,
    /// Keys that the buyer has pressed since the bridge.
    pub(super) pressed: Pressed,
    begun: Mono,
    next_beat: Mono,
    outputs: VecDeque<Output>,
}

/// Action that waits for the caller's audio path.
#[derive(Debug)]
pub(super) enum Pending {
    Nothing,
    /// Start of the flow.
    Start,
    /// A play.
    Play(Vec<Sound>),
    /// A recording.
    Record(Recorder),
}

impl Machine {
    /// Creates a call that has just arrived. Its first outputs open its record and count its pool.
    pub fn new(setup: Setup, mut rng: Rng, now: Now) -> Self {
        let Setup { incoming, local, host, record, fields, flow, .. } = setup;
        let Setup { own_ports, source, refusal, unbilled_silence, conversions, book, .. } = setup;
        let (from, calls) = (Some(record.source.clone()), record.caller.clone());
        let caller = Caller::new(&incoming, local, &book, &mut rng);
        let (sale, auctioneer) = begin_sale(EveryPhone, &record, book.clone(), source);
        let mut machine = Self {
            host,
            own_ports,
            book,
            opening: Opening::Awaited { legs: Vec::new() },
            driver: Driver::new(flow, fields, from, calls),
            sale,
            auctioneer,
            caller,
            stage: Stage::Asking,
            legs: BTreeMap::new(),
            latest_play: PlayId::default(),
            caller_play: PlayId::default(),
            pending: Pending::Nothing,
            ringback: None,
            recording: None,
            rng,
            keys: Keys::default(),
            holding: Holding::default(),
            transfers: Transfers::default(),
            parting: None,
            media: MediaWatch::default(),
            finished: None,
            unbilled_silence,
            conversions,
            pressed: Pressed::default(),
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
        match machine.record.suppressed_by.clone() {
            Some(list) => machine.suppress(&list, &refusal, now),
            None => {
                machine.driver.begin();
                machine.drive(now);
            }
        }
        machine
    }

    /// Returns the call's id.
    pub fn id(&self) -> CallId {
        self.record.id
    }

    /// Returns what its source was promised before it came; `None` without a bid.
    pub fn promise(&self) -> Option<Promise> {
        self.record.promise()
    }

    /// Returns the call's source.
    pub fn source(&self) -> &SourceId {
        &self.record.source
    }

    /// Handles an input. Drain [`Machine::poll`] afterwards. After `Done` nothing changes.
    pub fn handle(&mut self, input: Input, now: Now) {
        if matches!(self.stage, Stage::Done) {
            return;
        }
        match input {
            Input::Sip(event) => self.on_sip(event, now),
            Input::Digit { leg, digit } => self.on_digit((leg, KeyPath::Media), digit, now),
            Input::Played { play } => self.on_played(play, now),
            Input::Silent { since } => self.on_silent(since, now),
            Input::Heard { leg } => self.on_heard(leg),
            Input::Traffic { leg, traffic } => self.on_traffic(leg, traffic),
            Input::Opened => self.on_opened(now),
            Input::NotOpened => self.on_not_opened(now),
            Input::Pool(size) => self.on_flow_answer(|driver| driver.pool(size, now), now),
            Input::Surveyed(decision) => self.sell(sale::Input::Surveyed(decision), now),
            Input::Bid(contract, reply) => self.on_bid(&contract, reply, now),
            Input::Decided(decision) => self.on_decided(decision, now),
            Input::Confirmed(attempt, answer) => self.on_confirmed(attempt, answer, now),
            Input::Held(result) => self.sell(sale::Input::Held(result), now),
            Input::Prepared { leg, route } => self.on_prepared(leg, route, now),
            Input::Unprepared { leg, outcome } => self.on_unprepared(leg, outcome, now),
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

    /// Returns the next output to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Returns when to call `handle(Input::Tick)` at the latest; `None` if there is no deadline.
    pub fn deadline(&self) -> Option<Mono> {
        if self.is_over() {
            return self.media.until();
        }
        let own = match self.stage {
            Stage::Asking => self.driver.deadline(),
            Stage::Ringing => self.sale.deadline(),
            Stage::Bridged { .. } => self.holding.deadline(),
            Stage::Won { until, .. } | Stage::Connected { until, .. } => Some(until),
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

    /// Handles a key, unless it is the second report of a press.
    pub(super) fn on_digit(&mut self, (leg, path): (LegId, KeyPath), digit: char, now: Now) {
        if !self.keys.is_new(leg, digit, path, now.mono) {
            return;
        }
        if leg != self.caller.session {
            // The key that accepts the call is no part of the keys that convert it.
            self.on_buyer_digit(leg, digit, now);
            self.on_gate_digit(leg, digit, now);
        } else if matches!(self.stage, Stage::Asking) {
            self.go_on(flow::Input::Digit(digit), now);
        }
    }

    fn on_tick(&mut self, now: Now) {
        if self.is_over() {
            return self.on_media_late(now);
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
            self.tick_auction(now);
            self.sell(sale::Input::Tick, now);
        }
        self.on_leg_deadlines(now);
        self.on_caller_late(now);
        self.on_hold_deadline(now);
    }

    /// Returns the inquiry to the routing core for the number's own offer.
    pub(super) fn own_inquiry(&self) -> Inquiry {
        self.record.inquiry(self.record.offer.clone(), self.driver.fields())
    }

    /// Returns the current record.
    pub fn whole_record(&self) -> CallRecord {
        self.record.with(&self.driver, &self.sale)
    }

    /// Returns whether the call has reached `CALL_MAX`.
    pub(super) fn is_too_long(&self, now: Now) -> bool {
        now.mono >= self.begun + CALL_MAX
    }

    pub(super) fn is_over(&self) -> bool {
        match self.stage {
            Stage::Over | Stage::Done => true,
            Stage::Asking
            | Stage::Ringing
            | Stage::Won { .. }
            | Stage::Connected { .. }
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

    /// Sends `Done`, once: when the record is written, no leg is left, and no hold can be granted
    /// any more.
    fn finish_when_quiet(&mut self) {
        let over = matches!(self.stage, Stage::Over);
        let asks = self.sale.awaits_hold() || self.keeps_waiting();
        if over && self.caller.is_gone() && self.legs.is_empty() && !asks {
            self.stage = Stage::Done;
            self.push(Output::Done);
        }
    }
}
