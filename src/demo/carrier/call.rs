//! One call: requests documents and carries them out until one side hangs up.

use std::collections::VecDeque;
use std::time::Duration;

use super::calls::Calls;
use super::document::AnswersOn;
use super::document::Link;
use super::document::Record;
use super::document::Redirects;
use super::document::Rejection;
use super::document::Verb;
use super::fault::Fault;
use super::fault::Trap;
use super::params;
use super::params::CallerLeg;
use super::params::Params;
use super::post::Post;
use super::read::Place;
use super::script::Reply;
use super::script::Script;
use super::transcript::End;
use super::transcript::Event;
use super::transcript::Leg;
use super::transcript::Status;
use super::transcript::Transcript;
use crate::base::Wall;

/// Most verbs that one call executes.
const VERBS_MAX: usize = 500;
/// Most documents that one call requests.
const DOCUMENTS_MAX: usize = 200;
/// Longest call.
const CALL_MAX: Duration = Duration::from_secs(4 * 3600);
/// Assumed length of a sound.
const SOUND: Duration = Duration::from_secs(4);

/// When a race of dialed phones is decided, where the carrier does not document it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pickup {
    /// The first answer stops the ringing of the others, with or without a whisper.
    First,
    /// The others keep ringing while one phone hears its whisper.
    Bridged,
}

/// The caller hung up, or the customer hung up the call by the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HungUp;

/// What follows a verb.
#[derive(Debug)]
pub(super) enum Step {
    On,
    Go(Link, Params),
    End(End),
}

/// A live call.
pub(super) struct Call {
    pub(super) post: Post,
    pub(super) line: CallerLeg,
    pub(super) script: Script,
    pub(super) replies: VecDeque<Reply>,
    pub(super) calls: Calls,
    pub(super) pickup: Pickup,
    /// Start of the call, in the carrier's time.
    pub(super) origin: Duration,
    /// Time since the start.
    pub(super) now: Duration,
    pub(super) status: Status,
    pub(super) answered: Option<Duration>,
    pub(super) events: Vec<(Duration, Event)>,
    pub(super) legs: Vec<Leg>,
    pub(super) verbs: usize,
}

impl Call {
    /// Plays the call to its end. Requests `ended` last, if the number has such a URL.
    pub(super) async fn run(mut self, voice: Link, ended: Option<Link>) -> Transcript {
        let first = params::event(&self.line, self.params(), "StartApp");
        let mut next = (voice, first);
        let mut documents = 0;
        let end = loop {
            documents += 1;
            if documents > DOCUMENTS_MAX {
                self.post.faults.push(Fault::Endless("it asks for document after document"));
                break End::Fault;
            }
            let (link, params) = next;
            let Some(verbs) = self.post.document(self.now, Place::Call, &link, params).await else {
                break End::Fault;
            };
            match self.perform(verbs).await {
                Ok(Step::Go(link, params)) => next = (link, params),
                Ok(Step::On) => break End::Document,
                Ok(Step::End(end)) => break end,
                Err(HungUp) => break End::Caller,
            }
        };
        self.finish(end, ended).await
    }

    async fn perform(&mut self, verbs: Vec<Verb>) -> Result<Step, HungUp> {
        for verb in verbs {
            self.verbs += 1;
            if self.verbs > VERBS_MAX || self.now > CALL_MAX {
                self.post.faults.push(Fault::Endless("it goes on and on"));
                return Ok(Step::End(End::Fault));
            }
            match self.verb(verb).await? {
                Step::On => {}
                step => return Ok(step),
            }
        }
        Ok(Step::On)
    }

    async fn verb(&mut self, verb: Verb) -> Result<Step, HungUp> {
        match &verb {
            Verb::Reject(_) | Verb::Redirect(_) => {}
            Verb::Dial(dial) if dial.answers_on == AnswersOn::Bridge => {}
            Verb::Say { .. }
            | Verb::Play { .. }
            | Verb::Pause(_)
            | Verb::Gather(_)
            | Verb::Record(_)
            | Verb::Dial(_)
            | Verb::Hangup => self.answer(),
        }
        match verb {
            Verb::Say { .. } | Verb::Play { .. } | Verb::Pause(_) => {
                let length = self.hear(&verb).await;
                self.spend(length).await?;
                Ok(Step::On)
            }
            Verb::Gather(gather) => self.gather(gather).await,
            Verb::Record(record) => self.record(record).await,
            Verb::Dial(dial) => self.dial(&dial).await,
            Verb::Redirect(link) => {
                let params = params::event(&self.line, self.params(), "Redirect");
                Ok(Step::Go(link, params))
            }
            Verb::Hangup => Ok(Step::End(End::Document)),
            Verb::Reject(rejection) => Ok(self.reject(rejection)),
        }
    }

    /// Records what the caller hears, and returns its length.
    pub(super) async fn hear(&mut self, verb: &Verb) -> Duration {
        let event = match verb {
            Verb::Say { text, .. } => Event::Heard(text.clone()),
            Verb::Play { url, .. } => {
                self.post.sound(self.now, url).await;
                Event::Played(url.clone())
            }
            Verb::Pause(length) => Event::Paused(*length),
            Verb::Gather(_)
            | Verb::Record(_)
            | Verb::Dial(_)
            | Verb::Redirect(_)
            | Verb::Hangup
            | Verb::Reject(_) => return Duration::ZERO,
        };
        self.note(event);
        length(verb)
    }

    async fn record(&mut self, record: Record) -> Result<Step, HungUp> {
        let spoken = self.script.speaks.min(record.most);
        let begun = self.now;
        let gone = self.spend(spoken).await.is_err();
        let length = self.now.saturating_sub(begun);
        self.note(Event::Recorded(length));
        let id = super::account::dashed(&mut self.post.rng);
        let digits = if gone { "hangup" } else { "" };
        let params = params::recording(&self.line, self.params(), &id, length, digits);
        if gone {
            self.post.report(self.now, &record.action, params).await;
            return Err(HungUp);
        }
        Ok(self.follow(record.redirects, record.action, params).await)
    }

    fn reject(&mut self, rejection: Rejection) -> Step {
        if self.answered.is_some() {
            let url = self.post.exchanges.last().map_or(String::new(), |last| last.url.clone());
            self.post.faults.push(Fault::Document { url, line: 1, trap: Trap::LateReject });
            return Step::End(End::Document);
        }
        self.status = match rejection {
            Rejection::Busy => Status::Busy,
            Rejection::Rejected => Status::NoAnswer,
        };
        Step::End(End::Rejected)
    }

    /// Continues with the action's document, or only reports to the action and goes on.
    pub(super) async fn follow(
        &mut self,
        redirects: Redirects,
        action: Link,
        params: Params,
    ) -> Step {
        match redirects {
            Redirects::Follows => Step::Go(action, params),
            Redirects::GoesOn => {
                self.post.report(self.now, &action, params).await;
                Step::On
            }
        }
    }

    /// Answers the caller, if not answered yet.
    pub(super) fn answer(&mut self) {
        if self.answered.is_none() {
            self.answered = Some(self.now);
            self.status = Status::InProgress;
            self.calls.change(&self.line.id, self.status, self.wall());
        }
    }

    /// Advances time, unless the caller hangs up meanwhile.
    pub(super) async fn spend(&mut self, length: Duration) -> Result<(), HungUp> {
        if self.calls.is_hung_up(&self.line.id) {
            return Err(HungUp);
        }
        let until = self.now.saturating_add(length);
        match self.script.hangs_up_at.filter(|at| *at <= until) {
            Some(at) => {
                self.move_to(at).await;
                Err(HungUp)
            }
            None => {
                self.move_to(until).await;
                if self.calls.is_hung_up(&self.line.id) { Err(HungUp) } else { Ok(()) }
            }
        }
    }

    /// Advances this call's time; never back.
    pub(super) async fn move_to(&mut self, at: Duration) {
        self.now = self.now.max(at);
        self.post.time.until(self.origin + self.now).await;
    }

    pub(super) fn note(&mut self, event: Event) {
        self.events.push((self.now, event));
    }

    /// Returns the parameters of a request about this call.
    pub(super) fn params(&self) -> Params {
        params::call(&self.line, self.status)
    }

    pub(super) fn wall(&self) -> Wall {
        self.post.time.now().wall
    }

    async fn finish(mut self, end: End, ended: Option<Link>) -> Transcript {
        self.note(Event::Ended(end));
        self.status = match (self.answered, end) {
            (Some(_), _) => Status::Completed,
            (None, End::Rejected) => self.status,
            (None, End::Caller) => Status::Canceled,
            (None, End::Document | End::Fault) => Status::Failed,
        };
        let lasted = self.answered.map_or(Duration::ZERO, |at| self.now.saturating_sub(at));
        self.calls.change(&self.line.id, self.status, self.wall());
        if let Some(link) = ended {
            let params = params::ended(&self.line, self.status, lasted, self.wall());
            self.post.callback(self.now, &link, params).await;
        }
        self.post.flush(self.now).await;
        Transcript {
            call: self.line.id,
            events: self.events,
            legs: self.legs,
            status: self.status,
            end,
            lasted,
            exchanges: self.post.exchanges,
            faults: self.post.faults,
        }
    }
}

/// Returns the length of a sentence (60 ms per letter), a sound or a pause.
pub(super) fn length(verb: &Verb) -> Duration {
    match verb {
        Verb::Say { text, times } => {
            let letters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
            Duration::from_millis(letters.saturating_mul(60)).saturating_mul(*times)
        }
        Verb::Play { times, .. } => SOUND.saturating_mul(*times),
        Verb::Pause(length) => *length,
        Verb::Gather(_)
        | Verb::Record(_)
        | Verb::Dial(_)
        | Verb::Redirect(_)
        | Verb::Hangup
        | Verb::Reject(_) => Duration::ZERO,
    }
}
