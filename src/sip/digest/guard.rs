//! Challenges callers, and checks their answers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ring::hmac;

use super::Accounts;
use super::Algorithm;
use super::Authorizer;
use super::Credentials;
use super::challenge::Challenge;
use super::credentials::response;
use super::fields::Fields;
use super::nonce::Nonce;
use crate::base::Mono;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

/// How long a nonce is accepted. A client that uses it later is challenged again, as stale.
pub(in crate::sip) const NONCE_LIFE: Duration = Duration::from_secs(60);
/// Most nonces whose counts are remembered: only the right credentials add one. At the bound
/// everybody is challenged again until the oldest is past its life.
pub(in crate::sip) const NONCES_MAX: usize = 1 << 16;

/// Most addresses that are remembered because they once had the right credentials.
const ADDRESSES_MAX: usize = 4096;

/// What the credentials of a request are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sip) enum Verdict {
    /// They are those of a trunk.
    Trunk(TrunkId),
    /// There are none.
    Missing,
    /// The user is unknown or the password is wrong: no caller can tell which.
    Wrong,
    /// They are right, but their nonce is too old, of another address, or used already.
    Stale,
}

/// The accounts of an agent, its nonces, and their use.
#[derive(Debug)]
pub(in crate::sip) struct Guard {
    accounts: Arc<Accounts>,
    key: hmac::Key,
    /// Addresses with the right credentials, since the start.
    let_in: BTreeSet<IpAddr>,
    /// Highest count of each nonce in use.
    used: BTreeMap<Nonce, u32>,
    /// Whom an unknown user is compared with, so that it takes as long as a known one.
    unknown: Credentials,
}

impl Guard {
    pub(in crate::sip) fn new(rng: &mut Rng) -> Guard {
        let mut words = || [rng.next_u64(), rng.next_u64(), rng.next_u64(), rng.next_u64()];
        let bytes = |words: [u64; 4]| words.map(u64::to_be_bytes).concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes(words()));
        let password: String = words().iter().map(|word| format!("{word:016x}")).collect();
        let unknown = Credentials::new(String::new(), password);
        Guard {
            accounts: Arc::default(),
            key,
            let_in: BTreeSet::new(),
            used: BTreeMap::new(),
            unknown,
        }
    }

    /// Replaces the accounts.
    pub(in crate::sip) fn admit(&mut self, accounts: Arc<Accounts>) {
        self.accounts = accounts;
    }

    /// Returns whether strangers are challenged.
    pub(in crate::sip) fn is_open(&self) -> bool {
        self.accounts.has_callers()
    }

    /// Returns credentials for calls through a trunk, if it has any.
    pub(in crate::sip) fn authorizer(&self, trunk: Option<&TrunkId>) -> Option<Authorizer> {
        let credentials = self.accounts.of_trunk(trunk?)?;
        Some(Authorizer::new(credentials.clone()))
    }

    /// Returns whether the right credentials came from an address before.
    pub(in crate::sip) fn has_let_in(&self, client: IpAddr) -> bool {
        self.let_in.contains(&client)
    }

    /// Returns the challenges for a caller, one for each algorithm.
    pub(in crate::sip) fn challenges(
        &self,
        client: IpAddr,
        is_stale: bool,
        now: Mono,
        rng: &mut Rng,
    ) -> Vec<String> {
        let nonce = Nonce::new(now, rng.next_u64()).write(&self.key, client);
        let challenge = |algorithm: &Algorithm| Challenge {
            realm: self.accounts.realm().to_owned(),
            nonce: nonce.clone(),
            algorithm: *algorithm,
            qop: true,
            opaque: None,
            is_stale,
        };
        let all = self.accounts.algorithms().iter().map(challenge);
        all.map(|challenge| challenge.to_string()).collect()
    }

    /// Checks the credentials of a request from an address (RFC 7616 §3.4.6). Right ones use up
    /// their nonce's count: it must rise, and one without a count is used once.
    pub(in crate::sip) fn check(
        &mut self,
        request: &Message,
        client: IpAddr,
        now: Mono,
    ) -> Verdict {
        let answers = request.headers(HeaderName::Authorization).filter_map(Fields::of);
        let ours =
            |fields: &Fields<'_>| fields.find("realm").as_deref() == Some(self.accounts.realm());
        let Some(fields) = answers.into_iter().find(ours) else { return Verdict::Missing };
        let Some(answer) = Answer::read(fields) else { return Verdict::Wrong };
        let method = request.method().map(ToString::to_string).unwrap_or_default();
        let known = self.accounts.caller(&answer.username);
        let credentials = known.map_or(&self.unknown, |known| &known.credentials);
        let expected = answer.expected(credentials, self.accounts.realm(), &method);
        // In constant time: codes of both are compared.
        let code = hmac::sign(&self.key, expected.as_bytes());
        let answered = answer.response.to_ascii_lowercase();
        let is_right = hmac::verify(&self.key, answered.as_bytes(), code.as_ref()).is_ok();
        let (true, Some(trunk)) = (is_right, known.map(|known| known.trunk.clone())) else {
            return Verdict::Wrong;
        };
        match self.use_up(&answer, client, now) {
            true => {
                if self.let_in.len() < ADDRESSES_MAX {
                    self.let_in.insert(client);
                }
                Verdict::Trunk(trunk)
            }
            false => Verdict::Stale,
        }
    }

    fn use_up(&mut self, answer: &Answer, client: IpAddr, now: Mono) -> bool {
        let Some(nonce) = Nonce::read(&answer.nonce, &self.key, client) else { return false };
        while let Some(oldest) =
            self.used.first_entry().filter(|one| one.key().is_older(NONCE_LIFE, now))
        {
            oldest.remove();
        }
        if nonce.is_older(NONCE_LIFE, now) {
            return false;
        }
        // Without a count the nonce cannot be used a second time.
        let count = answer.qop.as_ref().map_or(Some(u32::MAX), |(count, _)| parse_count(count));
        let Some(count) = count.filter(|count| *count > 0) else { return false };
        let is_full = self.used.len() >= NONCES_MAX;
        match self.used.entry(nonce) {
            Entry::Vacant(_) if is_full => false,
            Entry::Vacant(first) => {
                first.insert(count);
                true
            }
            Entry::Occupied(mut highest) => {
                let is_next = count > *highest.get();
                if is_next {
                    highest.insert(count);
                }
                is_next
            }
        }
    }
}

/// Reads a count: eight hexadecimal digits (RFC 7616 §3.4), of which some clients omit the zeros.
fn parse_count(text: &str) -> Option<u32> {
    let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { u32::from_str_radix(text, 16).ok() } else { None }
}

/// The answer of a caller to a challenge.
#[derive(Debug)]
struct Answer {
    username: String,
    nonce: String,
    uri: String,
    response: String,
    algorithm: Algorithm,
    /// Count as written, and the client's nonce.
    qop: Option<(String, String)>,
}

impl Answer {
    fn read(fields: Fields<'_>) -> Option<Answer> {
        let text = |name: &str| fields.find(name).map(|value| value.into_owned());
        let qop = match text("qop") {
            Some(qop) if qop.eq_ignore_ascii_case("auth") => Some((text("nc")?, text("cnonce")?)),
            Some(_) => return None,
            None => None,
        };
        Some(Answer {
            username: text("username")?,
            nonce: text("nonce")?,
            uri: text("uri")?,
            response: text("response")?,
            algorithm: text("algorithm")
                .map_or(Some(Algorithm::Md5), |name| Algorithm::named(&name))?,
            qop,
        })
    }

    fn expected(&self, credentials: &Credentials, realm: &str, method: &str) -> String {
        let secret = credentials.secret(self.algorithm, realm);
        let qop = self.qop.as_ref().map(|(count, cnonce)| (count.as_str(), cnonce.as_str()));
        response(self.algorithm, &secret, (method, &self.uri), &self.nonce, qop)
    }
}
