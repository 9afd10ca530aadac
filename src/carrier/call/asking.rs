//! The flow has the word: its outputs become the verbs of a document.
//!
//! What a carrier plays needs no waiting for: a sound's end is taken as reached when it is
//! written. Only a question ends the document; its keys come all at once with the next request.

use std::sync::Arc;
use std::time::Duration;

use crate::base::End;
use crate::base::FieldName;
use crate::base::Now;
use crate::base::Origin;
use crate::call::EndedBy;
use crate::call::Story;
use crate::call::TAGS_MAX;
use crate::flow;
use crate::flow::Flow;
use crate::flow::Gather;
use crate::flow::Sound;

use super::Call;
use super::Output;
use crate::carrier::BargeIn;
use crate::carrier::Beep;
use crate::carrier::CallState;
use crate::carrier::Prompt;
use crate::carrier::Record;
use crate::carrier::Request;
use crate::carrier::Silence;
use crate::carrier::Verb;

/// Most keys of one answer that are looked at.
const KEYS_MAX: usize = 64;

/// How many contracts could take the call, and what is done when that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pool {
    /// Asked before the flow's first step.
    AwaitFirst,
    /// Asked after a field became known.
    AwaitAfterField {
        before: usize,
        field: FieldName,
    },
    /// Asked before the keys of an answer are looked at.
    AwaitAnswer {
        before: usize,
        keys: String,
    },
    /// Asked before the flow is handed an input.
    AwaitBefore {
        before: usize,
        input: flow::Input,
    },
    Known(usize),
}

impl Call {
    pub(super) fn pool_size(&self) -> usize {
        match self.pool {
            Pool::AwaitFirst => 0,
            Pool::AwaitAfterField { before, .. }
            | Pool::AwaitAnswer { before, .. }
            | Pool::AwaitBefore { before, .. } => before,
            Pool::Known(size) => size,
        }
    }

    pub(super) fn on_pool(&mut self, after: usize, now: Now) {
        match std::mem::replace(&mut self.pool, Pool::Known(after)) {
            Pool::AwaitFirst => self.run_flow(flow::Input::Start, now),
            Pool::AwaitAfterField { before, field } => {
                let value = self.fields.value(field.as_str()).unwrap_or_default().to_owned();
                let (pool_before, pool_after) = (before, after);
                self.tell(Story::Learned { field, value, pool_before, pool_after });
                self.run_flow(flow::Input::FieldSet, now);
            }
            Pool::AwaitAnswer { keys, .. } => self.type_in(&keys, now),
            Pool::AwaitBefore { input, .. } => self.run_flow(input, now),
            Pool::Known(_) => {}
        }
    }

    /// Hands the flow an input before which time has passed: the pool may have changed.
    pub(super) fn go_on(&mut self, input: flow::Input) {
        self.pool = Pool::AwaitBefore { before: self.pool_size(), input };
        self.count_pool();
    }

    /// Hands the flow an input, and carries out what it says.
    fn run_flow(&mut self, input: flow::Input, now: Now) {
        let outputs = self.feed(input, now);
        self.carry_out(outputs, now);
    }

    /// Carries out what the flow says, and writes what it waits for.
    fn carry_out(&mut self, outputs: Vec<flow::Output>, now: Now) {
        let mut sounds = Vec::new();
        for output in outputs {
            self.on_flow(output, &mut sounds, now);
        }
        let question = self.run.question().map(|(_, _, gather)| gather.clone());
        if let Some(gather) = question {
            self.ask(&gather, &sounds, now);
        } else if !sounds.is_empty() {
            let heard: Vec<Verb> =
                sounds.iter().map(|sound| self.prompt(sound)).map(Verb::from).collect();
            self.verbs.extend(heard);
            self.go_on(flow::Input::Played);
        }
    }

    fn on_flow(&mut self, output: flow::Output, sounds: &mut Vec<Sound>, now: Now) {
        match output {
            flow::Output::Play(these) => *sounds = these,
            flow::Output::StopPlaying => sounds.clear(),
            flow::Output::Step(step) => self.tell(Story::Step(step.to_string())),
            flow::Output::Digits(digits) => self.tell(Story::Digits(digits)),
            flow::Output::DigitIgnored(_) => {}
            flow::Output::Unrouted(_) => self.on_unrouted(now),
            flow::Output::Field { name, value } => self.learn(name, &value),
            flow::Output::Route { offer, ringing } => {
                self.ringing = ringing;
                self.offer = offer.unwrap_or_else(|| self.own_offer.clone());
                self.begin_routing();
            }
            flow::Output::Tag { name, value } => self.tag(name, value),
            flow::Output::Record { field, max, silence, finish, beep } => {
                self.record_caller(field, (max, silence), finish, beep, now);
            }
            // The carrier hears the key itself.
            flow::Output::StopRecording => {}
            flow::Output::Dial { to, timeout, caller_id } => {
                self.dial_fixed(to, timeout, caller_id, now);
            }
            flow::Output::Lookup { url, timeout, sets } => {
                self.push(Output::Lookup { url, timeout, sets });
            }
            flow::Output::Redirect(name) => self.push(Output::Load(name)),
            flow::Output::Hangup => self.hang_up(now),
            flow::Output::Reject { status } => self.reject(status, now),
        }
    }

    /// Asks what the flow has to be told before its first step.
    pub(super) fn ask_what_the_flow_needs(&mut self) {
        let asks = self.run.flow().asks_last_call() && self.last_call.is_none();
        if let Some(caller) = self.record.caller.clone().filter(|_| asks) {
            self.push(Output::FindLastCall(caller));
        }
        self.count_pool();
    }

    /// Asks how many contracts are left, and before that, where the flow has to know it, which
    /// answers may still change that.
    fn count_pool(&mut self) {
        let flow = self.run.flow();
        if flow.asks_when_needed() {
            let inquiry = Box::new(self.inquiry().for_offer(self.own_offer.clone()));
            let flow = flow.clone();
            self.push(Output::FindNeeded { inquiry, flow });
        }
        self.push(Output::CountPool(self.inquiry()));
    }

    pub(super) fn on_looked_up(&mut self, found: Option<Vec<(FieldName, String)>>) {
        self.tell(Story::LookedUp { fields: found.as_ref().map(Vec::len) });
        self.go_on(flow::Input::LookedUp(found));
    }

    fn tag(&mut self, name: FieldName, value: String) {
        let tags = &mut self.record.tags;
        if tags.len() < TAGS_MAX || tags.contains_key(&name) {
            tags.insert(name.clone(), value.clone());
            self.tell(Story::Tagged { name, value });
        }
    }

    fn record_caller(
        &mut self,
        field: Option<FieldName>,
        (max, silence): (Duration, Duration),
        finish_on_key: Option<char>,
        beep: bool,
        now: Now,
    ) {
        self.recording = field;
        let beep = if beep { Beep::On } else { Beep::Off };
        let action = self.addresses.next(self.document + 1);
        self.verbs.push(Verb::Record(Record { action, max, silence, finish_on_key, beep }));
        self.answer(now);
    }

    /// The caller was recorded. Where the sound is, only the carrier knows: its address is kept.
    fn on_recorded(&mut self, request: &Request, now: Now) {
        let place = request.recording.as_ref().map(|recording| recording.url.clone());
        let length = request.recording.as_ref().and_then(|recording| recording.duration);
        self.tell(Story::Recorded { place: place.clone() });
        let field = self.recording.take();
        if request.state.is_some_and(CallState::is_final) {
            if let Some((field, place)) = field.zip(place) {
                self.fields.set(field, &place, Origin::Ivr);
            }
            return self.leave(now);
        }
        let length = length.unwrap_or_default();
        self.go_on(flow::Input::Recorded { place, length });
    }

    /// The caller has hung up.
    fn leave(&mut self, now: Now) {
        self.part(EndedBy::Caller, End::Abandoned, now);
    }

    fn learn(&mut self, name: FieldName, value: &str) {
        let before = self.pool_size();
        self.fields.set(name.clone(), value, Origin::Ivr);
        self.pool = Pool::AwaitAfterField { before, field: name };
        self.count_pool();
    }

    /// Goes on in another flow; a flow that is not there, or one too many, ends the call.
    pub(super) fn on_loaded(&mut self, flow: Option<Arc<Flow>>, now: Now) {
        match (flow, self.flows_left.checked_sub(1)) {
            (Some(flow), Some(left)) => {
                self.flows_left = left;
                self.run = self.run.redirected(flow);
                self.pool = Pool::AwaitFirst;
                self.ask_what_the_flow_needs();
            }
            (None, _) | (_, None) => self.hang_up(now),
        }
    }

    /// Ends the document with a question.
    fn ask(&mut self, gather: &Gather, sounds: &[Sound], now: Now) {
        let question = crate::carrier::Gather {
            prompts: sounds.iter().map(|sound| self.prompt(sound)).collect(),
            action: self.addresses.next(self.document + 1),
            digits: keys_of(gather),
            finish_on_key: gather.finish,
            timeout: gather.timeout,
            inter_digit_timeout: gather.inter_digit_timeout,
            barge_in: match gather.barge_in {
                flow::BargeIn::On => BargeIn::On,
                flow::BargeIn::Off => BargeIn::Off,
            },
            silence: Silence::Action,
        };
        self.verbs.push(Verb::Gather(question));
        self.answer(now);
    }

    pub(super) fn prompt(&self, sound: &Sound) -> Prompt {
        match sound {
            Sound::Say { language, text } | Sound::Spoken { language, text, .. } => {
                Prompt::Say { language: language.clone(), text: text.clone() }
            }
            // A run asks for no template: it fills it in first.
            Sound::Template { language, text } => {
                Prompt::Say { language: language.clone(), text: text.to_string() }
            }
            Sound::File(name) => Prompt::Play { url: self.addresses.sound(name) },
            Sound::Url(url) => Prompt::Play { url: url.clone() },
            Sound::Silence(length) => Prompt::Pause { length: *length },
        }
    }

    /// A question or a recording was carried out. Time has passed, so the pool is asked for first.
    pub(super) fn on_left(&mut self, request: &Request, now: Now) {
        if self.run.question().is_none() {
            return self.on_recorded(request, now);
        }
        if request.state.is_some_and(CallState::is_final) {
            return self.leave(now);
        }
        let keys = request.digits.as_deref().unwrap_or_default();
        let keys = keys.chars().take(KEYS_MAX).collect();
        self.pool = Pool::AwaitAnswer { before: self.pool_size(), keys };
        self.count_pool();
    }

    /// The keys are pressed one by one after the prompts; then the time runs out.
    fn type_in(&mut self, keys: &str, now: Now) {
        let mut told = Vec::new();
        let pressed = keys.chars().map(flow::Input::Digit);
        for input in std::iter::once(flow::Input::Played).chain(pressed) {
            told.extend(self.feed(input, now));
            // The answer is complete: keys beyond it are not the next question's.
            if told.iter().any(|output| matches!(output, flow::Output::Digits(_))) {
                break;
            }
        }
        if told.is_empty()
            && let Some(due) = self.run.deadline()
        {
            told = self.feed(flow::Input::Tick, Now { mono: due, ..now });
        }
        self.carry_out(told, now);
    }

    /// Hands the flow an input, and says what it wants.
    fn feed(&mut self, input: flow::Input, now: Now) -> Vec<flow::Output> {
        let facts = flow::Facts {
            needed: self.needed.as_ref(),
            source: Some(&self.record.source),
            last_call: self.last_call.flatten(),
            ..flow::Facts::new(&self.fields, self.pool_size())
        };
        self.run.handle(input, &facts, now);
        std::iter::from_fn(|| self.run.poll()).collect()
    }
}

/// How many keys an answer has, when that is known: said, or all options are as long.
fn keys_of(gather: &Gather) -> Option<usize> {
    let mut lengths = gather.choices.iter().map(|choice| choice.digits.len());
    let first = lengths.next();
    let alike = gather.check.is_none() && lengths.all(|length| Some(length) == first);
    gather.digits.or(first.filter(|_| alike))
}
