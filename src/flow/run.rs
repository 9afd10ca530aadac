//! The interpreter: one caller in one flow.
//!
//! Hand in what happened with [`Run::handle`], drain [`Run::poll`], and hand in a
//! [`Input::Tick`] at [`Run::deadline`]. Nothing here waits, so that thousands of callers can be
//! played in simulated time.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use crate::base::Mono;
use crate::base::Now;

use super::Facts;
use super::Flow;
use super::Goto;
use super::Input;
use super::NotRouted;
use super::Output;
use super::Verb;
use super::verb::Asking;

/// Most verbs that are carried out for one call, over all its flows; then the call is ended.
pub const STEPS_PER_CALL_MAX: u32 = 1_000;
/// Most ignored keys that one run reports.
const IGNORED_DIGITS_MAX: u8 = 32;

/// What a run awaits.
#[derive(Debug)]
pub(crate) enum Await {
    /// The beginning.
    Start,
    /// The end of what plays.
    Played,
    /// An answer to a question.
    Answer(Asking),
    /// The field to be set; then the way on.
    FieldSet(Then),
    /// The outcome of a routing.
    Routed,
    /// Nothing more.
    Nothing,
}

/// The way on after a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The verb below.
    Next,
    /// Another step.
    Goto(Goto),
}

impl From<Option<Goto>> for Then {
    fn from(goto: Option<Goto>) -> Self {
        goto.map_or(Then::Next, Then::Goto)
    }
}

/// What a verb makes of its turn.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Go on without waiting.
    Go(Then),
    /// Wait for this.
    Wait(Await),
    /// The flow is over, with this last output.
    End(Output),
}

#[derive(Debug, Clone, Copy)]
struct Position {
    step: Goto,
    verb: usize,
}

/// One caller in one flow.
#[derive(Debug)]
pub struct Run {
    flow: Arc<Flow>,
    at: Position,
    awaits: Await,
    taken: u32,
    ignored: u8,
    out: VecDeque<Output>,
}

impl Run {
    /// A caller before the flow's first step; begins with [`Input::Start`].
    pub fn new(flow: Arc<Flow>) -> Self {
        Self {
            at: Position { step: flow.start, verb: 0 },
            flow,
            awaits: Await::Start,
            taken: 0,
            ignored: 0,
            out: VecDeque::new(),
        }
    }

    /// The same caller in another flow, after [`Output::Redirect`]. What the caller has used up
    /// of [`STEPS_PER_CALL_MAX`] goes along, so that flows cannot chase each other for ever.
    pub fn redirected(&self, flow: Arc<Flow>) -> Self {
        Self { taken: self.taken, ignored: self.ignored, ..Self::new(flow) }
    }

    /// The flow that is run.
    pub fn flow(&self) -> &Arc<Flow> {
        &self.flow
    }

    /// Whether the flow has come to its end; inputs then change nothing.
    pub fn is_over(&self) -> bool {
        matches!(self.awaits, Await::Nothing)
    }

    /// When an [`Input::Tick`] is due: the caller's time to answer runs out.
    pub fn deadline(&self) -> Option<Mono> {
        match &self.awaits {
            Await::Answer(asking) => asking.deadline(),
            Await::Start | Await::Played | Await::FieldSet(_) | Await::Routed => None,
            Await::Nothing => None,
        }
    }

    /// The next thing to do; drain before the next [`Run::handle`].
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Takes in what happened. An input that nothing awaits changes nothing.
    pub fn handle(&mut self, input: Input, facts: &Facts<'_>, now: Now) {
        let awaits = mem::replace(&mut self.awaits, Await::Nothing);
        let turn = match (awaits, input) {
            (Await::Start, Input::Start) => Turn::Go(Then::Goto(self.flow.start)),
            (Await::Played, Input::Played) => Turn::Go(Then::Next),
            (Await::FieldSet(then), Input::FieldSet) => Turn::Go(then),
            (Await::Routed, Input::NotRouted(why)) => self.not_routed(why),
            (Await::Answer(asking), input) => self.answer(asking, input, now),
            (awaits, Input::Digit(digit)) => {
                self.ignore(digit, &awaits);
                Turn::Wait(awaits)
            }
            (awaits, _unawaited) => Turn::Wait(awaits),
        };
        self.go_on(turn, facts, now);
    }

    fn go_on(&mut self, mut turn: Turn, facts: &Facts<'_>, now: Now) {
        let flow = Arc::clone(&self.flow);
        loop {
            match turn {
                Turn::Wait(awaits) => return self.awaits = awaits,
                Turn::End(last) => return self.out.push_back(last),
                Turn::Go(Then::Next) => self.at.verb += 1,
                Turn::Go(Then::Goto(step)) => {
                    self.at = Position { step, verb: 0 };
                    let id = flow.step(step).map(|step| step.id.clone());
                    self.out.extend(id.map(Output::Step));
                }
            }
            turn = match verb_at(&flow, self.at) {
                Some(verb) if self.taken < STEPS_PER_CALL_MAX => {
                    verb.begin(facts, now, &mut self.out)
                }
                Some(_) | None => Turn::End(Output::Hangup),
            };
            self.taken += 1;
        }
    }

    fn not_routed(&self, why: NotRouted) -> Turn {
        let below = Position { verb: self.at.verb + 1, ..self.at };
        match verb_at(&self.flow, self.at) {
            Some(Verb::Route(route)) => match route.branch(why) {
                Some(goto) => Turn::Go(Then::Goto(goto)),
                None if verb_at(&self.flow, below).is_some() => Turn::Go(Then::Next),
                None => Turn::End(Output::Unrouted(why)),
            },
            Some(_) | None => Turn::End(Output::Unrouted(why)),
        }
    }

    fn answer(&mut self, asking: Asking, input: Input, now: Now) -> Turn {
        let flow = Arc::clone(&self.flow);
        match verb_at(&flow, self.at) {
            Some(Verb::Gather(gather)) => asking.handle(gather, input, now, &mut self.out),
            Some(_) | None => Turn::End(Output::Hangup),
        }
    }

    fn ignore(&mut self, digit: char, awaits: &Await) {
        let over = matches!(awaits, Await::Start | Await::Nothing);
        if !over && self.ignored < IGNORED_DIGITS_MAX {
            self.ignored += 1;
            self.out.push_back(Output::DigitIgnored(digit));
        }
    }
}

fn verb_at(flow: &Flow, at: Position) -> Option<&Verb> {
    flow.step(at.step)?.verbs.get(at.verb).map(|verb| &verb.what)
}

impl Verb {
    fn begin(&self, facts: &Facts<'_>, now: Now, out: &mut VecDeque<Output>) -> Turn {
        match self {
            Verb::Say(say) => say.begin(out),
            Verb::Play(play) => play.begin(out),
            Verb::Pause(pause) => pause.begin(out),
            Verb::Gather(gather) => Turn::Wait(Await::Answer(Asking::begin(gather, now, out))),
            Verb::Set(set) => set.begin(out),
            Verb::If(test) => test.begin(facts),
            Verb::Route(route) => route.begin(out),
            Verb::Redirect(redirect) => redirect.begin(),
            Verb::Hangup(hangup) => hangup.begin(),
            Verb::Reject(reject) => reject.begin(),
        }
    }
}
