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
use crate::flow::Facts;
use crate::flow::Flow;
use crate::flow::Gather;
use crate::flow::Input;
use crate::flow::Output;
use crate::flow::Run;
use crate::flow::Sound;
use crate::flow::Step;
use crate::routing::Disqualified;
use crate::routing::Inquiry;

use super::Cue;
use super::Finale;
use super::Market;
use super::Scene;
use super::Wants;
use super::leavers::leavers;
use super::ringing::Ringing;

/// Time from one key to the next.
const KEY_GAP: Duration = Duration::from_millis(250);
/// How long a sentence takes: a start, and each character.
const SENTENCE: Duration = Duration::from_millis(400);
const CHARACTER: Duration = Duration::from_millis(60);
/// How long a file is taken to be; nothing reads it.
const FILE: Duration = Duration::from_secs(3);
/// How long a caller speaks into a recording.
const SPEECH: Duration = Duration::from_secs(8);
/// The name of what nobody recorded.
const RECORDING: &str = "rehearsal.wav";
/// What a flow is told of the pool when there is no book: more than it will ask for.
const POOL_UNKNOWN: usize = usize::MAX;

/// The flows that a caller may come to, by name.
#[derive(Debug, Clone)]
pub struct Program {
    /// The one that answers.
    pub first: Arc<Flow>,
    /// Those that it may go on in.
    pub others: BTreeMap<FlowName, Arc<Flow>>,
}

impl Program {
    /// A flow of this name.
    pub fn flow(&self, name: &FlowName) -> Option<&Arc<Flow>> {
        if self.first.name == *name { Some(&self.first) } else { self.others.get(name) }
    }
}

/// What is done with the contracts that left the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    Told,
    Counted,
}

/// One caller.
#[derive(Debug)]
pub struct Play<'m> {
    program: Program,
    pub(super) market: Option<&'m mut Market>,
    pub(super) run: Run,
    pub(super) caller: Option<Phone>,
    fields: Fields,
    last_call: Option<Wall>,
    pub(super) now: Now,
    pub(super) rng: Rng,
    pool: Option<usize>,
    leaving: Leaving,
    /// Until when the caller hears something.
    playing: Option<Mono>,
    /// Whether anything came of the latest key but silence.
    stirred: bool,
    /// What the flow is to be told next.
    pub(super) next: Option<Input>,
    pub(super) ringing: Option<Ringing>,
    /// What the latest decision says of calls that nobody takes.
    pub(super) resort: Option<Disqualified>,
    begun: bool,
    over: bool,
    pub(super) out: VecDeque<Scene>,
}

impl<'m> Play<'m> {
    /// A caller of the first flow, of whom these fields are known. The seed of `rng` decides what
    /// the routing draws by lot.
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
        let run = Run::new(Arc::clone(&program.first));
        let mut play = Self {
            program,
            market,
            run,
            caller,
            fields,
            last_call: None,
            now,
            rng,
            pool: None,
            leaving: Leaving::Told,
            playing: None,
            stirred: false,
            next: None,
            ringing: None,
            resort: None,
            begun: false,
            over: false,
            out: VecDeque::new(),
        };
        play.count();
        play
    }

    /// Without the names of those that leave the pool: they are not looked up.
    #[must_use]
    pub(super) fn counted(self) -> Self {
        Self { leaving: Leaving::Counted, ..self }
    }

    /// The same of a caller who has called before, at this time.
    #[must_use]
    pub fn called_before(self, at: Wall) -> Self {
        Self { last_call: Some(at), ..self }
    }

    /// How many contracts may take the call; `None` without a book.
    pub fn pool(&self) -> Option<usize> {
        self.pool
    }

    /// The contracts that may take the call; none without a book.
    pub fn pool_members(&self) -> Vec<ContractId> {
        let market = self.market.as_ref().zip(self.inquiry(None));
        market.map(|(market, inquiry)| market.pool_members(&inquiry, self.now)).unwrap_or_default()
    }

    /// What is known of the call.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The next thing to see; drain before the next [`Play::cue`].
    pub fn poll(&mut self) -> Option<Scene> {
        self.out.pop_front()
    }

    /// What it waits for.
    pub fn wants(&self) -> Wants {
        match (&self.ringing, self.begun, self.over) {
            (_, _, true) => Wants::Nothing,
            (_, false, false) => Wants::Begin,
            (Some(ringing), true, false) => ringing.wants(),
            (None, true, false) => Wants::Keys,
        }
    }

    /// The question that is being asked: its flow, its step, its place among the step's verbs.
    pub fn question(&self) -> Option<(&Flow, &Step, usize, &Gather)> {
        let (step, verb, gather) = self.run.question()?;
        Some((self.run.flow(), step, verb, gather))
    }

    /// Goes on until something is wanted again.
    pub fn cue(&mut self, cue: Cue) {
        match (self.wants(), cue) {
            (Wants::Nothing, _) => {}
            (Wants::Begin, Cue::Begin) => {
                self.begun = true;
                self.feed(Input::Start);
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
            (Wants::Ring(_) | Wants::Fate, Cue::Nobody(why)) => self.not_routed(why),
            (_, _unwanted) => {}
        }
        if let Some(input) = self.next.take() {
            self.feed(input);
        }
        self.rest();
    }

    /// Plays what is to be heard to its end, as nobody presses a key.
    fn rest(&mut self) {
        while let (Some(until), false) = (self.playing, self.over) {
            self.reach(until);
            self.played();
        }
        // A verb that nobody can answer here would wait for ever.
        let waits = self.ringing.is_none() && self.run.deadline().is_none();
        if self.begun && !self.over && waits {
            self.end(Finale::HungUp);
        }
    }

    fn played(&mut self) {
        self.playing = None;
        self.feed(Input::Played);
    }

    fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            let at = self.now.mono + KEY_GAP;
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

    /// Lets the time to answer run out.
    fn wait(&mut self) {
        if let Some(deadline) = self.run.deadline() {
            self.reach(deadline);
            self.feed(Input::Tick);
        }
    }

    /// Lets time pass, to an instant that is not past.
    pub(super) fn reach(&mut self, at: Mono) {
        self.now = self.now.later(at.since(self.now.mono));
    }

    /// Hands the flow what happened, and carries out what it wants.
    pub(super) fn feed(&mut self, input: Input) {
        self.count();
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let needed = self.needed();
            let facts = Facts {
                needed: needed.as_ref(),
                last_call: self.last_call,
                source: self.market.as_ref().and_then(|market| market.source.as_ref()),
                ..Facts::new(&self.fields, self.pool.unwrap_or(POOL_UNKNOWN))
            };
            self.run.handle(input, &facts, self.now);
            while let Some(output) = self.run.poll() {
                self.carry_out(output);
            }
            next = self.next.take();
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::StopPlaying => return self.playing = None,
            Output::Step(step) => self.out.push_back(Scene::Step(step)),
            Output::Play(sounds) => {
                let length: Duration = sounds.iter().map(length).sum();
                self.playing = Some(self.now.mono + length);
                self.out.push_back(Scene::Hears(sounds));
            }
            Output::Digits(digits) => self.out.push_back(Scene::Typed(digits)),
            Output::DigitIgnored(key) => self.out.push_back(Scene::Ignored(key)),
            Output::Field { name, value } => self.learn(name, value),
            // Picks are played one by one, however they are rung.
            Output::Route { offer, ringing: _ } => self.route(offer),
            Output::Record { max, .. } => {
                let length = max.min(SPEECH);
                self.now = self.now.later(length);
                self.out.push_back(Scene::Records);
                let place = Some(RECORDING.to_owned());
                self.next = Some(Input::Recorded { place, length });
            }
            // What is recorded here has ended already.
            Output::StopRecording => {}
            Output::Dial { to, timeout, .. } => self.dial(to, timeout),
            Output::Lookup { url, sets, .. } => {
                self.out.push_back(Scene::LooksUp(url));
                let fields = sets.into_iter().map(|(_, field)| field).collect();
                self.ringing = Some(Ringing::Server { fields });
            }
            Output::Tag { name, value } => self.out.push_back(Scene::Tagged { name, value }),
            Output::Unrouted(why) => self.unrouted(why),
            Output::Redirect(name) => self.redirect(name),
            Output::Hangup => self.end(Finale::HungUp),
            Output::Reject { status } => self.end(Finale::Rejected(status)),
        }
        self.stirred = true;
    }

    /// The fields that may still change who takes the call, where the flow has to know them.
    fn needed(&self) -> Option<BTreeSet<FieldName>> {
        let flow = self.run.flow();
        let inquiry = self.inquiry(None).filter(|_| flow.asks_when_needed())?;
        let flows = std::iter::once(flow).chain(self.program.others.values());
        let named = flows.flat_map(|flow| flow.references().offers).map(|mention| mention.what);
        let offers: Vec<OfferId> = named.chain([inquiry.offer.clone()]).collect();
        self.market.as_ref()?.needed(&inquiry, &offers)
    }

    fn learn(&mut self, field: FieldName, value: String) {
        let (before, was) = (self.pool, self.inquiry(None));
        self.fields.set(field.clone(), &value, Origin::Ivr);
        self.count();
        let mut left = Vec::new();
        if let (Leaving::Told, Some(market), Some(was), Some(is)) =
            (self.leaving, &self.market, was, self.inquiry(None))
        {
            left = leavers(market, &was, &is, self.now);
        }
        let pool = before.zip(self.pool);
        self.out.push_back(Scene::Learned { field, value, pool, left });
        self.next = Some(Input::FieldSet);
    }

    fn redirect(&mut self, name: FlowName) {
        let Some(flow) = self.program.flow(&name).cloned() else {
            return self.end(Finale::NoFlow(name));
        };
        self.run = self.run.redirected(flow);
        self.out.push_back(Scene::Flow(name));
        self.next = Some(Input::Start);
    }

    /// The call as an inquiry for an offer; `None` without a book.
    pub(super) fn inquiry(&self, offer: Option<OfferId>) -> Option<Inquiry> {
        let market = self.market.as_ref()?;
        Some(market.inquiry(offer, self.caller.as_ref(), &self.fields))
    }

    fn count(&mut self) {
        let inquiry = self.inquiry(None);
        let market = self.market.as_ref();
        self.pool = market.zip(inquiry).map(|(market, inquiry)| market.pool(&inquiry, self.now));
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
        // A run fills its texts in.
        Sound::Template { .. } => SENTENCE,
        Sound::File(_) | Sound::Url(_) => FILE,
        Sound::Silence(length) => *length,
    }
}
