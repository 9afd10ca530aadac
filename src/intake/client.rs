//! Sends requests to buyers' servers, with tokens where they want one.

use std::time::Duration;

use ring::rand::SystemRandom;
use ring::signature::RSA_PKCS1_SHA256;
use ring::signature::RsaKeyPair;

use super::tokens::Tokens;
use crate::base::HttpRequest;
use crate::base::Reach;
use crate::delivery::ANSWER_BYTES_MAX;
use crate::delivery::Answer;
use crate::delivery::Grant;
use crate::delivery::Issued;
use crate::delivery::ServiceAccount;
use crate::delivery::SignedBy;
use crate::delivery::issued;
use crate::net::Clock;
use crate::net::Exchanged;
use crate::net::FetchError;
use crate::net::Fetcher;
use crate::net::Report;
use crate::net::Unanswered;

/// Longest request for a token.
const TOKEN_TIME: Duration = Duration::from_secs(5);
/// Status of a server that refuses a token (RFC 6750 §3.1).
const UNAUTHORIZED: u16 = 401;

/// Sends requests to buyers' servers.
pub(super) struct Client {
    fetcher: Fetcher,
    tokens: Tokens,
    clock: Clock,
}

/// Who vouches for a request.
pub(super) enum Voucher {
    /// Nobody further: the request has what it needs.
    None,
    /// Client credentials.
    Client(Grant),
    /// A service account.
    Account(ServiceAccount),
}

/// Why a request has no whole answer.
pub(super) enum Unheard {
    /// There is no token, so that it was not sent.
    Token(String),
    /// No whole answer came.
    Unanswered(Unanswered),
}

impl Client {
    /// Creates a client for so many concurrent requests.
    pub(super) fn new(reach: Reach, places: usize, clock: Clock) -> Self {
        let tokens = Tokens::new(clock.clone());
        Self { fetcher: Fetcher::with_places(reach, places), tokens, clock }
    }

    /// Sends a request. A token that the server refuses is renewed once, and the request sent again:
    /// a server that refuses it has taken nothing.
    pub(super) async fn exchange(
        &self,
        request: &HttpRequest,
        voucher: &Voucher,
        timeout: Duration,
    ) -> Result<Exchanged, Unheard> {
        let began = self.clock.now().mono;
        let left = || timeout.saturating_sub(self.clock.now().mono.since(began));
        let mut refused: Option<String> = None;
        loop {
            let token = self.token(voucher, refused.as_deref(), left()).await;
            let token = token.map_err(Unheard::Token)?;
            let mut headers = request.headers.clone();
            let bearer = token.as_ref().map(|token| format!("Bearer {token}"));
            headers.extend(bearer.map(|value| ("authorization".to_owned(), value)));
            let answered = self.send(request, &headers, left()).await;
            let answered = answered.map_err(Unheard::Unanswered)?;
            if answered.status != UNAUTHORIZED || token.is_none() || refused.is_some() {
                return Ok(answered);
            }
            refused = token;
        }
    }

    async fn send(
        &self,
        request: &HttpRequest,
        headers: &[(String, String)],
        timeout: Duration,
    ) -> Result<Exchanged, Unanswered> {
        let HttpRequest { method, url, headers: _, body } = request;
        let report = Report { method: method.name(), url, headers, body };
        self.fetcher.exchange(report, timeout, ANSWER_BYTES_MAX).await
    }

    /// Returns the token of a voucher; `None` if the request needs none.
    async fn token(
        &self,
        voucher: &Voucher,
        refused: Option<&str>,
        left: Duration,
    ) -> Result<Option<String>, String> {
        let time = left.min(TOKEN_TIME);
        let token = match voucher {
            Voucher::None => return Ok(None),
            Voucher::Client(grant) => {
                let name = grant.name();
                let fetch = async { self.issue(grant.request(), time).await };
                self.tokens.token(&name, refused, fetch).await
            }
            Voucher::Account(account) => {
                let name = format!("{} {}", account.token_url(), account.name());
                let fetch = async { self.issue(self.signed(account)?, time).await };
                self.tokens.token(&name, refused, fetch).await
            }
        };
        token.map(Some)
    }

    /// Returns the request for a token that a service account signs.
    fn signed(&self, account: &ServiceAccount) -> Result<HttpRequest, String> {
        let unusable =
            |_| "no token: the service account's key is no RSA key of 2,048 bits or more";
        let key =
            RsaKeyPair::from_pkcs8(account.key()).map_err(|error| unusable(error.to_string()))?;
        let claims = account.claims(self.clock.now().wall);
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), claims.as_bytes(), &mut signature)
            .map_err(|error| unusable(error.to_string()))?;
        let assertion = ServiceAccount::assertion(&claims, &signature);
        Ok(SignedBy { token_url: account.token_url(), assertion: &assertion }.request())
    }

    async fn issue(&self, request: HttpRequest, time: Duration) -> Result<Issued, String> {
        match self.send(&request, &request.headers, time).await {
            Ok(answered) => issued(Answer { status: answered.status, body: &answered.body }),
            Err(unanswered) => Err(format!("no token: {}", unanswered.error)),
        }
    }
}

impl Unheard {
    /// Returns whether the buyer may have the request.
    pub(super) const fn was_sent(&self) -> bool {
        match self {
            Unheard::Token(_) => false,
            Unheard::Unanswered(unanswered) => unanswered.was_sent,
        }
    }

    /// Returns whether no connection was made to the server.
    pub(super) const fn is_unconnected(&self) -> bool {
        matches!(
            self,
            Unheard::Unanswered(Unanswered { error: FetchError::Request(_), was_sent: false })
        )
    }
}

impl std::fmt::Display for Unheard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unheard::Token(why) => f.write_str(why),
            Unheard::Unanswered(unanswered) => unanswered.fmt(f),
        }
    }
}
