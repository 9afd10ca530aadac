//! The flow has the word: its outputs become sounds, fields, decisions.

use std::sync::Arc;

use crate::base::Codec;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Now;
use crate::base::Origin;
use crate::flow;
use crate::flow::Flow;
use crate::flow::Sound;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::Story;
use super::caller::status;
use super::machine::LastCall;
use super::machine::Pending;
use super::machine::Pool;
use super::machine::Stage;
use super::record::EndedBy;

impl Machine {
    /// Hands the flow an input and carries out what it says.
    pub(super) fn run_flow(&mut self, input: flow::Input, now: Now) {
        if !matches!(self.stage, Stage::Asking) {
            return;
        }
        let facts = flow::Facts {
            source: Some(&self.record.source),
            needed: self.needed.as_ref(),
            last_call: match self.last_call {
                LastCall::Told(last) => last,
                LastCall::Unasked | LastCall::Awaited => None,
            },
            ..flow::Facts::new(&self.fields, self.pool_size())
        };
        self.run.handle(input, &facts, now);
        while let Some(output) = self.run.poll() {
            self.on_flow(output, now);
        }
    }

    /// Hands the flow an input before which time has passed: the pool may have changed, so it is
    /// asked for first.
    pub(super) fn go_on(&mut self, input: flow::Input, now: Now) {
        match self.pool {
            Pool::Known(before) => {
                self.pool = Pool::AwaitBefore { before, input };
                self.count_pool();
            }
            Pool::AwaitFirst | Pool::AwaitAfterField { .. } | Pool::AwaitBefore { .. } => {
                self.run_flow(input, now);
            }
        }
    }

    fn on_flow(&mut self, output: flow::Output, now: Now) {
        match output {
            flow::Output::Step(step) => self.tell(Story::Step(step.to_string())),
            flow::Output::Digits(digits) => self.tell(Story::Digits(digits)),
            flow::Output::DigitIgnored(_) => {}
            flow::Output::Unrouted(_) => self.on_unrouted(now),
            flow::Output::Play(sounds) => self.play(sounds, now),
            flow::Output::StopPlaying => self.hush(),
            flow::Output::Field { name, value } => self.learn(name, &value),
            flow::Output::Route { offer, ringing } => {
                self.ringing = ringing;
                let own = || self.own_offer.clone();
                self.offer = offer.unwrap_or_else(own);
                self.begin_routing();
            }
            // The key is heard by the run.
            flow::Output::Record { field, max, silence, finish: _, beep } => {
                self.record_caller(field, (max, silence, beep), now);
            }
            flow::Output::StopRecording => self.stop_recording(),
            flow::Output::Dial { to, timeout, caller_id } => {
                self.dial_fixed(to, timeout, caller_id, now);
            }
            flow::Output::Lookup { url, timeout, sets } => {
                self.push(Output::Lookup { url, timeout, sets });
            }
            flow::Output::Tag { name, value } => self.tag(name, value),
            flow::Output::Redirect(name) => self.push(Output::Load(name)),
            flow::Output::Hangup => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
            flow::Output::Reject { status } => self.hang_up(status, now),
        }
    }

    /// Plays to the caller; answers first if nobody has.
    pub(super) fn play(&mut self, sounds: Vec<Sound>, now: Now) {
        self.sounds += 1;
        self.caller_sounds = self.sounds;
        if self.caller.is_talking() {
            let (leg, number) = (self.caller.session, self.sounds);
            self.order(MediaOrder::Play { leg, sounds, number });
        } else {
            self.pending = Pending::Play(sounds);
            self.answer_caller(Codec::Pcmu, now);
        }
    }

    /// Begins a flow. One that speaks or asks in its first step is heard from its first word on.
    pub(super) fn begin_flow(&mut self, now: Now) {
        if !self.knows_last_call() {
            return;
        }
        if !self.caller.shares_a_codec() {
            self.drop_caller(status::NOT_ACCEPTABLE_HERE);
            return self.end(EndedBy::Switch, End::RejectedCaller, now);
        }
        if self.run.flow().answers_first() && !self.caller.is_talking() {
            self.pending = Pending::Start;
            self.answer_caller(Codec::Pcmu, now);
        } else {
            self.run_flow(flow::Input::Start, now);
        }
    }

    /// Goes on with what waited for the caller's ACK.
    pub(super) fn resume(&mut self, now: Now) {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => {}
            Pending::Start => self.run_flow(flow::Input::Start, now),
            Pending::Play(sounds) => {
                let (leg, number) = (self.caller.session, self.caller_sounds);
                self.order(MediaOrder::Play { leg, sounds, number });
            }
            Pending::Record(recorder) => {
                let leg = self.caller.session;
                self.order(MediaOrder::Record { leg, recorder });
            }
        }
    }

    /// Stops what the caller hears; a `Played` that is already on its way no longer counts.
    pub(super) fn hush(&mut self) {
        self.sounds += 1;
        self.caller_sounds = self.sounds;
        self.pending = Pending::Nothing;
        if self.caller.is_talking() {
            let leg = self.caller.session;
            self.order(MediaOrder::Hush { leg });
        }
    }

    pub(super) fn on_played(&mut self, sounds: u64, now: Now) {
        if sounds == self.caller_sounds {
            match self.stage {
                Stage::Asking => self.go_on(flow::Input::Played, now),
                Stage::Farewell => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
                Stage::Ringing(_) | Stage::Bridged { .. } | Stage::Over | Stage::Done => {}
            }
        } else {
            self.on_whispered(sounds, now);
        }
    }

    fn learn(&mut self, name: FieldName, value: &str) {
        let before = self.pool_size();
        self.fields.set(name.clone(), value, Origin::Ivr);
        self.pool = Pool::AwaitAfterField { before, field: name };
        self.count_pool();
    }

    /// Asks how many contracts are left, and before that, where the flow has to know it, which
    /// answers may still change that.
    pub(super) fn count_pool(&mut self) {
        let flow = self.run.flow();
        if flow.asks_when_needed() {
            let inquiry = Box::new(self.inquiry().for_offer(self.own_offer.clone()));
            let flow = flow.clone();
            self.push(Output::FindNeeded { inquiry, flow });
        }
        self.push(Output::CountPool(self.inquiry()));
    }

    pub(super) fn on_pool(&mut self, after: usize, now: Now) {
        match std::mem::replace(&mut self.pool, Pool::Known(after)) {
            Pool::AwaitFirst => self.begin_flow(now),
            Pool::AwaitAfterField { before, field } => {
                let value = self.fields.value(field.as_str()).unwrap_or_default().to_owned();
                let (pool_before, pool_after) = (before, after);
                self.tell(Story::Learned { field, value, pool_before, pool_after });
                self.run_flow(flow::Input::FieldSet, now);
            }
            Pool::AwaitBefore { input, .. } => self.run_flow(input, now),
            Pool::Known(_) => {}
        }
    }

    pub(super) fn pool_size(&self) -> usize {
        match self.pool {
            Pool::AwaitFirst => 0,
            Pool::AwaitAfterField { before, .. } | Pool::AwaitBefore { before, .. } => before,
            Pool::Known(size) => size,
        }
    }

    /// Goes on in another flow; a flow that is not there, or one too many, ends the call.
    pub(super) fn on_loaded(&mut self, flow: Option<Arc<Flow>>, now: Now) {
        if !matches!(self.stage, Stage::Asking) {
            return;
        }
        match (flow, self.flows_left.checked_sub(1)) {
            (Some(flow), Some(left)) => {
                self.flows_left = left;
                self.run = self.run.redirected(flow);
                if self.run.flow().asks_when_needed() {
                    self.pool = Pool::AwaitFirst;
                    self.count_pool();
                } else {
                    self.begin_flow(now);
                }
            }
            (None, _) | (_, None) => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
        }
    }

    /// Lets the caller go: the flow says so, it has come to nothing, or the call is too long.
    pub(super) fn hang_up(&mut self, unanswered: u16, now: Now) {
        let tried = !self.decisions.is_empty() || self.pool_size() == 0;
        let reason = if tried { End::NoContract } else { End::RejectedCaller };
        self.drop_caller(unanswered);
        self.end(EndedBy::Switch, reason, now);
    }

    /// The switch lets everybody go.
    pub(super) fn on_stop(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        self.drop_caller(status::SERVICE_UNAVAILABLE);
        self.end(EndedBy::Switch, End::SwitchRestart, now);
    }
}
