//! Phones that ring for one caller. Each has its own course in the carrier's time; the next due
//! phone takes a step, until one is bridged or all have ended.

use std::collections::VecDeque;
use std::time::Duration;

use super::account::dashed;
use super::call::Call;
use super::call::HungUp;
use super::call::Pickup;
use super::call::length;
use super::calls::Row;
use super::document::Detection;
use super::document::Dial;
use super::document::Gather;
use super::document::Link;
use super::document::Noun;
use super::document::OnSilence;
use super::document::Progress;
use super::document::Verb;
use super::document::Wire;
use super::gather::collect;
use super::params;
use super::params::Child;
use super::params::Over;
use super::params::Params;
use super::read::Place;
use super::script::AtWhisper;
use super::script::Behaviour;
use super::script::Side;
use super::script::Then;
use super::script::Voice;
use super::transcript::Event;
use super::transcript::Leg;
use super::transcript::Status;

/// Time from dialing to the first ring.
const SETUP: Duration = Duration::from_millis(200);
/// Time for which a callee who does not want the call hears its whisper.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Time from the end of a whisper's prompt to the key, and between keys.
const KEY: Duration = Duration::from_millis(1000);
/// Most documents of one whisper.
const WHISPERS_MAX: usize = 20;

/// A leg, and its current phase.
pub(super) struct Runner {
    noun: Noun,
    pub(super) child: Child,
    pub(super) behaviour: Behaviour,
    phase: Phase,
    /// Time of its next step.
    wake: Duration,
    pub(super) answered: Option<Duration>,
    pub(super) status: Status,
    pub(super) sip_status: Option<u16>,
    sequence: u64,
    documents: usize,
    /// Whether it has pressed its keys.
    pressed: bool,
    pub(super) rang: bool,
    pub(super) lasted: Duration,
}

/// What a leg waits for.
enum Phase {
    Setup,
    Answer,
    Document(Link, Params, Place),
    Verbs(VecDeque<Verb>, Place),
    Keys(Gather, String, Option<char>, VecDeque<Verb>),
    Confirmation,
    Joined,
    Over,
}

/// The legs of one `<Dial>`, or of one of its nouns if they ring one after the other.
pub(super) struct Race<'a> {
    dial: &'a Dial,
    begun: Duration,
    pub(super) runners: Vec<Runner>,
}

impl<'a> Race<'a> {
    /// Dials every noun.
    pub(super) async fn begin(call: &mut Call, dial: &'a Dial, nouns: &[Noun]) -> Self {
        let mut race = Race { dial, begun: call.now, runners: Vec::new() };
        for noun in nouns {
            let id = match call.line.account.kind {
                super::account::Kind::Plivo => dashed(&mut call.post.rng),
                _ => call.line.account.call_id(&mut call.post.rng),
            };
            let from = dial.caller_id.clone().unwrap_or_else(|| call.line.from.clone());
            let child = Child { id, from, to: noun.target.clone() };
            let parent = Some(call.line.id.as_str());
            let wall = call.wall();
            let row = Row::new(parent, &child.from, &child.to, Status::Initiated, wall);
            call.calls.begin(&child.id, row);
            call.note(Event::Dialled(noun.target.clone()));
            let mut runner = Runner {
                behaviour: call.script.behaviour(&noun.target),
                noun: noun.clone(),
                child,
                phase: Phase::Setup,
                wake: call.now + SETUP,
                answered: None,
                status: Status::Initiated,
                sip_status: None,
                sequence: 0,
                documents: 0,
                pressed: false,
                rang: false,
                lasted: Duration::ZERO,
            };
            runner.report(call, Progress::Initiated).await;
            race.runners.push(runner);
        }
        race
    }

    /// Runs until a leg is bridged with the caller or none is left; returns the bridged leg.
    pub(super) async fn run(&mut self, call: &mut Call) -> Result<Option<usize>, HungUp> {
        loop {
            let live = self.runners.iter().enumerate().filter(|(_, runner)| runner.is_live());
            let Some((next, wake)) =
                live.map(|(place, runner)| (place, runner.wake)).min_by_key(|(_, wake)| *wake)
            else {
                return Ok(None);
            };
            if let Some(at) = call.script.hangs_up_at.filter(|at| *at <= wake) {
                call.move_to(at).await;
                self.end_all(call, None).await;
                return Err(HungUp);
            }
            call.move_to(wake).await;
            let deadline = self.begun + self.dial.timeout;
            let Some(runner) = self.runners.get_mut(next) else { return Ok(None) };
            let before = runner.answered;
            runner.step(call, self.dial, deadline).await;
            let joined = matches!(runner.phase, Phase::Joined);
            let picked_up = before.is_none() && runner.answered.is_some();
            if joined || (picked_up && call.pickup == Pickup::First) {
                self.end_all(call, Some(next)).await;
            }
            if joined {
                return Ok(Some(next));
            }
        }
    }

    /// Ends every leg except one.
    async fn end_all(&mut self, call: &mut Call, but: Option<usize>) {
        for (place, runner) in self.runners.iter_mut().enumerate() {
            if runner.is_live() && Some(place) != but {
                let status = match runner.answered {
                    Some(_) => Status::Completed,
                    None => Status::Canceled,
                };
                runner.end(call, self.dial, status, None).await;
            }
        }
    }
}

impl Runner {
    pub(super) fn wire(&self) -> Wire {
        self.noun.wire
    }

    fn is_live(&self) -> bool {
        !matches!(self.phase, Phase::Over | Phase::Joined)
    }

    async fn step(&mut self, call: &mut Call, dial: &Dial, deadline: Duration) {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Setup => self.set_up(call, dial, deadline).await,
            Phase::Answer => self.ring_out(call, dial, deadline).await,
            Phase::Document(link, params, place) => {
                self.fetch(call, dial, link, params, place).await;
            }
            Phase::Verbs(verbs, place) => self.perform(call, dial, verbs, place).await,
            Phase::Keys(gather, digits, finish, rest) => {
                self.submit(call, gather, digits, finish, rest);
            }
            Phase::Confirmation => match self.accepts(dial) {
                true => self.join(call, dial).await,
                false => self.end(call, dial, Status::Completed, None).await,
            },
            Phase::Joined => self.phase = Phase::Joined,
            Phase::Over => {}
        }
    }

    async fn set_up(&mut self, call: &mut Call, dial: &Dial, deadline: Duration) {
        match self.behaviour.then {
            Then::Busy => {
                self.sip_status = Some(486);
                self.end(call, dial, Status::Busy, None).await;
            }
            Then::Fails(status) => {
                self.sip_status = Some(status);
                self.end(call, dial, Status::Failed, None).await;
            }
            Then::RingsOn | Then::Answers { .. } => {
                self.rang = true;
                self.change(call, Status::Ringing);
                self.report(call, Progress::Ringing).await;
                let answers = matches!(self.behaviour.then, Then::Answers { .. });
                let at = call.now + self.behaviour.rings;
                self.wake = if answers { at.min(deadline) } else { deadline };
                self.phase = Phase::Answer;
            }
        }
    }

    async fn ring_out(&mut self, call: &mut Call, dial: &Dial, deadline: Duration) {
        let Then::Answers { voice, .. } = self.behaviour.then else {
            return self.end(call, dial, Status::NoAnswer, None).await;
        };
        if call.now >= deadline {
            return self.end(call, dial, Status::NoAnswer, None).await;
        }
        self.answered = Some(call.now);
        self.sip_status = Some(200);
        self.change(call, Status::InProgress);
        call.note(Event::Answered(self.child.to.clone(), voice));
        self.report(call, Progress::Answered).await;
        self.report_to_plivo(call, dial, "answer", None).await;
        let whisper = self.noun.whisper.clone().map(|link| (link, Place::Whisper));
        let confirm = dial.confirm.as_ref().map(|confirm| (confirm.sound.clone(), Place::Confirm));
        match whisper.or(confirm) {
            None => self.join(call, dial).await,
            Some((link, Place::Confirm)) => {
                let params = params::event(&call.line, call.params(), "DialRemoteSounds");
                self.phase = Phase::Document(link, params, Place::Confirm);
                self.wake = call.now;
            }
            Some((link, place)) => {
                let mut params = params::child(&call.line, &self.child, Status::InProgress);
                if self.noun.detects == Detection::On {
                    let by = if voice == Voice::Human { "human" } else { "machine_start" };
                    params = params.with("AnsweredBy", by);
                }
                self.phase = Phase::Document(link, params, place);
                self.wake = call.now;
            }
        }
    }

    async fn fetch(
        &mut self,
        call: &mut Call,
        dial: &Dial,
        link: Link,
        params: Params,
        place: Place,
    ) {
        self.documents += 1;
        let verbs = match self.documents {
            0..=WHISPERS_MAX => call.post.document(call.now, place, &link, params).await,
            _ => None,
        };
        match verbs {
            Some(verbs) => self.phase = Phase::Verbs(verbs.into(), place),
            None => self.end(call, dial, Status::Completed, None).await,
        }
    }

    async fn perform(
        &mut self,
        call: &mut Call,
        dial: &Dial,
        mut verbs: VecDeque<Verb>,
        place: Place,
    ) {
        let conduct = self.conduct();
        let since = self.answered.unwrap_or(call.now);
        if conduct == AtWhisper::HangsUp && (call.now >= since + PATIENCE || verbs.is_empty()) {
            return self.end(call, dial, Status::Completed, Some(Side::Dialled)).await;
        }
        match verbs.pop_front() {
            None if place == Place::Confirm && confirming(dial).is_some() => {
                self.await_confirmation(call, dial);
            }
            None => self.join(call, dial).await,
            Some(Verb::Gather(gather)) => {
                for prompt in &gather.prompts {
                    self.hear(call, prompt).await;
                }
                let prompts: Duration = gather.prompts.iter().map(length).sum();
                let keys = match (&conduct, self.pressed) {
                    (AtWhisper::Presses(keys), false) => keys.as_str(),
                    _ => "",
                };
                self.pressed = true;
                let found = collect(&gather, keys, prompts + KEY, KEY);
                self.wake = call.now + found.took;
                self.phase = Phase::Keys(gather, found.digits, found.finish, verbs);
            }
            Some(Verb::Hangup) => self.end(call, dial, Status::Completed, None).await,
            Some(verb) => {
                self.hear(call, &verb).await;
                self.wake = call.now + length(&verb);
                self.phase = Phase::Verbs(verbs, place);
            }
        }
        if conduct == AtWhisper::HangsUp && self.is_live() && self.wake > since + PATIENCE {
            self.wake = since + PATIENCE;
            self.phase = Phase::Verbs(VecDeque::new(), place);
        }
    }

    fn submit(
        &mut self,
        call: &mut Call,
        gather: Gather,
        digits: String,
        finish: Option<char>,
        rest: VecDeque<Verb>,
    ) {
        call.note(Event::Pressed(self.child.to.clone(), digits.clone()));
        if digits.is_empty() && gather.on_silence == OnSilence::FallsThrough {
            self.phase = Phase::Verbs(rest, Place::Whisper);
            return;
        }
        let params = params::child(&call.line, &self.child, Status::InProgress);
        let params = params::digits(&call.line, params, &digits, finish);
        self.phase = Phase::Document(gather.action, params, Place::Whisper);
    }

    /// Starts Plivo's wait for the key after the sound.
    fn await_confirmation(&mut self, call: &mut Call, dial: &Dial) {
        let keys = match self.conduct() {
            AtWhisper::Presses(keys) => keys,
            AtWhisper::Listens | AtWhisper::HangsUp => String::new(),
        };
        call.note(Event::Pressed(self.child.to.clone(), keys));
        let timeout = dial.confirm.as_ref().map_or(Duration::ZERO, |confirm| confirm.timeout);
        self.wake = call.now + if self.accepts(dial) { KEY } else { timeout };
        self.phase = Phase::Confirmation;
    }

    fn accepts(&self, dial: &Dial) -> bool {
        match (self.conduct(), confirming(dial)) {
            (AtWhisper::Presses(keys), Some(key)) => keys.contains(key),
            (_, None) | (AtWhisper::Listens | AtWhisper::HangsUp, Some(_)) => false,
        }
    }

    async fn join(&mut self, call: &mut Call, dial: &Dial) {
        call.answer();
        call.note(Event::Bridged(self.child.to.clone()));
        self.report_to_plivo(call, dial, "connected", None).await;
        self.phase = Phase::Joined;
    }

    /// Ends the leg; the caller of this function sets `connected` in the transcript.
    pub(super) async fn end(
        &mut self,
        call: &mut Call,
        dial: &Dial,
        status: Status,
        by: Option<Side>,
    ) {
        self.phase = Phase::Over;
        self.lasted = self.answered.map_or(Duration::ZERO, |at| call.now.saturating_sub(at));
        self.change(call, status);
        call.note(Event::Left(self.child.to.clone(), status));
        call.legs.push(Leg {
            id: self.child.id.clone(),
            target: self.child.to.clone(),
            status,
            lasted: self.lasted,
            connected: None,
            ended_by: by,
        });
        self.report(call, Progress::Completed).await;
        let over = Over { status, lasted: self.lasted };
        self.report_to_plivo(call, dial, "hangup", Some(over)).await;
    }

    fn change(&mut self, call: &mut Call, status: Status) {
        self.status = status;
        let wall = call.wall();
        call.calls.change(&self.child.id, status, wall);
    }

    /// Handles a sentence or a sound before the bridge.
    async fn hear(&self, call: &mut Call, verb: &Verb) {
        let heard = match verb {
            Verb::Say { text, .. } => text.clone(),
            Verb::Play { url, .. } => {
                call.post.sound(call.now, url).await;
                url.clone()
            }
            Verb::Pause(_)
            | Verb::Gather(_)
            | Verb::Record(_)
            | Verb::Dial(_)
            | Verb::Redirect(_)
            | Verb::Hangup
            | Verb::Reject(_) => return,
        };
        call.note(Event::Whispered(self.child.to.clone(), heard));
    }

    fn conduct(&self) -> AtWhisper {
        match &self.behaviour.then {
            Then::Answers { whisper, .. } => whisper.clone(),
            Then::Busy | Then::Fails(_) | Then::RingsOn => AtWhisper::Listens,
        }
    }

    /// Reports to the noun's status callback, if it subscribed to this event.
    async fn report(&mut self, call: &mut Call, progress: Progress) {
        let sequence = self.sequence;
        self.sequence += 1;
        let Some((link, wanted)) = &self.noun.status else { return };
        if !wanted.contains(&progress) {
            return;
        }
        let over = (progress == Progress::Completed).then_some(self.lasted);
        let sip_status = self.sip_status.filter(|_| progress == Progress::Completed);
        let params = params::child(&call.line, &self.child, self.status);
        let params = params::progress(params, sequence, call.wall(), over, sip_status);
        call.post.callback(call.now, link, params).await;
    }

    async fn report_to_plivo(
        &self,
        call: &mut Call,
        dial: &Dial,
        action: &str,
        over: Option<Over>,
    ) {
        if let Some(link) = &dial.callback {
            let params = params::plivo_leg(&call.line, &self.child, action, over);
            call.post.callback(call.now, link, params).await;
        }
    }
}

/// Returns the key that accepts a call on Plivo, if one is required.
fn confirming(dial: &Dial) -> Option<char> {
    dial.confirm.as_ref().and_then(|confirm| confirm.key)
}
