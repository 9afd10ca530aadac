//! One call as a machine: a caller in a flow, buyers being rung, two parties talking.
//!
//! The machine composes `sip`, `sdp`, `media`'s orders, `flow`, `routing` and `billing`, which
//! never see each other. It owns every fact of the call; one task owns it. Mutate with
//! [`Machine::handle`], then drain [`Machine::poll`] until it is empty.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Money;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::flow;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::sip;
use crate::sip::SessionId;

use super::CallRecord;
use super::Input;
use super::MediaOrder;
use super::Output;
use super::Recorder;
use super::Story;
use super::attempt::Attempt;
use super::caller::Caller;
use super::caller::status;
use super::disqualified::HANDOVERS_MAX;
use super::keeping::Recording;
use super::ringing::Race;

/// Longest call; then both parties are hung up.
pub(crate) const CALL_MAX: Duration = Duration::from_secs(4 * 3_600);
/// How often a live call says so: bounds what a crash can take from a bill.
pub const BEAT: Duration = Duration::from_secs(5);
/// Most flows that one call may go through, so that redirects cannot loop.
pub(crate) const FLOWS_MAX: u32 = 20;

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
    /// The flow has the word.
    Asking,
    /// A decision is awaited, or its picks are being rung.
    Ringing(Race),
    /// The winner talks with the caller.
    Bridged {
        /// Since when.
        since: Mono,
    },
    /// The offer's recording plays; then the call ends.
    Farewell,
    /// The record is written; legs may still be ending.
    Over,
    /// The last leg has ended, and `Done` was said.
    Done,
}

/// One call.
#[derive(Debug)]
pub struct Machine {
    pub(super) host: String,
    pub(super) record: CallRecord,
    pub(super) decisions: Vec<Decision>,
    /// How many of them were written when a buyer was last dialled.
    pub(super) decisions_written: usize,
    pub(super) fields: Fields,
    /// The number's offer: what a step sells that names no other.
    pub(super) own_offer: OfferId,
    /// The offer that is being sold now: the number's, a step's, or one it was handed on to.
    pub(super) offer: OfferId,
    pub(super) run: flow::Run,
    pub(super) flows_left: u32,
    pub(super) handovers_left: u32,
    /// How many decisions there were when the last one's DQ destination was taken.
    pub(super) handed_over_after: usize,
    /// Contracts that could take the call, when last asked.
    pub(super) pool: Pool,
    pub(super) caller: Caller,
    pub(super) stage: Stage,
    /// Every outbound leg that has not ended, the winner's among them.
    pub(super) attempts: BTreeMap<SessionId, Attempt>,
    /// How the flow wants buyers rung.
    pub(super) ringing: flow::Ringing,
    /// How often it was decided again, as every hold had been refused.
    pub(super) decided_again: u32,
    /// How many buyers were tried. One whose cap was full does not count.
    pub(super) tried: u32,
    /// The number of the latest play order to anybody.
    pub(super) sounds: u64,
    /// The number of the play order whose end the flow awaits.
    pub(super) caller_sounds: u64,
    /// What waits for the caller's audio path.
    pub(super) pending: Pending,
    /// A recording that is under way, and how many there have been.
    pub(super) recording: Option<Recording>,
    pub(super) recordings: u32,
    /// Fields that may still change who takes the call, when last asked.
    pub(super) needed: Option<BTreeSet<FieldName>>,
    pub(super) last_call: LastCall,
    /// What the source is owed for a billable call.
    pub(super) source_payout: Option<Money>,
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

/// What is known of the caller's last call before this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastCall {
    /// No flow has asked.
    Unasked,
    /// The database is asked.
    Awaited,
    /// When it was, if there was one.
    Told(Option<Wall>),
}

/// How many contracts could take the call, and what is done when that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pool {
    /// Asked before the flow's first step.
    AwaitFirst,
    /// Asked after a field became known.
    AwaitAfterField {
        /// The size before.
        before: usize,
        /// The field.
        field: FieldName,
    },
    /// Asked before the flow is handed an input: time has passed, buyers have come and gone.
    AwaitBefore {
        /// The size before.
        before: usize,
        /// What the flow is handed then.
        input: flow::Input,
    },
    /// Known.
    Known(usize),
}

impl Machine {
    /// A call that has just come in. Asks for its record to be opened and for its first pool.
    pub fn new(setup: Setup, rng: Rng, now: Now) -> Self {
        let Setup { incoming, local, host, record, fields, flow, payout } = setup;
        let offer = record.offer.clone();
        let mut machine = Self {
            host,
            decisions: Vec::new(),
            decisions_written: 0,
            fields,
            own_offer: offer.clone(),
            offer,
            run: flow::Run::new(flow),
            flows_left: FLOWS_MAX,
            handovers_left: HANDOVERS_MAX,
            handed_over_after: 0,
            pool: Pool::AwaitFirst,
            caller: Caller::new(&incoming, local),
            stage: Stage::Asking,
            attempts: BTreeMap::new(),
            ringing: flow::Ringing::default(),
            decided_again: 0,
            tried: 0,
            sounds: 0,
            caller_sounds: 0,
            pending: Pending::Nothing,
            recording: None,
            recordings: 0,
            needed: None,
            last_call: LastCall::Unasked,
            source_payout: payout,
            rng,
            begun: now.mono,
            next_beat: now.mono + BEAT,
            outputs: VecDeque::new(),
            record,
        };
        machine.tell(Story::Arrived {
            number: machine.record.number.clone(),
            caller: machine.record.caller.clone(),
            trunk: machine.record.trunk.clone(),
            offer: machine.offer.clone(),
        });
        machine.push(Output::Open(Box::new(machine.record.clone())));
        machine.count_pool();
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
            Input::Played { sounds } => self.on_played(sounds, now),
            Input::Silent { since } => self.on_silent(since, now),
            Input::Opened => self.on_opened(now),
            Input::NotOpened => self.on_not_opened(now),
            Input::Pool(size) => self.on_pool(size, now),
            Input::Decided(decision) => self.on_decided(*decision, now),
            Input::Held { leg, result } => self.on_held(leg, result, now),
            Input::Prepared { leg, route } => self.on_prepared(leg, route, now),
            Input::Unprepared { leg } => self.on_unprepared(leg, now),
            Input::Loaded(flow) => self.on_loaded(flow, now),
            Input::Needed(fields) => self.needed = fields,
            Input::LastCall(last) => self.on_last_call(last, now),
            Input::LookedUp(found) => self.on_looked_up(found, now),
            Input::Recorded { place, length } => self.on_recorded(place, length, now),
            Input::Tick => self.on_tick(now),
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
        let flow = match self.stage {
            Stage::Asking => self.run.deadline(),
            Stage::Ringing(_) | Stage::Bridged { .. } | Stage::Farewell => None,
            Stage::Over | Stage::Done => None,
        };
        let attempts = self.attempts.values().filter_map(Attempt::deadline);
        let own = [self.next_beat, self.begun + CALL_MAX];
        attempts.chain(flow).chain(own).min()
    }

    fn on_sip(&mut self, event: sip::Event, now: Now) {
        let session = event.session();
        if session == self.caller.session {
            self.on_caller(event, now);
        } else {
            self.on_buyer(session, event, now);
        }
    }

    pub(super) fn on_digit(&mut self, leg: SessionId, digit: char, now: Now) {
        if leg != self.caller.session {
            self.on_gate_digit(leg, digit, now);
        } else if matches!(self.stage, Stage::Asking) {
            self.run_flow(flow::Input::Digit(digit), now);
        }
    }

    fn on_tick(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        if now.mono >= self.begun + CALL_MAX {
            return self.hang_up(status::TEMPORARILY_UNAVAILABLE, now);
        }
        if now.mono >= self.next_beat {
            self.next_beat = now.mono + BEAT;
            let holds = self.attempts.values().filter_map(Attempt::live_hold).collect();
            self.push(Output::Beat { holds });
        }
        let flow_is_due = matches!(self.stage, Stage::Asking)
            && self.run.deadline().is_some_and(|due| now.mono >= due);
        if flow_is_due {
            self.go_on(flow::Input::Tick, now);
        }
        self.on_attempt_deadlines(now);
    }

    /// What the routing core is asked: everything known of the call.
    pub(super) fn inquiry(&self) -> Inquiry {
        Inquiry {
            offer: self.offer.clone(),
            channel: crate::book::Channel::Call,
            source: Some(self.record.source.clone()),
            caller: self.record.caller.clone(),
            fields: self.fields.clone(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self.stage {
            Stage::Over | Stage::Done => true,
            Stage::Asking | Stage::Ringing(_) | Stage::Bridged { .. } | Stage::Farewell => false,
        }
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn tell(&mut self, line: Story) {
        self.push(Output::Story(line));
    }

    pub(super) fn order(&mut self, order: MediaOrder) {
        self.push(Output::Media(order));
    }

    pub(super) fn command(&mut self, command: sip::Command) {
        self.push(Output::Sip(command));
    }

    /// The fields as the record keeps them.
    pub(super) fn plain_fields(&self) -> BTreeMap<FieldName, String> {
        self.fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
    }

    /// Says `Done`, once: when the record is written and no leg is left.
    fn finish_when_quiet(&mut self) {
        let over = matches!(self.stage, Stage::Over);
        if over && self.caller.is_gone() && self.attempts.is_empty() && !self.keeps_waiting() {
            self.stage = Stage::Done;
            self.push(Output::Done);
        }
    }
}
