//! One caller in one flow, in simulated time.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::FlowName;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Rng;
use crate::base::Wall;
use crate::flow::Driver;
use crate::flow::Flow;
use crate::flow::Input;
use crate::flow::OpenQuestion;
use crate::flow::Output;
use crate::flow::Request;
use crate::flow::Sound;
use crate::routing::Inquiry;
use crate::sale::EveryPhone;
use crate::sale::GivenUp;
use crate::sale::Machine;

use super::Cue;
use super::Finale;
use super::Market;
use super::Scene;
use super::Wants;
use super::awaited::Ringing;
use super::leavers::leavers;

/// Time between two keys.
const KEY_GAP: Duration = Duration::from_millis(250);
/// Time before the first key of an answer: a key that follows the answer before at once belongs to
/// that one.
const ANSWER_GAP: Duration = Duration::from_millis(1_250);
/// Length of a sentence: a fixed part, and a part for each character.
const SENTENCE: Duration = Duration::from_millis(400);
const CHARACTER: Duration = Duration::from_millis(60);
/// Assumed length of a sound file, which is not read.
const FILE: Duration = Duration::from_secs(3);
/// Time that a caller speaks into a recording.
const SPEECH: Duration = Duration::from_secs(8);
/// Name of the recording, which is not made.
const RECORDING: &str = "rehearsal.wav";
/// Pool size for flows without a book: larger than any flow tests for.
const POOL_UNKNOWN: usize = usize::MAX;

/// The flows that a caller may enter, by name.
#[derive(Debug, Clone)]
pub struct Program {
    /// Flow that answers.
    pub first: Arc<Flow>,
    /// Flows that it may redirect to.
    pub others: BTreeMap<FlowName, Arc<Flow>>,
}

impl Program {
    /// Returns the flow of this name.
    pub fn flow(&self, name: &FlowName) -> Option<&Arc<Flow>> {
        if self.first.name == *name { Some(&self.first) } else { self.others.get(name) }
    }
}

/// Whether the contracts that left the pool are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    Shown,
    Counted,
}

/// One caller.
#[derive(Debug)]
pub struct Play<'m> {
    program: Program,
    pub(super) market: Option<&'m mut Market>,
    driver: Driver,
    pub(super) sale: Machine<EveryPhone>,
    pub(super) caller: Option<Phone>,
    /// Fields that were known at the last [`Scene::Learned`].
    seen_fields: Fields,
    last_call: Option<Wall>,
    pub(super) now: Now,
    /// Random source of the routing.
    pub(super) rng: Rng,
    /// Random source of ids, which are not shown.
    pub(super) ids: Rng,
    leaving: Leaving,
    /// End of the current playback.
    playing: Option<Mono>,
    /// Whether the latest key had any effect besides stopping playback.
    stirred: bool,
    /// Next input of the flow.
    pub(super) next: Option<Input>,
    pub(super) ringing: Option<Ringing>,
    /// The offer's handling of a call that [`Cue::NotTaken`] ended.
    pub(super) unsold: Option<GivenUp>,
    begun: bool,
    over: bool,
    pub(super) out: VecDeque<Scene>,
}

impl<'m> Play<'m> {
    /// Creates a caller of the first flow with these known fields. The seed of `rng` decides the
    /// random choices of the routing.
    pub fn new(
        program: Program,
        market: Option<&'m mut Market>,
        caller: Option<Phone>,
        mut fields: Fields,
        now: Now,
        rng: Rng,
    ) -> Self {
        if let (Some(caller), Ok(phone)) = (&caller, "phone".parse::<FieldName>()) {
            fields.set(phone, caller.e164(), Origin::Caller);
        }
        let first = Arc::clone(&program.first);
        let source = market.as_ref().and_then(|market| market.source.clone());
        Self {
            program,
            market,
            driver: Driver::new(first, fields.clone(), source, caller.clone()),
            sale: Machine::new(EveryPhone, None),
            caller,
            seen_fields: fields,
            last_call: None,
            now,
            ids: rng.clone(),
            rng,
            leaving: Leaving::Shown,
            playing: None,
            stirred: false,
            next: None,
            ringing: None,
            unsold: None,
            begun: false,
            over: false,
            out: VecDeque::new(),
        }
    }

    /// Disables the names of contracts that leave the pool: they are not looked up.
    #[must_use]
    pub(super) fn counted(self) -> Self {
        Self { leaving: Leaving::Counted, ..self }
    }

    /// Returns the same caller with an earlier call at this time.
    #[must_use]
    pub fn called_before(self, at: Wall) -> Self {
        Self { last_call: Some(at), ..self }
    }

    /// Returns how many contracts may take the call; `None` without a book.
    pub fn pool(&self) -> Option<usize> {
        if self.begun {
            return self.market.as_ref().map(|_| self.driver.pool_size());
        }
        self.count()
    }

    /// Returns the contracts that may take the call; none without a book.
    pub fn pool_members(&self) -> Vec<ContractId> {
        let market = self.market.as_ref().zip(self.inquiry(None));
        market.map(|(market, inquiry)| market.pool_members(&inquiry, self.now)).unwrap_or_default()
    }

    /// Returns the fields that are known about the call.
    pub fn fields(&self) -> &Fields {
        self.driver.fields()
    }

    /// Returns the next scene; drain before the next [`Play::cue`].
    pub fn poll(&mut self) -> Option<Scene> {
        self.out.pop_front()
    }

    /// Returns what the play waits for.
    pub fn wants(&self) -> Wants {
        match (&self.ringing, self.begun, self.over) {
            (_, _, true) => Wants::Nothing,
            (_, false, false) => Wants::Begin,
            (Some(ringing), true, false) => ringing.wants(),
            (None, true, false) => Wants::Keys,
        }
    }

    /// Returns the current question.
    pub fn question(&self) -> Option<OpenQuestion<'_>> {
        self.driver.question()
    }

    /// Runs a cue until the play waits again.
    pub fn cue(&mut self, cue: Cue) {
        match (self.wants(), cue) {
            (Wants::Nothing, _) => {}
            (Wants::Begin, Cue::Begin) => {
                self.begun = true;
                self.driver.begin();
                self.go_on();
            }
            (
                Wants::Keys | Wants::Ring(_) | Wants::Dial(_) | Wants::Lookup(_) | Wants::Fate,
                Cue::HangUp,
            ) => {
                self.end(Finale::CallerLeft);
            }
            (Wants::Keys, Cue::Keys(keys)) => self.press(&keys),
            (Wants::Keys, Cue::Silence) => self.wait(),
            (Wants::Ring(_) | Wants::Dial(_), Cue::Rings(rings)) => self.rung(rings),
            (Wants::Lookup(_), Cue::Found(found)) => {
                self.ringing = None;
                self.next = Some(Input::LookedUp(found));
            }
            (Wants::Fate, Cue::Taken) => self.end(Finale::Taken(None)),
            (Wants::Ring(_) | Wants::Fate, Cue::NotTaken(why)) => self.not_taken(why),
            (_, _unwanted) => {}
        }
        self.go_on();
        self.rest();
    }

    /// Plays prompts to their end, as no key is pressed.
    fn rest(&mut self) {
        while let (Some(until), false) = (self.playing, self.over) {
            self.reach(until);
            self.played();
        }
        // A verb without an answer here would wait forever.
        let waits = self.ringing.is_none() && self.driver.deadline().is_none();
        if self.begun && !self.over && waits {
            self.end(Finale::HungUp);
        }
    }

    fn played(&mut self) {
        self.playing = None;
        self.feed(Input::Played);
    }

    fn press(&mut self, keys: &str) {
        let gaps = std::iter::once(ANSWER_GAP).chain(std::iter::repeat(KEY_GAP));
        for (key, gap) in keys.chars().zip(gaps) {
            let at = self.now.mono + gap;
            while let Some(until) = self.playing.filter(|until| *until <= at) {
                self.reach(until);
                self.played();
            }
            if self.over || self.ringing.is_some() {
                return;
            }
            self.reach(at);
            self.stirred = false;
            self.feed(Input::Digit(key));
        }
        if !self.stirred && self.playing.is_none() && !keys.is_empty() {
            self.wait();
        }
    }

    /// Advances to the end of the time to answer.
    fn wait(&mut self) {
        if let Some(deadline) = self.driver.deadline() {
            self.reach(deadline);
            self.feed(Input::Tick);
        }
    }

    /// Advances to an instant, unless it is past.
    pub(super) fn reach(&mut self, at: Mono) {
        self.now = self.now.later(at.since(self.now.mono));
    }

    /// Passes an input to the flow, and carries out its outputs.
    pub(super) fn feed(&mut self, input: Input) {
        self.driver.handle(input, self.now);
        self.go_on();
    }

    /// Carries out the flow's outputs and their immediate results, until the flow waits.
    fn go_on(&mut self) {
        loop {
            while let Some(request) = self.driver.poll() {
                self.carry_out(request);
            }
            let Some(input) = self.next.take() else { return };
            self.driver.handle(input, self.now);
        }
    }

    fn carry_out(&mut self, request: Request) {
        match request {
            Request::CountPool => {
                let pool = self.count().unwrap_or(POOL_UNKNOWN);
                return self.driver.pool(pool, self.now);
            }
            Request::FindNeeded(flow) => return self.driver.needed(self.needed(&flow)),
            Request::FindLastCall(_) => return self.driver.last_call(self.last_call),
            Request::Begin => return self.driver.handle(Input::Start, self.now),
            Request::Do(Output::StopPlaying) => return self.playing = None,
            Request::Load(name) => self.load(name),
            Request::Lost => self.end(Finale::HungUp),
            Request::Learned { field, value, pool_before, pool_after } => {
                self.learn(field, value, (pool_before, pool_after));
            }
            Request::Tagged { name, value } => self.out.push_back(Scene::Tagged { name, value }),
            Request::Do(output) => self.act(output),
        }
        self.stirred = true;
    }

    fn act(&mut self, output: Output) {
        match output {
            Output::Step(step) => self.out.push_back(Scene::Step(step)),
            Output::Play(sounds) => {
                let length: Duration = sounds.iter().map(length).sum();
                self.playing = Some(self.now.mono + length);
                self.out.push_back(Scene::Hears(sounds));
            }
            Output::Digits(digits) => self.out.push_back(Scene::Typed(digits)),
            Output::DigitIgnored(key) => self.out.push_back(Scene::Ignored(key)),
            Output::Route { offer, ringing: _ } => self.route(offer),
            Output::Record { max, .. } => {
                let length = max.min(SPEECH);
                self.now = self.now.later(length);
                self.out.push_back(Scene::Records);
                let place = Some(RECORDING.to_owned());
                self.next = Some(Input::Recorded { place, length });
            }
            Output::Dial { to, timeout, .. } => self.dial(to, timeout),
            Output::Lookup { url, sets, .. } => {
                self.out.push_back(Scene::LooksUp(url));
                let fields = sets.into_iter().map(|(_, field)| field).collect();
                self.ringing = Some(Ringing::Server { fields });
            }
            Output::Unrouted(why) => self.unrouted(why),
            Output::Hangup => self.end(Finale::HungUp),
            Output::Reject { status } => self.end(Finale::Rejected(status)),
            // A recording has already ended here. The driver handles the rest.
            Output::StopRecording | Output::StopPlaying => {}
            Output::Field { .. } | Output::Tag { .. } | Output::Redirect(_) => {}
        }
    }

    /// Returns the fields that may still change which buyer takes the call.
    fn needed(&self, flow: &Arc<Flow>) -> Option<BTreeSet<FieldName>> {
        let inquiry = self.inquiry(None)?;
        let flows = std::iter::once(flow).chain(self.program.others.values());
        let named = flows.flat_map(|flow| flow.references().offers).map(|mention| mention.what);
        let offers: Vec<OfferId> = named.chain([inquiry.offer.clone()]).collect();
        self.market.as_ref()?.needed(&inquiry, &offers)
    }

    fn learn(&mut self, field: FieldName, value: String, pool: (usize, usize)) {
        let mut left = Vec::new();
        if let (Leaving::Shown, Some(market), Some(is)) =
            (self.leaving, &self.market, self.inquiry(None))
        {
            let was = market.inquiry(None, self.caller.as_ref(), &self.seen_fields);
            left = leavers(market, &was, &is, self.now);
            self.seen_fields = self.driver.fields().clone();
        }
        let pool = self.market.as_ref().map(|_| pool);
        self.out.push_back(Scene::Learned { field, value, pool, left });
    }

    fn load(&mut self, name: FlowName) {
        let flow = self.program.flow(&name).cloned();
        if flow.is_none() {
            return self.end(Finale::NoFlow(name));
        }
        self.out.push_back(Scene::Flow(name));
        self.driver.loaded(flow);
    }

    /// Returns the call as an inquiry for an offer; `None` without a book.
    pub(super) fn inquiry(&self, offer: Option<OfferId>) -> Option<Inquiry> {
        let market = self.market.as_ref()?;
        Some(market.inquiry(offer, self.caller.as_ref(), self.driver.fields()))
    }

    fn count(&self) -> Option<usize> {
        let market = self.market.as_ref().zip(self.inquiry(None));
        market.map(|(market, inquiry)| market.pool(&inquiry, self.now))
    }

    pub(super) fn end(&mut self, how: Finale) {
        if !self.over {
            self.over = true;
            self.playing = None;
            self.ringing = None;
            self.out.push_back(Scene::Over(how));
        }
    }
}

fn length(sound: &Sound) -> Duration {
    match sound {
        Sound::Say { text, .. } | Sound::Spoken { text, .. } => {
            let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            SENTENCE + CHARACTER.saturating_mul(characters)
        }
        // The run has filled in its texts.
        Sound::Template { .. } => SENTENCE,
        Sound::File(_) | Sound::Url(_) => FILE,
        Sound::Silence(length) => *length,
    }
}
