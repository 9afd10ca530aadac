//! Converts what the flow requests to the verbs of a document.
//!
//! The machine does not wait for playback: it counts a sound as played when it writes the sound.
//! Only a question ends the document; the next request brings all its keys at once.

use std::time::Duration;

use crate::base::End;
use crate::base::FieldName;
use crate::base::Now;
use crate::base::OfferId;
use crate::call::CallEvent;
use crate::call::EndedBy;
use crate::call::Recording;
use crate::flow;
use crate::flow::Gather;
use crate::flow::Ringing;
use crate::flow::Sound;
use crate::sale;
use crate::sale::Terms;

use super::Call;
use super::Output;
use super::machine::Stage;
use crate::carrier::BargeIn;
use crate::carrier::Beep;
use crate::carrier::CallState;
use crate::carrier::Prompt;
use crate::carrier::Record;
use crate::carrier::Request;
use crate::carrier::Silence;
use crate::carrier::Verb;

/// Most keys read from one answer; further keys are ignored.
const KEYS_MAX: usize = 64;

impl Call {
    pub(super) fn follow_flow(&mut self, request: flow::Request, now: Now) {
        match request {
            flow::Request::CountPool => {
                self.push(Output::CountPool(self.inquiry_for(self.record.offer.clone())));
            }
            flow::Request::FindNeeded(flow) => {
                let inquiry = Box::new(self.inquiry_for(self.record.offer.clone()));
                self.push(Output::FindNeeded { inquiry, flow });
            }
            flow::Request::FindLastCall(caller) => self.push(Output::FindLastCall(caller)),
            flow::Request::Load(name) => self.push(Output::Load(name)),
            flow::Request::Begin => self.flow.handle(flow::Input::Start, now),
            flow::Request::Learned { field, value, pool_before, pool_after } => {
                self.report(CallEvent::Learned { field, value, pool_before, pool_after });
            }
            flow::Request::Tagged { name, value } => self.report(CallEvent::Tagged { name, value }),
            flow::Request::Lost => self.let_caller_go(now),
            flow::Request::Do(output) => self.carry_out(output, now),
        }
    }

    fn carry_out(&mut self, output: flow::Output, now: Now) {
        match output {
            flow::Output::Play(sounds) => self.sounds = sounds,
            flow::Output::StopPlaying => self.sounds.clear(),
            flow::Output::Step(step) => self.report(CallEvent::Step(step.to_string())),
            flow::Output::Digits(digits) => self.report(CallEvent::Digits(digits)),
            flow::Output::Unrouted(_) => self.turn_down(now),
            flow::Output::Route { offer, ringing } => self.offer_for_sale(offer, &ringing, now),
            flow::Output::Record { field, max, silence, finish, beep } => {
                self.write_record(field, (max, silence), finish, beep, now);
            }
            flow::Output::Dial { to, timeout, caller_id } => {
                self.dial_past_contracts(to, timeout, caller_id, now);
            }
            flow::Output::Lookup { url, timeout, sets } => {
                self.push(Output::Lookup { url, timeout, sets });
            }
            flow::Output::Hangup => self.let_caller_go(now),
            flow::Output::Reject { status } => self.reject(status, now),
            // The carrier itself detects the key that ends a recording. The driver handles fields,
            // tags and other flows.
            flow::Output::DigitIgnored(_)
            | flow::Output::StopRecording
            | flow::Output::Field { .. }
            | flow::Output::Tag { .. }
            | flow::Output::Redirect(_) => {}
        }
    }

    fn offer_for_sale(&mut self, offer: Option<OfferId>, ringing: &Ringing, now: Now) {
        let offer = offer.unwrap_or_else(|| self.record.offer.clone());
        let terms = Terms {
            width: ringing.width,
            ring_timeout: ringing.timeout,
            ..Terms::new(self.inquiry_for(offer))
        };
        self.tell_sale(sale::Input::Sell(Box::new(terms)), now);
    }

    pub(super) fn take_lookup(&mut self, found: Option<Vec<(FieldName, String)>>, now: Now) {
        self.report(CallEvent::LookedUp { fields: found.as_ref().map(Vec::len) });
        self.flow.handle(flow::Input::LookedUp(found), now);
    }

    fn write_record(
        &mut self,
        field: Option<FieldName>,
        (max, silence): (Duration, Duration),
        finish_on_key: Option<char>,
        beep: bool,
        now: Now,
    ) {
        if self.record.next_recording().is_none() {
            self.report(CallEvent::Recorded { place: None });
            let nothing = flow::Input::Recorded { place: None, length: Duration::ZERO };
            return self.flow.handle(nothing, now);
        }
        self.recording = field;
        let beep = if beep { Beep::On } else { Beep::Off };
        let action = self.addresses.next(self.document + 1);
        self.verbs.push(Verb::Record(Record { action, max, silence, finish_on_key, beep }));
        self.stage = Stage::Asking;
        self.answer(now);
    }

    /// Handles a recording of the caller. The carrier stores the sound; we keep its URL.
    fn take_recording(&mut self, request: &Request, now: Now) {
        let place = request.recording.as_ref().map(|recording| recording.url.clone());
        let length = request.recording.as_ref().and_then(|recording| recording.duration);
        self.report(CallEvent::Recorded { place: place.clone() });
        let field = self.recording.take();
        if let Some((n, url)) = self.record.next_recording().zip(place.clone()) {
            self.record.keep(Recording::at_carrier(n, url, length, now.wall));
        }
        if self.caller_gone.is_some() || request.state.is_some_and(CallState::is_final) {
            if let Some((field, place)) = field.zip(place) {
                self.flow.set_field(field, &place);
            }
            return self.leave(now);
        }
        let length = length.unwrap_or_default();
        self.flow.handle(flow::Input::Recorded { place, length }, now);
    }

    /// Ends the call because the caller has hung up, at the time that the carrier reported.
    fn leave(&mut self, now: Now) {
        let then = |at| Now::from_origin(self.record.started_at, at);
        let now = self.caller_gone.map_or(now, then);
        self.part(EndedBy::Caller, End::Abandoned, now);
    }

    /// Ends the document with a question.
    pub(super) fn ask(&mut self, gather: &Gather, sounds: &[Sound], now: Now) {
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
        self.stage = Stage::Asking;
        self.answer(now);
    }

    pub(super) fn prompt(&self, sound: &Sound) -> Prompt {
        match sound {
            Sound::Say { language, text } | Sound::Spoken { language, text, .. } => {
                Prompt::Say { language: language.clone(), text: text.clone() }
            }
            // The flow fills in templates before it asks.
            Sound::Template { language, text } => {
                Prompt::Say { language: language.clone(), text: text.to_string() }
            }
            Sound::File(name) => Prompt::Play { url: self.addresses.sound(name) },
            Sound::Url(url) => Prompt::Play { url: url.clone() },
            Sound::Silence(length) => Prompt::Pause { length: *length },
        }
    }

    /// Handles the result of a question or a recording.
    pub(super) fn on_left(&mut self, request: &Request, now: Now) {
        self.stage = Stage::Writing;
        if self.flow.question().is_none() {
            return self.take_recording(request, now);
        }
        if request.state.is_some_and(CallState::is_final) {
            return self.leave(now);
        }
        let keys = request.digits.as_deref().unwrap_or_default();
        self.flow.answer(keys.chars().take(KEYS_MAX).collect());
    }
}

/// Returns the number of keys in an answer, if it is set or if all options have that length.
fn keys_of(gather: &Gather) -> Option<usize> {
    let mut lengths = gather.choices.iter().map(|choice| choice.digits.len());
    let first = lengths.next();
    let alike = gather.check.is_none() && lengths.all(|length| Some(length) == first);
    gather.digits.or(first.filter(|_| alike))
}
