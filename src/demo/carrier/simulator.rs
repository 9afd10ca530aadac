//! The carrier for tests and the demo: starts a call and returns its transcript.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use super::account::Account;
use super::call::Call;
use super::call::Pickup;
use super::calls::Calls;
use super::calls::Row;
use super::document::Link;
use super::mischief::Mischief;
use super::params::CallerLeg;
use super::post::Post;
use super::post::Site;
use super::script::Script;
use super::sign::Method;
use super::time::Time;
use super::transcript::Status;
use super::transcript::Transcript;
use crate::base::Rng;

/// A simulated carrier with one account. All its numbers use one voice URL.
#[derive(Debug, Clone)]
pub struct Simulator {
    account: Account,
    site: Site,
    voice: Link,
    ended: Option<Link>,
    time: Time,
    patience: Duration,
    mischief: Mischief,
    pickup: Pickup,
    calls: Calls,
    rng: Rng,
}

impl Simulator {
    /// Creates a carrier that requests `voice` (an absolute URL of `site`) for every call.
    pub fn new(account: Account, site: Site, voice: &str, time: Time, rng: Rng) -> Self {
        Self {
            patience: account.kind.patience(),
            account,
            site,
            voice: Link { url: voice.to_owned(), method: Method::Post },
            ended: None,
            time,
            mischief: Mischief::NONE,
            pickup: Pickup::First,
            calls: Calls::default(),
            rng,
        }
    }

    /// Sets the method for the voice URL.
    #[must_use]
    pub fn asking(mut self, method: Method) -> Self {
        self.voice.method = method;
        self
    }

    /// Reports the end of every call to a URL: the number's status callback, Plivo's `hangup_url`.
    #[must_use]
    pub fn reporting_to(mut self, url: &str) -> Self {
        self.ended = Some(Link { url: url.to_owned(), method: Method::Post });
        self
    }

    /// Sets the rates of faults.
    #[must_use]
    pub fn with_mischief(mut self, mischief: Mischief) -> Self {
        self.mischief = mischief;
        self
    }

    /// Sets when a race is decided.
    #[must_use]
    pub fn with_pickup(mut self, pickup: Pickup) -> Self {
        self.pickup = pickup;
        self
    }

    /// Sets the timeout for answers, by the machine's clock.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Returns the calls so far, for the REST API.
    pub fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// Returns the account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Places a call. Calls may run in parallel; each has its own randomness, so that a seed gives
    /// the same calls in any interleaving.
    pub fn call(&mut self, script: Script) -> impl Future<Output = Transcript> + Send + use<> {
        let mut rng = self.rng.fork();
        let line = CallerLeg {
            account: self.account.clone(),
            id: self.account.call_id(&mut rng),
            from: script.from.clone(),
            to: script.to.clone(),
            attestation: script.attestation,
            extra: script.extra.clone(),
        };
        let row = Row::new(None, &line.from, &line.to, Status::Ringing, self.time.now().wall);
        self.calls.begin(&line.id, row);
        let call = Call {
            post: Post::new(
                self.account.clone(),
                self.site.clone(),
                self.time.clone(),
                self.patience,
                self.mischief,
                rng,
            ),
            line,
            replies: VecDeque::from(script.replies.clone()),
            script,
            calls: self.calls.clone(),
            pickup: self.pickup,
            origin: self.time.passed(),
            now: Duration::ZERO,
            status: Status::Ringing,
            answered: None,
            events: Vec::new(),
            legs: Vec::new(),
            verbs: 0,
        };
        call.run(self.voice.clone(), self.ended.clone())
    }
}
