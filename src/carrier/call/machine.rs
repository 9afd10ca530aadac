//! The machine of one call at a webhook carrier.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::call::CallRecord;
use crate::flow;
use crate::flow::Driver;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::routing::Inquiry;
use crate::sale;
use crate::sale::AttemptRecord;

use super::Addresses;
use super::Callback;
use super::Input;
use super::Output;
use super::fixed_leg::FixedLeg;
use super::leg::Leg;
use crate::carrier::Carrier;
use crate::carrier::Document;
use crate::carrier::Request;
use crate::carrier::Verb;
use crate::sale::OpenHold;

/// Most lines of a call's journal; a call that goes on and on ends politely.
pub const LINES_MAX: u32 = 2_000;

/// Longest that a web server may take to answer a flow: the carrier waits for its document
/// meanwhile, and Telnyx for two seconds only.
pub const LOOKUP_MAX: Duration = Duration::from_millis(1_200);

/// What is known when a call begins.
#[derive(Debug)]
pub struct Setup {
    /// Who holds the call.
    pub carrier: Carrier,
    /// Our addresses.
    pub addresses: Addresses,
    /// The record as far as it is known.
    pub record: CallRecord,
    /// The caller's fields.
    pub fields: Fields,
    /// The number's flow.
    pub flow: Arc<Flow>,
    /// What the source is owed for a billable call.
    pub payout: Option<Money>,
}

/// What the carrier is doing with the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for the document that is being written.
    Writing,
    /// It asks the caller a question, or records what is said.
    Asking,
    /// It rings a wave: the call's legs.
    Dialling,
    /// It rings a fixed destination: the record's last.
    Fixed,
    /// The record is final.
    Over,
}

/// Whether the carrier has answered the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallerLine {
    Unanswered,
    Answered,
}

/// One call.
#[derive(Debug)]
pub struct Call {
    pub(super) carrier: Carrier,
    pub(super) addresses: Addresses,
    /// What the flow and the sale keep is put into it when the call ends; until then, its offer is
    /// the number's own.
    pub(super) record: CallRecord,
    pub(super) flow: Driver,
    pub(super) sale: sale::Machine<Carrier>,
    /// What the caller hears next.
    pub(super) sounds: Vec<Sound>,
    /// The field that waits for the recording under way.
    pub(super) recording: Option<FieldName>,
    pub(super) stage: Stage,
    pub(super) line: CallerLine,
    /// The legs of the wave that rings, or rang last.
    pub(super) legs: Vec<Leg>,
    /// The fixed destination that is rung, or was last.
    pub(super) fixed: Option<FixedLeg>,
    /// The end of a dial; the carrier is asked for its winner.
    pub(super) unplaced: Option<Box<Request>>,
    /// When the carrier reported that the caller had hung up during a dial.
    pub(super) caller_gone: Option<Wall>,
    /// The number of the document that the carrier carries out, from 1.
    pub(super) document: u32,
    /// The document that is being written.
    pub(super) verbs: Vec<Verb>,
    pub(super) rng: Rng,
    outputs: VecDeque<Output>,
}

impl Call {
    /// Returns a call of which only the number is known; it begins with [`Callback::Enter`].
    pub fn new(setup: Setup, rng: Rng) -> Self {
        let Setup { carrier, addresses, record, fields, flow, payout } = setup;
        let (source, caller) = (record.source.clone(), record.caller.clone());
        Self {
            carrier,
            addresses,
            flow: Driver::new(flow, fields, Some(source), caller),
            sale: sale::Machine::new(carrier, payout),
            sounds: Vec::new(),
            recording: None,
            stage: Stage::Writing,
            line: CallerLine::Unanswered,
            legs: Vec::new(),
            fixed: None,
            unplaced: None,
            caller_gone: None,
            document: 0,
            verbs: Vec::new(),
            rng,
            outputs: VecDeque::new(),
            record,
        }
    }

    /// Returns the call's id.
    pub fn id(&self) -> CallId {
        self.record.id
    }

    /// Returns the carrier that holds it.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Returns the record: complete once it is final.
    pub fn record(&self) -> &CallRecord {
        &self.record
    }

    /// Returns the record as it is now.
    pub fn whole_record(&self) -> CallRecord {
        if self.is_over() {
            return self.record.clone();
        }
        self.record.with(&self.flow, &self.sale)
    }

    /// Everybody who was tried so far, in order.
    pub fn attempts(&self) -> &[AttemptRecord] {
        self.sale.rows()
    }

    /// Returns whether the record is final.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Returns when the caller was reported to have hung up, while the end of a dial is awaited.
    pub fn caller_gone_at(&self) -> Option<Wall> {
        self.caller_gone
    }

    /// Returns the carrier's id of the leg that wins if the end of the dial is lost: the one that
    /// was accepted, else the only one that was answered.
    pub fn likely_winner(&self) -> Option<&crate::carrier::CarrierCallId> {
        self.likely_leg()?.child.as_ref()
    }

    /// Returns whether the carrier has reported a leg that is connected with the caller.
    pub fn has_answer(&self) -> bool {
        self.likely_leg().is_some()
    }

    /// Returns the open holds: to be renewed while the call lives, and reserved again after a
    /// restart.
    pub fn holds(&self) -> impl Iterator<Item = OpenHold<'_>> {
        self.sale.holds()
    }

    /// Returns whether buyers ring or are connected.
    pub fn is_dialling(&self) -> bool {
        matches!(self.stage, Stage::Dialling | Stage::Fixed)
    }

    /// Takes in what happened. Drain [`Call::poll`] afterwards.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Request(callback, request) => self.on_request(&callback, &request, now),
            Input::Pool(size) => self.flow.pool(size, now),
            Input::Needed(needed) => self.flow.needed(needed),
            Input::LastCall(last) => self.flow.last_call(last),
            Input::Loaded(flow) => self.flow.loaded(flow),
            Input::LookedUp(found) => self.take_lookup(found, now),
            Input::Decided(decision) => self.tell_sale(sale::Input::Decided(decision), now),
            Input::Held(result) => self.tell_sale(sale::Input::Held(result), now),
            Input::LegFound(to) => self.on_leg_found(to.as_deref(), now),
            Input::HungUp => self.on_hung_up(now),
            Input::Swept(swept) => self.on_swept(swept),
        }
        self.proceed(now);
    }

    /// Returns the next output to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn on_request(&mut self, callback: &Callback, request: &Request, now: Now) {
        match callback {
            Callback::Enter => self.begin(),
            Callback::Leave(document) if *document == self.document => match self.stage {
                Stage::Asking => self.on_left(request, now),
                Stage::Dialling => self.on_dialled(request, now),
                Stage::Fixed => self.on_fixed_dialled(request, now),
                Stage::Writing | Stage::Over => self.turn_away(),
            },
            Callback::Leave(_) => self.turn_away(),
            Callback::Whisper(leg, nth) => self.on_whisper(*leg, *nth, request, now),
            Callback::Accept(leg, nth) => self.on_accept(*leg, *nth, request, now),
            Callback::Leg(leg) => self.on_leg(*leg, request, now),
            Callback::Status => self.on_status(request, now),
        }
    }

    fn begin(&mut self) {
        self.report(CallEvent::Arrived {
            number: self.record.number.clone(),
            caller: self.record.caller.clone(),
            ingress: self.record.ingress.clone(),
            offer: self.record.offer.clone(),
        });
        self.flow.begin();
    }

    /// Passes an event to the sale.
    pub(super) fn tell_sale(&mut self, input: sale::Input, now: Now) {
        self.sale.handle(input, now, &mut self.rng);
    }

    /// Carries out what the sale and the flow want, until both wait for something; then writes
    /// down what the flow waits for.
    fn proceed(&mut self, now: Now) {
        loop {
            self.follow_sale(now);
            match self.flow.poll() {
                Some(request) => self.follow_flow(request, now),
                None if self.stage == Stage::Writing && self.flow.is_ready() => {
                    let sounds = std::mem::take(&mut self.sounds);
                    let question = self.flow.question().map(|question| question.gather.clone());
                    match question {
                        Some(gather) => return self.ask(&gather, &sounds, now),
                        None if sounds.is_empty() => return,
                        None => self.let_hear(&sounds, now),
                    }
                }
                None => return,
            }
        }
    }

    /// Counts sounds as heard when the document is printed.
    fn let_hear(&mut self, sounds: &[Sound], now: Now) {
        let heard = sounds.iter().map(|sound| Verb::from(self.prompt(sound)));
        let heard: Vec<Verb> = heard.collect();
        self.verbs.extend(heard);
        self.flow.handle(flow::Input::Played, now);
    }

    /// Returns the inquiry to the routing core about an offer.
    pub(super) fn inquiry_for(&self, offer: OfferId) -> Inquiry {
        self.record.inquiry(offer, self.flow.fields())
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn report(&mut self, event: CallEvent) {
        self.push(Output::Event(event));
    }

    /// Hands the document out that was written.
    pub(super) fn answer(&mut self, now: Now) {
        let verbs = std::mem::take(&mut self.verbs);
        if self.line == CallerLine::Unanswered && verbs.iter().any(|verb| self.answers(verb)) {
            self.line = CallerLine::Answered;
            self.record.answered_at = Some(now.wall);
        }
        self.document += 1;
        self.push(Output::Answer(Document { verbs }));
    }

    /// Returns whether a verb makes the carrier answer the caller.
    fn answers(&self, verb: &Verb) -> bool {
        match verb {
            Verb::Say { .. }
            | Verb::Play { .. }
            | Verb::Pause { .. }
            | Verb::Gather(_)
            | Verb::Record(_) => true,
            Verb::Dial(_) => !self.carrier.answers_on_bridge(),
            Verb::Redirect { .. } | Verb::Hangup | Verb::Reject(_) => false,
        }
    }

    /// Hands out a document that is not part of the caller's way.
    pub(super) fn reply(&mut self, verbs: Vec<Verb>) {
        self.push(Output::Answer(Document { verbs }));
    }

    /// Nothing is left to be done for whoever asks.
    pub(super) fn turn_away(&mut self) {
        self.reply(vec![Verb::Hangup]);
    }
}
