//! Drives a call through its flows: requests the facts that a run needs whenever they may have
//! changed, and continues in another flow. SIP calls, webhook carriers' calls and rehearsals use it
//! alike; they carry out what the flow wants done with the caller.

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

/// Maximum number of flows that one call may go through, so that redirects cannot loop.
const FLOWS_MAX: u32 = 20;
/// Maximum number of tags of one call; further tags are dropped.
const TAGS_MAX: usize = 32;

/// A call and its flows.
#[derive(Debug)]
pub struct Driver {
    run: Run,
    fields: Fields,
    source: Option<SourceId>,
    caller: Option<Phone>,
    pool: Pool,
    /// Unknown fields that may still change which buyer takes the call, at the last request.
    needed: Option<BTreeSet<FieldName>>,
    last_call: LastCall,
    tags: BTreeMap<FieldName, String>,
    flows_left: u32,
    requests: VecDeque<Request>,
}

/// A request of a driver to its call, in order.
#[derive(Debug)]
pub enum Request {
    /// Count the contracts that may still take the call. Answer: [`Driver::pool`].
    CountPool,
    /// Find the unknown fields that may still change which buyer takes the call, for the number's
    /// own offer and those that this flow and the flows after it name. Answer: [`Driver::needed`].
    FindNeeded(Arc<Flow>),
    /// Find this caller's last call before this one. Answer: [`Driver::last_call`].
    FindLastCall(Phone),
    /// Load another flow. Answer: [`Driver::loaded`].
    Load(FlowName),
    /// All facts for the flow are known: it waits for [`Input::Start`].
    Begin,
    /// A field was set, and the pool was counted again.
    Learned {
        /// Name of the field.
        field: FieldName,
        /// Value of the field.
        value: String,
        /// Contracts in the pool before.
        pool_before: usize,
        /// Contracts in the pool after.
        pool_after: usize,
    },
    /// A tag was set.
    Tagged {
        /// Name of the tag.
        name: FieldName,
        /// Value of the tag.
        value: String,
    },
    /// The requested flow does not exist, or exceeds the limit: the call ends.
    Lost,
    /// Do this with the caller. Never a field, a tag or another flow.
    Do(Output),
}

/// State of the pool count, and what follows when it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pool {
    /// No request yet, or the count is awaited before a flow's first step.
    AwaitFirst,
    /// The count is known; the last call is awaited before the first step.
    AwaitLastCall(usize),
    /// The count is awaited after a field was set.
    AwaitAfterField { before: usize, field: FieldName },
    /// The count is awaited before the flow gets an input, as buyers change over time.
    AwaitBefore { before: usize, input: Input },
    /// The count is awaited before the keys of an answer are checked.
    AwaitKeys { before: usize, keys: String },
    /// Known.
    Known(usize),
}

/// State of the request for the caller's last call before this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastCall {
    /// No flow has requested it.
    Unasked,
    /// The request is pending.
    Awaited,
    /// Time of the last call, if there was one.
    Known(Option<Wall>),
}

impl Driver {
    /// Creates the driver of a call that enters a flow. Call [`Driver::begin`] first.
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

    /// Requests the facts that the flow needs before its first step.
    pub fn begin(&mut self) {
        let asks = self.run.flow().asks_last_call() && self.last_call == LastCall::Unasked;
        if let Some(caller) = self.caller.clone().filter(|_| asks) {
            self.last_call = LastCall::Awaited;
            self.requests.push_back(Request::FindLastCall(caller));
        }
        self.pool = Pool::AwaitFirst;
        self.count_pool();
    }

    /// Returns the next request.
    pub fn poll(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// Returns when [`Input::Tick`] is due at the latest.
    pub fn deadline(&self) -> Option<Mono> {
        self.run.deadline()
    }

    /// Returns whether no request is pending: the flow waits for the caller, or for the result of
    /// an output.
    pub fn is_ready(&self) -> bool {
        matches!(self.pool, Pool::Known(_))
    }

    /// Returns the current question.
    pub fn question(&self) -> Option<OpenQuestion<'_>> {
        self.run.question()
    }

    /// Returns the flow that the call is in.
    pub fn flow(&self) -> &Arc<Flow> {
        self.run.flow()
    }

    /// Returns the fields that are known about the call.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the fields as records store them.
    pub fn plain_fields(&self) -> BTreeMap<FieldName, String> {
        self.fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
    }

    /// Returns the tags that the flow set for reports.
    pub fn tags(&self) -> &BTreeMap<FieldName, String> {
        &self.tags
    }

    /// Returns how many contracts could take the call at the last count; 0 before.
    pub fn pool_size(&self) -> usize {
        match self.pool {
            Pool::AwaitFirst => 0,
            Pool::AwaitAfterField { before, .. }
            | Pool::AwaitBefore { before, .. }
            | Pool::AwaitKeys { before, .. } => before,
            Pool::AwaitLastCall(size) | Pool::Known(size) => size,
        }
    }

    /// Sets a field from outside the flow, which gets no input for it.
    pub fn set_field(&mut self, name: FieldName, value: &str) {
        self.fields.set(name, value, Origin::Ivr);
    }

    /// Passes an input to the flow. If time has passed before it, the pool is counted first, as
    /// buyers change.
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

    /// Passes all keys of an answer, which arrived together after the prompts.
    pub fn answer(&mut self, keys: String) {
        self.pool = Pool::AwaitKeys { before: self.pool_size(), keys };
        self.count_pool();
    }

    /// Answers [`Request::CountPool`]: how many contracts may still take the call.
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

    /// Answers [`Request::FindNeeded`]: the fields whose answer may still change which buyer takes
    /// the call; `None` when any may.
    pub fn needed(&mut self, needed: Option<BTreeSet<FieldName>>) {
        self.needed = needed;
    }

    /// Answers [`Request::FindLastCall`]: the time of the last call, if any.
    pub fn last_call(&mut self, last: Option<Wall>) {
        self.last_call = LastCall::Known(last);
        if let Pool::AwaitLastCall(size) = self.pool {
            self.pool = Pool::Known(size);
            self.requests.push_back(Request::Begin);
        }
    }

    /// Answers [`Request::Load`]: the requested flow, if it exists.
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

    /// Presses the keys one by one after the prompts, then lets the time run out. Keys beyond a
    /// complete answer do not count for the next question.
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

    /// Passes an input to the run, and returns its outputs.
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

    /// Requests the pool count, and before it the needed fields if the flow uses them.
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
