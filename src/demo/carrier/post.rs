//! The carrier's requests: signed, retried, repeated, lost or late, with checks of their answers.

use std::net::SocketAddr;
use std::time::Duration;

use super::account::Account;
use super::account::Kind;
use super::account::dashed;
use super::account::hex;
use super::document::Link;
use super::document::Verb;
use super::fault::Fault;
use super::mischief::Mischief;
use super::mischief::strikes;
use super::params::Params;
use super::read;
use super::read::Place;
use super::sign;
use super::sign::Method;
use super::sign::Signed;
use super::time::Time;
use super::transcript::HttpExchange;
use super::transcript::Purpose;
use super::transcript::Sending;
use super::wire;
use super::wire::HttpAnswer;
use super::wire::Letter;
use crate::base::Rng;

/// Most retries of one request.
const RETRIES_MAX: usize = 5;

/// The site under test: the base of its URLs, and its real address.
#[derive(Debug, Clone)]
pub struct Site {
    /// Scheme, host and path of all its URLs, without a trailing slash.
    pub base: String,
    /// Address of its socket.
    pub address: SocketAddr,
}

/// A sent or pending request.
#[derive(Debug, Clone)]
struct Request {
    link: Link,
    params: Vec<(String, String)>,
    /// Token that is the same each time it is sent.
    token: String,
    nonce: String,
}

/// A past request and its answer, for comparison if it is sent again.
struct Past {
    request: Request,
    answer: HttpAnswer,
}

/// The requests of one call.
pub(super) struct Post {
    pub(super) account: Account,
    pub(super) site: Site,
    pub(super) time: Time,
    /// Timeout for an answer, by the machine's clock.
    pub(super) patience: Duration,
    pub(super) mischief: Mischief,
    pub(super) rng: Rng,
    pub(super) exchanges: Vec<HttpExchange>,
    pub(super) faults: Vec<Fault>,
    past: Vec<Past>,
    swapped: Option<Request>,
    late: Vec<Request>,
}

impl Post {
    pub(super) fn new(
        account: Account,
        site: Site,
        time: Time,
        patience: Duration,
        mischief: Mischief,
        rng: Rng,
    ) -> Self {
        Self {
            account,
            site,
            time,
            patience,
            mischief,
            rng,
            exchanges: Vec::new(),
            faults: Vec::new(),
            past: Vec::new(),
            swapped: None,
            late: Vec::new(),
        }
    }

    /// Requests and parses a document; `None` if there is nothing to continue with.
    pub(super) async fn document(
        &mut self,
        at: Duration,
        place: Place,
        link: &Link,
        params: Params,
    ) -> Option<Vec<Verb>> {
        let answer = self.ask(at, link, params).await?;
        let text = self.text(&link.url, answer)?;
        let (verbs, found) = read::read(self.account.kind, place, &text);
        let fault = |found: read::FoundTrap| Fault::Document {
            url: link.url.clone(),
            line: found.line,
            trap: found.trap,
        };
        self.faults.extend(found.into_iter().map(fault));
        verbs
    }

    /// Requests a URL whose answer does not decide the call's next step (Plivo's `redirect="false"`).
    pub(super) async fn report(&mut self, at: Duration, link: &Link, params: Params) {
        drop(self.ask(at, link, params).await);
    }

    /// Sends a callback, subject to the configured faults.
    pub(super) async fn callback(&mut self, at: Duration, link: &Link, params: Params) {
        if !self.is_ours(&link.url) {
            return self.faults.push(Fault::Elsewhere(link.url.clone()));
        }
        let request = self.request(link, params);
        if strikes(self.mischief.lose, &mut self.rng) {
            return self.note(at, Purpose::Callback, Sending::Lost, &request, None);
        }
        if strikes(self.mischief.late, &mut self.rng) {
            return self.late.push(request);
        }
        if self.swapped.is_none() && strikes(self.mischief.swap, &mut self.rng) {
            self.swapped = Some(request);
            return;
        }
        self.inform(at, request).await;
        if let Some(request) = self.swapped.take() {
            self.inform(at, request).await;
        }
    }

    /// Sends the pending callbacks, in any order.
    pub(super) async fn flush(&mut self, at: Duration) {
        let mut late: Vec<Request> = self.swapped.take().into_iter().collect();
        late.append(&mut self.late);
        while !late.is_empty() {
            let count = u64::try_from(late.len()).unwrap_or(1);
            let place = usize::try_from(self.rng.below(count)).unwrap_or(0);
            let request = late.swap_remove(place);
            self.inform(at, request).await;
        }
    }

    /// Fetches a sound if it is on the site; carriers do not sign this request.
    pub(super) async fn sound(&mut self, at: Duration, url: &str) {
        if !self.is_ours(url) {
            return;
        }
        let link = Link { url: url.to_owned(), method: Method::Get };
        let request = Request { link, params: vec![], token: String::new(), nonce: String::new() };
        let (method, url) = ("GET", without_fragment(url).to_owned());
        let letter = Letter { method, url, headers: vec![], body: String::new() };
        let result = post(self.site.address, self.patience, &letter).await;
        let answer = self.judge(at, Purpose::Sound, Sending::First, &request, result);
        if let Some(answer) = answer
            && answer.status == 200
            && !answer.content_type.starts_with("audio/")
        {
            let found = answer.content_type;
            self.faults.push(Fault::ContentType { url: letter.url, found });
        }
    }

    /// Requests a document, subject to the configured faults, and returns the answer that counts.
    async fn ask(&mut self, at: Duration, link: &Link, params: Params) -> Option<HttpAnswer> {
        if !self.is_ours(&link.url) {
            self.faults.push(Fault::Elsewhere(link.url.clone()));
            return None;
        }
        let request = self.request(link, params);
        if strikes(self.mischief.forge, &mut self.rng) {
            self.forge(at, &request).await;
        }
        let mut answers = Vec::new();
        if strikes(self.mischief.unheard, &mut self.rng) {
            answers.extend(self.deliver(at, Sending::First, &request).await);
        }
        let counts = answers.len();
        if strikes(self.mischief.together, &mut self.rng) {
            answers.extend(self.deliver_together(at, &request).await);
        } else {
            answers.extend(self.deliver_patiently(at, &request).await);
        }
        if strikes(self.mischief.repeat, &mut self.rng) {
            answers.extend(self.deliver(at, Sending::Again, &request).await);
        }
        let first = answers.first()?.clone();
        for answer in answers.iter().skip(1).filter(|answer| **answer != first) {
            self.faults.push(differs(&request, &first, answer));
        }
        let counts = answers.into_iter().nth(counts)?;
        self.past.push(Past { request, answer: first });
        if strikes(self.mischief.replay, &mut self.rng) {
            self.replay(at).await;
        }
        Some(counts)
    }

    /// Sends a request, with the carrier's retries, until the answer is a 200.
    async fn deliver_patiently(&mut self, at: Duration, request: &Request) -> Option<HttpAnswer> {
        let mut answer = self.deliver(at, Sending::First, request).await;
        for _ in 0..retries(self.account.kind, &request.link.url, answer.as_ref()) {
            if answer.as_ref().is_some_and(|answer| answer.status == 200) {
                break;
            }
            answer = self.deliver(at, Sending::Again, request).await;
        }
        answer
    }

    async fn deliver_together(&mut self, at: Duration, request: &Request) -> Vec<HttpAnswer> {
        let letter = self.letter(request);
        let (address, patience) = (self.site.address, self.patience);
        let (one, two) =
            tokio::join!(post(address, patience, &letter), post(address, patience, &letter));
        let one = self.judge(at, Purpose::Document, Sending::First, request, one);
        let two = self.judge(at, Purpose::Document, Sending::Again, request, two);
        one.into_iter().chain(two).collect()
    }

    async fn deliver(
        &mut self,
        at: Duration,
        sending: Sending,
        request: &Request,
    ) -> Option<HttpAnswer> {
        let letter = self.letter(request);
        let result = post(self.site.address, self.patience, &letter).await;
        self.judge(at, Purpose::Document, sending, request, result)
    }

    /// Sends a past request again: its answer must be the same.
    async fn replay(&mut self, at: Duration) {
        let count = u64::try_from(self.past.len()).unwrap_or(0);
        let place = usize::try_from(self.rng.below(count)).unwrap_or(0);
        let Some(past) = self.past.get(place) else { return };
        let (request, before) = (past.request.clone(), past.answer.clone());
        if let Some(answer) = self.deliver(at, Sending::Again, &request).await
            && answer != before
        {
            self.faults.push(differs(&request, &before, &answer));
        }
    }

    /// Sends the request with a wrong signature.
    async fn forge(&mut self, at: Duration, request: &Request) {
        let own = self.account.clone();
        let mut rng = self.rng.fork();
        let stranger = Account::draw(own.kind, &mut rng);
        self.account.key = stranger.key;
        let letter = self.letter(request);
        self.account = own;
        let url = letter.url.clone();
        match post(self.site.address, self.patience, &letter).await {
            Ok(answer) => {
                let status = answer.status;
                self.note(at, Purpose::Forgery, Sending::First, request, Some(&answer));
                if status != 403 {
                    self.faults.push(Fault::Forged { url, status });
                }
            }
            Err(cause) => self.faults.push(cause.fault(url)),
        }
    }

    async fn inform(&mut self, at: Duration, request: Request) {
        let twice = strikes(self.mischief.duplicate, &mut self.rng);
        for sending in [Sending::First, Sending::Again].into_iter().take(1 + usize::from(twice)) {
            let letter = self.letter(&request);
            let result = post(self.site.address, self.patience, &letter).await;
            self.judge(at, Purpose::Callback, sending, &request, result);
        }
    }

    /// Records the answer and its faults.
    fn judge(
        &mut self,
        at: Duration,
        purpose: Purpose,
        sending: Sending,
        request: &Request,
        result: Result<HttpAnswer, Silent>,
    ) -> Option<HttpAnswer> {
        let url = request.link.url.clone();
        match result {
            Ok(answer) => {
                self.note(at, purpose, sending, request, Some(&answer));
                let fits = match purpose {
                    Purpose::Callback => (200..300).contains(&answer.status),
                    Purpose::Document | Purpose::Sound | Purpose::Forgery => answer.status == 200,
                };
                if !fits {
                    self.faults.push(Fault::Status { url, status: answer.status });
                }
                Some(answer)
            }
            Err(cause) => {
                self.note(at, purpose, sending, request, None);
                self.faults.push(cause.fault(url));
                None
            }
        }
    }

    fn note(
        &mut self,
        at: Duration,
        purpose: Purpose,
        sending: Sending,
        request: &Request,
        answer: Option<&HttpAnswer>,
    ) {
        let text = answer.filter(|_| purpose != Purpose::Sound);
        self.exchanges.push(HttpExchange {
            at,
            purpose,
            sending,
            method: request.link.method,
            url: request.link.url.clone(),
            params: request.params.clone(),
            status: answer.map(|answer| answer.status),
            body: text.map_or(String::new(), |answer| shown(&answer.body)),
        });
    }

    /// Returns the text of an answer if status, type, size and encoding are those of a document.
    fn text(&mut self, url: &str, answer: HttpAnswer) -> Option<String> {
        let url = url.to_owned();
        if answer.status != 200 {
            return None;
        }
        let found = answer.content_type;
        let mut parts = found.split(';').map(|part| part.trim().to_ascii_lowercase());
        let xml = matches!(parts.next().as_deref(), Some("text/xml" | "application/xml"));
        let utf8 = parts.all(|part| part == "charset=utf-8" || !part.starts_with("charset="));
        if !xml || !utf8 {
            self.faults.push(Fault::ContentType { url: url.clone(), found });
        }
        let bytes = answer.body.len();
        if bytes > self.account.kind.document_max() {
            self.faults.push(Fault::TooLarge { url, bytes });
            return None;
        }
        let text = String::from_utf8(answer.body).ok();
        if text.is_none() {
            self.faults.push(Fault::NotUtf8(url));
        }
        text
    }

    fn is_ours(&self, url: &str) -> bool {
        let rest = url.strip_prefix(&self.site.base);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }

    fn request(&mut self, link: &Link, params: Params) -> Request {
        let (token, nonce) = (dashed(&mut self.rng), hex(&mut self.rng, 10));
        Request { link: link.clone(), params: params.0, token, nonce }
    }

    /// Returns the signed request for the wire.
    fn letter(&self, request: &Request) -> Letter {
        let mut url = without_fragment(&request.link.url).to_owned();
        let form =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.params).finish();
        let method = request.link.method;
        let body = match method {
            Method::Post => form,
            Method::Get => {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(&form);
                String::new()
            }
        };
        let timestamp = self.time.now().wall.micros() / 1_000_000;
        let signed = Signed {
            method,
            url: &url,
            params: &request.params,
            body: &body,
            timestamp,
            nonce: &request.nonce,
        };
        let mut headers = sign::sign(&self.account, &signed);
        if method == Method::Post {
            let form = "application/x-www-form-urlencoded; charset=UTF-8".to_owned();
            headers.push(("Content-Type", form));
        }
        if self.account.kind == Kind::Twilio {
            headers.push(("I-Twilio-Idempotency-Token", request.token.clone()));
        }
        Letter { method: method.name(), url, headers, body }
    }
}

/// Reason for a missing answer.
enum Silent {
    Slow(Duration),
    Broken(std::io::Error),
}

impl Silent {
    fn fault(self, url: String) -> Fault {
        match self {
            Silent::Slow(limit) => Fault::Slow { url, limit },
            Silent::Broken(cause) => Fault::Unreachable { url, cause: cause.to_string() },
        }
    }
}

async fn post(
    address: SocketAddr,
    patience: Duration,
    letter: &Letter,
) -> Result<HttpAnswer, Silent> {
    match tokio::time::timeout(patience, wire::send(address, letter)).await {
        Ok(result) => result.map_err(Silent::Broken),
        Err(_) => Err(Silent::Slow(patience)),
    }
}

/// Returns how often a carrier retries a document request. Twilio follows the URL's fragment: `rc`
/// retries after the failures in `rp`, which defaults to connection failures.
fn retries(kind: Kind, url: &str, answer: Option<&HttpAnswer>) -> usize {
    match kind {
        Kind::SignalWire => 0,
        Kind::Telnyx => 2,
        Kind::Plivo => 3,
        Kind::Twilio => {
            let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
            let value = |name: &str| {
                let found = fragment.split('&').filter_map(|pair| pair.split_once('='));
                found.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
            };
            let policies = value("rp").unwrap_or("ct");
            let wanted = match answer.map(|answer| answer.status) {
                None => &["ct", "rt", "all"][..],
                Some(400..=499) => &["4xx", "all"][..],
                Some(_) => &["5xx", "all"][..],
            };
            let retried = policies.split(',').any(|policy| wanted.contains(&policy));
            let count = value("rc").and_then(|count| count.parse().ok()).unwrap_or(1);
            if retried { RETRIES_MAX.min(count) } else { 0 }
        }
    }
}

fn differs(request: &Request, first: &HttpAnswer, second: &HttpAnswer) -> Fault {
    let show = |answer: &HttpAnswer| {
        format!("{} {} {}", answer.status, answer.content_type, shown(&answer.body))
    };
    Fault::Differs { url: request.link.url.clone(), first: show(first), second: show(second) }
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}
