//! The machine of one call at a webhook carrier.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Channel;
use crate::call::CallRecord;
use crate::call::Story;
use crate::flow;
use crate::flow::Flow;
use crate::routing::Decision;
use crate::routing::Inquiry;

use super::Addresses;
use super::Errand;
use super::Input;
use super::Output;
use super::asking::Pool;
use super::fixed::FixedLeg;
use super::leg::Leg;
use super::ringing::Race;
use crate::carrier::Carrier;
use crate::carrier::Document;
use crate::carrier::Request;
use crate::carrier::Verb;

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

/// What the call is doing.
#[derive(Debug)]
pub(super) enum Stage {
    /// The flow has the word.
    Asking,
    /// A decision is awaited.
    Deciding,
    /// A wave is put together: a hold's answer is awaited.
    Reserving(Race),
    /// The carrier rings a wave.
    Dialling(Race),
    /// The carrier rings a fixed destination: the record's last.
    Fixed,
    /// The record is final.
    Over,
}

/// Whether the carrier has answered the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Unanswered,
    Answered,
}

/// One call.
#[derive(Debug)]
pub struct Call {
    pub(super) carrier: Carrier,
    pub(super) addresses: Addresses,
    pub(super) record: CallRecord,
    pub(super) fields: Fields,
    /// The number's offer: what a step sells that names no other.
    pub(super) own_offer: OfferId,
    /// The offer that is being sold now.
    pub(super) offer: OfferId,
    pub(super) decisions: Vec<Decision>,
    pub(super) run: flow::Run,
    pub(super) flows_left: u32,
    pub(super) handovers_left: u32,
    /// How many decisions there were when the last one's DQ destination was taken.
    pub(super) handed_over_after: usize,
    pub(super) pool: Pool,
    /// Fields whose answer may still change who takes the call, when last asked.
    pub(super) needed: Option<BTreeSet<FieldName>>,
    /// When the caller called last, once that was asked.
    pub(super) last_call: Option<Option<Wall>>,
    /// The field that waits for the recording under way.
    pub(super) recording: Option<FieldName>,
    pub(super) stage: Stage,
    pub(super) line: Line,
    /// Every leg of the call, in the order in which they were dialled.
    pub(super) legs: Vec<Leg>,
    /// The fixed destination that is rung, or was last.
    pub(super) fixed: Option<FixedLeg>,
    /// How the flow wants buyers rung.
    pub(super) ringing: flow::Ringing,
    /// How often it was decided again, as every hold had been refused.
    pub(super) decided_again: u32,
    /// How many buyers were tried. One whose cap was full does not count.
    pub(super) tried: u32,
    /// The end of a dial whose winner the carrier is asked for.
    pub(super) unplaced: Option<Box<Request>>,
    /// When the carrier said that the caller is gone, while somebody was being dialled.
    pub(super) caller_gone: Option<Wall>,
    /// The number of the document that the carrier carries out, from 1.
    pub(super) document: u32,
    /// The document that is being written.
    pub(super) verbs: Vec<Verb>,
    pub(super) source_payout: Option<Money>,
    pub(super) rng: Rng,
    outputs: VecDeque<Output>,
}

impl Call {
    /// A call of which nothing is known but its number; begins with [`Errand::Enter`].
    pub fn new(setup: Setup, rng: Rng) -> Self {
        let Setup { carrier, addresses, record, fields, flow, payout } = setup;
        let offer = record.offer.clone();
        Self {
            carrier,
            addresses,
            fields,
            own_offer: offer.clone(),
            offer,
            decisions: Vec::new(),
            run: flow::Run::new(flow),
            flows_left: crate::call::FLOWS_MAX,
            handovers_left: crate::call::HANDOVERS_MAX,
            handed_over_after: 0,
            pool: Pool::AwaitFirst,
            needed: None,
            last_call: None,
            recording: None,
            stage: Stage::Asking,
            line: Line::Unanswered,
            legs: Vec::new(),
            fixed: None,
            ringing: flow::Ringing::default(),
            decided_again: 0,
            tried: 0,
            unplaced: None,
            caller_gone: None,
            document: 0,
            verbs: Vec::new(),
            source_payout: payout,
            rng,
            outputs: VecDeque::new(),
            record,
        }
    }

    /// The call's id.
    pub fn id(&self) -> CallId {
        self.record.id
    }

    /// Who holds it.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// The record as far as it is known.
    pub fn record(&self) -> &CallRecord {
        &self.record
    }

    /// Whether the record is final.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// When the caller was told to be gone, though the end of a dial is still awaited.
    pub fn caller_gone_at(&self) -> Option<Wall> {
        self.caller_gone
    }

    /// The carrier's id of the leg that would win if nobody said how it went: the one that was
    /// accepted, else the only one that was answered.
    pub fn likely_winner(&self) -> Option<&crate::carrier::CarrierCallId> {
        let open = || self.legs.iter().filter(|leg| leg.hold.is_some());
        let accepted = open().find(|leg| leg.accepted_at.is_some());
        let mut answered =
            open().filter(|leg| leg.answered_at.is_some() && !leg.destination.has_gate());
        let only = answered.next().filter(|_| answered.next().is_none());
        accepted.or(only)?.child.as_ref()
    }

    /// The open holds, what they are for and since when: to be renewed while the call lives, and
    /// taken again after a restart.
    pub fn holds(&self) -> impl Iterator<Item = (HoldId, &crate::routing::Pick, Wall)> {
        self.legs.iter().filter_map(|leg| Some((leg.hold?, &leg.pick, leg.dialled_at)))
    }

    /// Whether buyers are being rung, or talk.
    pub fn is_dialling(&self) -> bool {
        matches!(self.stage, Stage::Dialling(_) | Stage::Fixed)
    }

    /// Takes in what happened. Drain [`Call::poll`] afterwards.
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Request(errand, request) => self.on_request(&errand, &request, now),
            Input::Pool(size) => self.on_pool(size, now),
            Input::Decided(decision) => self.on_decided(*decision, now),
            Input::Held(result) => self.on_held(result, now),
            Input::Loaded(flow) => self.on_loaded(flow, now),
            Input::Needed(needed) => self.needed = needed,
            Input::LastCall(last) => self.last_call = Some(last),
            Input::LookedUp(found) => self.on_looked_up(found),
            Input::LegFound(to) => self.on_leg_found(to.as_deref(), now),
            Input::Swept(swept) => self.on_swept(swept, now),
        }
    }

    /// The next thing to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn on_request(&mut self, errand: &Errand, request: &Request, now: Now) {
        match errand {
            Errand::Enter => self.begin(),
            Errand::Leave(document) if *document == self.document => match self.stage {
                Stage::Asking => self.on_left(request, now),
                Stage::Dialling(_) => self.on_dialled(request, now),
                Stage::Fixed => self.on_fixed_dialled(request, now),
                Stage::Deciding | Stage::Reserving(_) | Stage::Over => self.turn_away(),
            },
            Errand::Leave(_) => self.turn_away(),
            Errand::Whisper(leg, nth) => self.on_whisper(leg, *nth, request, now),
            Errand::Accept(leg, nth) => self.on_accept(leg, *nth, request, now),
            Errand::Leg(leg) => self.on_leg(leg, request, now),
            Errand::Status => self.on_status(request, now),
        }
    }

    fn begin(&mut self) {
        self.tell(Story::Arrived {
            number: self.record.number.clone(),
            caller: self.record.caller.clone(),
            ingress: self.record.ingress.clone(),
            offer: self.offer.clone(),
        });
        self.ask_what_the_flow_needs();
    }

    /// What the routing core is asked: everything known of the call.
    pub(super) fn inquiry(&self) -> Inquiry {
        Inquiry {
            offer: self.offer.clone(),
            channel: Channel::Call,
            source: Some(self.record.source.clone()),
            caller: self.record.caller.clone(),
            fields: self.fields.clone(),
        }
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn tell(&mut self, line: Story) {
        self.push(Output::Story(line));
    }

    /// Hands the document out that was written.
    pub(super) fn answer(&mut self, now: Now) {
        let verbs = std::mem::take(&mut self.verbs);
        if self.line == Line::Unanswered && verbs.iter().any(|verb| self.answers(verb)) {
            self.line = Line::Answered;
            self.record.answered_at = Some(now.wall);
        }
        self.document += 1;
        self.push(Output::Answer(Document { verbs }));
    }

    /// Whether a verb makes the carrier answer the caller.
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

    /// The fields as the record keeps them.
    pub(super) fn plain_fields(&self) -> BTreeMap<FieldName, String> {
        self.fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
    }
}
