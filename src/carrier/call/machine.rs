//! The state machine of one call at a webhook carrier.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Source;
use crate::call::CallEvent;
use crate::call::CallRecord;
use crate::call::begin_sale;
use crate::flow;
use crate::flow::Driver;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::routing::Inquiry;
use crate::sale;
use crate::sale::AttemptRecord;
use crate::sale::Auctioneer;
use crate::sale::Bidders;
use crate::sale::GivenUp;

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

/// Most lines in a call's journal. At the bound, the caller hears an apology and the call ends.
pub const LINES_MAX: u32 = 2_000;

/// What is known when a call begins.
#[derive(Debug)]
pub struct Setup {
    /// Carrier of the call.
    pub carrier: Carrier,
    /// Our URLs for the call.
    pub addresses: Addresses,
    /// Record of the call, as far as it is known.
    pub record: CallRecord,
    /// Fields of the caller.
    pub fields: Fields,
    /// Flow of the number.
    pub flow: Arc<Flow>,
    /// Source of the call, which is paid if the call is billable.
    pub source: Option<Source>,
    /// What the caller gets who is on a suppression list.
    pub refusal: GivenUp,
    /// The book, which says whose bids are asked for.
    pub book: Arc<Book>,
}

/// What the carrier is doing with the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The carrier waits for the document that the machine is writing.
    Writing,
    /// The carrier asks the caller a question, or records the caller.
    Asking,
    /// The carrier rings the legs of a wave.
    Dialling,
    /// The carrier rings a fixed destination, the last one in the record.
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

/// The state machine of one call.
#[derive(Debug)]
pub struct Call {
    pub(super) carrier: Carrier,
    pub(super) addresses: Addresses,
    /// Record of the call. What the flow and the sale hold is added when the call ends; until then,
    /// the record's offer is the number's own.
    pub(super) record: CallRecord,
    pub(super) flow: Driver,
    /// Boxed, because a call is moved as a whole.
    pub(super) sale: Box<sale::Machine<Bidders<Carrier>>>,
    pub(super) auctioneer: Auctioneer,
    /// Window of the current or the last auction.
    pub(super) window: Duration,
    /// Attempts whose buyers are asked to confirm their bids, in order.
    pub(super) confirming: VecDeque<AttemptId>,
    /// Sounds that the caller hears next.
    pub(super) sounds: Vec<Sound>,
    /// The field that receives the URL of the current recording.
    pub(super) recording: Option<FieldName>,
    pub(super) stage: Stage,
    pub(super) line: CallerLine,
    /// Legs of the current or the last wave.
    pub(super) legs: Vec<Leg>,
    /// The current or the last fixed destination.
    pub(super) fixed: Option<FixedLeg>,
    /// The end of a dial, while the machine asks the carrier which leg won.
    pub(super) unplaced: Option<Box<Request>>,
    /// Time at which the carrier reported that the caller hung up during a dial.
    pub(super) caller_gone: Option<Wall>,
    /// Number of the document that the carrier is carrying out, from 1.
    pub(super) document: u32,
    /// Verbs of the document that the machine is writing.
    pub(super) verbs: Vec<Verb>,
    pub(super) rng: Rng,
    refusal: GivenUp,
    outputs: VecDeque<Output>,
}

impl Call {
    /// Creates a call of which only the number is known. Its first input is [`Callback::Enter`].
    pub fn new(setup: Setup, rng: Rng) -> Self {
        let Setup { carrier, addresses, record, fields, flow, source, refusal, book } = setup;
        let (from, caller) = (record.source.clone(), record.caller.clone());
        let (sale, auctioneer) = begin_sale(carrier, &record, book, source);
        Self {
            carrier,
            addresses,
            flow: Driver::new(flow, fields, Some(from), caller),
            sale: Box::new(sale),
            auctioneer,
            window: Duration::ZERO,
            confirming: VecDeque::new(),
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
            refusal,
            outputs: VecDeque::new(),
            record,
        }
    }

    /// Returns the call's id.
    pub fn id(&self) -> CallId {
        self.record.id
    }

    /// Returns the carrier of the call.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Returns the record, which is complete once it is final.
    pub fn record(&self) -> &CallRecord {
        &self.record
    }

    /// Returns the record, completed with the present state of the flow and the sale.
    pub fn whole_record(&self) -> CallRecord {
        if self.is_over() {
            return self.record.clone();
        }
        self.record.with(&self.flow, &self.sale)
    }

    /// Returns all attempts so far, in order.
    pub fn attempts(&self) -> &[AttemptRecord] {
        self.sale.rows()
    }

    /// Returns whether the record is final.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Returns when the carrier reported that the caller hung up, while the end of the dial is
    /// still awaited.
    pub fn caller_gone_at(&self) -> Option<Wall> {
        self.caller_gone
    }

    /// Returns the carrier's id of the leg that wins if the end of the dial is lost: the one that
    /// accepted, else the only one that answered.
    pub fn likely_winner(&self) -> Option<&crate::carrier::CarrierCallId> {
        self.likely_leg()?.child.as_ref()
    }

    /// Returns whether the carrier has reported a leg that is connected to the caller.
    pub fn has_answer(&self) -> bool {
        self.likely_leg().is_some()
    }

    /// Returns the open holds, which are renewed while the call is live, and reserved again after a
    /// restart.
    pub fn holds(&self) -> impl Iterator<Item = OpenHold<'_>> {
        self.sale.holds()
    }

    /// Returns whether buyers ring or are connected.
    pub fn is_dialling(&self) -> bool {
        matches!(self.stage, Stage::Dialling | Stage::Fixed)
    }

    /// Handles an input. Drain [`Call::poll`] afterwards.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Request(callback, request) => self.on_request(&callback, &request, now),
            Input::Pool(size) => self.flow.pool(size, now),
            Input::Needed(needed) => self.flow.needed(needed),
            Input::LastCall(last) => self.flow.last_call(last),
            Input::Loaded(flow) => self.flow.loaded(flow),
            Input::LookedUp(found) => self.take_lookup(found, now),
            Input::Surveyed(decision) => self.tell_sale(sale::Input::Surveyed(decision), now),
            Input::Bids(bids) => self.on_bids(bids, now),
            Input::Decided(decision) => self.on_decided(decision, now),
            Input::Confirmed(answer) => self.on_confirmed(answer, now),
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
            Callback::Enter => self.begin(now),
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

    fn begin(&mut self, now: Now) {
        self.report(CallEvent::Arrived {
            number: self.record.number.clone(),
            caller: self.record.caller.clone(),
            ingress: self.record.ingress.clone(),
            offer: self.record.offer.clone(),
        });
        match self.record.suppressed_by.clone() {
            Some(list) => self.suppress(&list, &self.refusal.clone(), now),
            None => self.flow.begin(),
        }
    }

    /// Passes an event to the sale.
    pub(super) fn tell_sale(&mut self, input: sale::Input, now: Now) {
        self.sale.reach_mut().set_time(now.wall);
        self.sale.handle(input, now, &mut self.rng);
    }

    /// Carries out the requests of the sale and the flow until both wait, then writes the question
    /// and the sounds of the flow.
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

    /// Adds sounds to the document and counts them as played.
    fn let_hear(&mut self, sounds: &[Sound], now: Now) {
        let heard = sounds.iter().map(|sound| Verb::from(self.prompt(sound)));
        let heard: Vec<Verb> = heard.collect();
        self.verbs.extend(heard);
        self.flow.handle(flow::Input::Played, now);
    }

    /// Returns the inquiry for the routing core about an offer.
    pub(super) fn inquiry_for(&self, offer: OfferId) -> Inquiry {
        self.record.inquiry(offer, self.flow.fields())
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn report(&mut self, event: CallEvent) {
        self.push(Output::Event(event));
    }

    /// Answers the carrier's request with the written document, and numbers it.
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

    /// Answers a request with a document that is not one of the caller's numbered documents.
    pub(super) fn reply(&mut self, verbs: Vec<Verb>) {
        self.push(Output::Answer(Document { verbs }));
    }

    /// Answers a request with a hang-up, because nothing is left to do for that leg.
    pub(super) fn turn_away(&mut self) {
        self.reply(vec![Verb::Hangup]);
    }
}
