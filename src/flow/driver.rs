//! Drives a call through its flows: keeps what a run needs to know, requests it when it may have
//! changed, and goes on in another flow. Under a SIP call, a webhook carrier's call and a rehearsal
//! alike; what the flow wants done with the caller is theirs to do.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::FlowName;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;

use super::Facts;
use super::Flow;
use super::Input;
use super::OpenQuestion;
use super::Output;
use super::Run;

/// Most flows that one call may go through, so that redirects cannot loop.
const FLOWS_MAX: u32 = 20;
/// Most tags of one call; further ones are dropped.
const TAGS_MAX: usize = 32;

/// A call in its flows.
#[derive(Debug)]
pub struct Driver {
    run: Run,
    fields: Fields,
    source: Option<SourceId>,
    caller: Option<Phone>,
    pool: Pool,
    /// Fields that may still change who takes the call, when last asked.
    needed: Option<BTreeSet<FieldName>>,
    last_call: LastCall,
    tags: BTreeMap<FieldName, String>,
    flows_left: u32,
    requests: VecDeque<Request>,
}

/// Something that a driver wants of its call, in order.
#[derive(Debug)]
pub enum Request {
    /// How many contracts may still take the call? Answer: [`Driver::pool`].
    CountPool,
    /// Which fields that are not known yet may still change who takes the call, for the number's
    /// own offer and those that this flow and the flows behind it name? Answer:
    /// [`Driver::needed`].
    FindNeeded(Arc<Flow>),
    /// When did this caller call last, before this call? Answer: [`Driver::last_call`].
    FindLastCall(Phone),
    /// Another flow is wanted. Answer: [`Driver::loaded`].
    Load(FlowName),
    /// All that the flow has to know is known: it waits for [`Input::Start`].
    Begin,
    /// A field became known, and the pool with it.
    Learned {
        /// The field.
        field: FieldName,
        /// Its value.
        value: String,
        /// Contracts in the pool before.
        pool_before: usize,
        /// Contracts in the pool after.
        pool_after: usize,
    },
    /// A tag was set.
    Tagged {
        /// Its name.
        name: FieldName,
        /// Its value.
        value: String,
    },
    /// The flow that was wanted is not there, or it is one too many: the call ends.
    Lost,
    /// What the flow wants done with the caller. Never a field, a tag or another flow.
    Do(Output),
}

/// How many contracts could take the call, and what is done when that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pool {
    /// Nothing was asked yet, or the size is asked before a flow's first step.
    AwaitFirst,
    /// Known; when the caller called last is awaited before the first step.
    AwaitLastCall(usize),
    /// Asked after a field became known.
    AwaitAfterField { before: usize, field: FieldName },
    /// Asked before the flow is handed an input: time has passed, buyers have come and gone.
    AwaitBefore { before: usize, input: Input },
    /// Asked before the keys of an answer are looked at.
    AwaitKeys { before: usize, keys: String },
    /// Known.
    Known(usize),
}

/// What is known of the caller's last call before this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastCall {
    /// No flow has asked.
    Unasked,
    /// It was asked.
    Awaited,
    /// When it was, if there was one.
    Known(Option<Wall>),
}

impl Driver {
    /// A call that enters a flow. Call [`Driver::begin`] before anything else.
    pub fn new(
        flow: Arc<Flow>,
        fields: Fields,
        source: Option<SourceId>,
        caller: Option<Phone>,
    ) -> Self {
        Self {
            run: Run::new(flow),
            fields,
            source,
            caller,
            pool: Pool::AwaitFirst,
            needed: None,
            last_call: LastCall::Unasked,
            tags: BTreeMap::new(),
            flows_left: FLOWS_MAX,
            requests: VecDeque::new(),
        }
    }

    /// Asks for what the flow has to know before its first step.
    pub fn begin(&mut self) {
        let asks = self.run.flow().asks_last_call() && self.last_call == LastCall::Unasked;
        if let Some(caller) = self.caller.clone().filter(|_| asks) {
            self.last_call = LastCall::Awaited;
            self.requests.push_back(Request::FindLastCall(caller));
        }
        self.pool = Pool::AwaitFirst;
        self.count_pool();
    }

    /// The next thing that is wanted.
    pub fn poll(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// When to hand in [`Input::Tick`] at the latest.
    pub fn deadline(&self) -> Option<Mono> {
        self.run.deadline()
    }

    /// Whether everything that was asked for is known: the flow has gone as far as it can, and
    /// waits for the caller, or for whoever carries out what it wants.
    pub fn is_ready(&self) -> bool {
        matches!(self.pool, Pool::Known(_))
    }

    /// Returns the question that is being asked.
    pub fn question(&self) -> Option<OpenQuestion<'_>> {
        self.run.question()
    }

    /// The flow that the call is in.
    pub fn flow(&self) -> &Arc<Flow> {
        self.run.flow()
    }

    /// What is known of the call.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The fields as records keep them.
    pub fn plain_fields(&self) -> BTreeMap<FieldName, String> {
        self.fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
    }

    /// What the flow keeps for reports.
    pub fn tags(&self) -> &BTreeMap<FieldName, String> {
        &self.tags
    }

    /// How many contracts could take the call, when last asked; 0 before.
    pub fn pool_size(&self) -> usize {
        match self.pool {
            Pool::AwaitFirst => 0,
            Pool::AwaitAfterField { before, .. }
            | Pool::AwaitBefore { before, .. }
            | Pool::AwaitKeys { before, .. } => before,
            Pool::AwaitLastCall(size) | Pool::Known(size) => size,
        }
    }

    /// A field became known outside the flow, which gets no input for it.
    pub fn set_field(&mut self, name: FieldName, value: &str) {
        self.fields.set(name, value, Origin::Ivr);
    }

    /// Hands the flow an input. Where time has passed before it, buyers have come and gone: the
    /// pool is asked for first.
    pub fn handle(&mut self, input: Input, now: Now) {
        match (&self.pool, &input) {
            (_, Input::Start | Input::Digit(_) | Input::FieldSet) => self.run(input, now),
            (
                Pool::Known(before),
                Input::Played
                | Input::Tick
                | Input::NotRouted(_)
                | Input::Recorded { .. }
                | Input::NotDialled(_)
                | Input::LookedUp(_),
            ) => {
                self.pool = Pool::AwaitBefore { before: *before, input };
                self.count_pool();
            }
            (
                Pool::AwaitFirst
                | Pool::AwaitLastCall(_)
                | Pool::AwaitAfterField { .. }
                | Pool::AwaitBefore { .. }
                | Pool::AwaitKeys { .. },
                _,
            ) => self.run(input, now),
        }
    }

    /// Hands in all keys of an answer, which came at once after the prompts had played.
    pub fn answer(&mut self, keys: String) {
        self.pool = Pool::AwaitKeys { before: self.pool_size(), keys };
        self.count_pool();
    }

    /// [`Request::CountPool`]: how many contracts may still take the call.
    pub fn pool(&mut self, after: usize, now: Now) {
        match std::mem::replace(&mut self.pool, Pool::Known(after)) {
            Pool::AwaitFirst if self.last_call == LastCall::Awaited => {
                self.pool = Pool::AwaitLastCall(after);
            }
            Pool::AwaitFirst => self.requests.push_back(Request::Begin),
            Pool::AwaitLastCall(_) => self.pool = Pool::AwaitLastCall(after),
            Pool::AwaitAfterField { before, field } => {
                let value = self.fields.value(field.as_str()).unwrap_or_default().to_owned();
                let (pool_before, pool_after) = (before, after);
                let learned = Request::Learned { field, value, pool_before, pool_after };
                self.requests.push_back(learned);
                self.run(Input::FieldSet, now);
            }
            Pool::AwaitBefore { input, .. } => self.run(input, now),
            Pool::AwaitKeys { keys, .. } => self.type_in(&keys, now),
            Pool::Known(_) => {}
        }
    }

    /// [`Request::FindNeeded`]: fields whose answer may still change who takes the call; `None`
    /// when any may.
    pub fn needed(&mut self, needed: Option<BTreeSet<FieldName>>) {
        self.needed = needed;
    }

    /// [`Request::FindLastCall`]: when that was, if ever.
    pub fn last_call(&mut self, last: Option<Wall>) {
        self.last_call = LastCall::Known(last);
        if let Pool::AwaitLastCall(size) = self.pool {
            self.pool = Pool::Known(size);
            self.requests.push_back(Request::Begin);
        }
    }

    /// [`Request::Load`]: the flow that was wanted, if there is one.
    pub fn loaded(&mut self, flow: Option<Arc<Flow>>) {
        match (flow, self.flows_left.checked_sub(1)) {
            (Some(flow), Some(left)) => {
                self.flows_left = left;
                self.run = self.run.redirected(flow);
                self.begin();
            }
            (None, _) | (_, None) => self.requests.push_back(Request::Lost),
        }
    }

    /// The keys are pressed one by one after the prompts; then the time runs out. Keys beyond a
    /// complete answer are not the next question's.
    fn type_in(&mut self, keys: &str, now: Now) {
        let mut outputs = Vec::new();
        let pressed = keys.chars().map(Input::Digit);
        for input in std::iter::once(Input::Played).chain(pressed) {
            outputs.extend(self.feed(input, now));
            if outputs.iter().any(|output| matches!(output, Output::Digits(_))) {
                break;
            }
        }
        if outputs.is_empty()
            && let Some(due) = self.run.deadline()
        {
            outputs = self.feed(Input::Tick, Now { mono: due, ..now });
        }
        outputs.into_iter().for_each(|output| self.carry_out(output));
    }

    fn run(&mut self, input: Input, now: Now) {
        self.feed(input, now).into_iter().for_each(|output| self.carry_out(output));
    }

    /// Hands the run an input, and returns what it wants.
    fn feed(&mut self, input: Input, now: Now) -> Vec<Output> {
        let pool = self.pool_size();
        let facts = Facts {
            needed: self.needed.as_ref(),
            source: self.source.as_ref(),
            last_call: match self.last_call {
                LastCall::Known(last) => last,
                LastCall::Unasked | LastCall::Awaited => None,
            },
            ..Facts::new(&self.fields, pool)
        };
        self.run.handle(input, &facts, now);
        std::iter::from_fn(|| self.run.poll()).collect()
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Field { name, value } => {
                let before = self.pool_size();
                self.fields.set(name.clone(), &value, Origin::Ivr);
                self.pool = Pool::AwaitAfterField { before, field: name };
                self.count_pool();
            }
            Output::Tag { name, value } => self.tag(name, value),
            Output::Redirect(name) => self.requests.push_back(Request::Load(name)),
            other @ (Output::Step(_)
            | Output::Play(_)
            | Output::StopPlaying
            | Output::Digits(_)
            | Output::DigitIgnored(_)
            | Output::Route { .. }
            | Output::Record { .. }
            | Output::StopRecording
            | Output::Dial { .. }
            | Output::Lookup { .. }
            | Output::Unrouted(_)
            | Output::Hangup
            | Output::Reject { .. }) => self.requests.push_back(Request::Do(other)),
        }
    }

    /// Asks how many contracts are left, and before that, where the flow has to know it, which
    /// answers may still change that.
    fn count_pool(&mut self) {
        if self.run.flow().asks_when_needed() {
            self.requests.push_back(Request::FindNeeded(self.run.flow().clone()));
        }
        self.requests.push_back(Request::CountPool);
    }

    fn tag(&mut self, name: FieldName, value: String) {
        if self.tags.len() < TAGS_MAX || self.tags.contains_key(&name) {
            self.tags.insert(name.clone(), value.clone());
            self.requests.push_back(Request::Tagged { name, value });
        }
    }
}

#[cfg(test)]
mod tests;
