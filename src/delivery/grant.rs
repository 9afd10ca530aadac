//! How a token is requested with which the switch authenticates itself, and what the answer grants.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use form_urlencoded::byte_serialize;
use serde::Deserialize;

use crate::base::HttpRequest;
use crate::base::Method;
use crate::book::LeadToken;
use crate::book::OAuth;
use crate::book::SentCredentials;

use super::Answer;
use super::Secrets;
use super::Unsendable;
use super::request::check_secrets;
use super::text::line;

/// Life of a token whose server does not say when it ends.
const LIFE: Duration = Duration::from_secs(300);
/// Longest life that counts.
const LIFE_MAX: Duration = Duration::from_secs(86_400);
/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(60);
/// Longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 8 * 1_024;
/// Longest text of a refusal that is kept, in bytes.
const REFUSAL_BYTES_MAX: usize = 200;

/// Client credentials (RFC 6749 §4.4). It prints no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    token_url: String,
    client_id: String,
    client_secret: String,
    scope: Option<String>,
    credentials: SentCredentials,
}

/// A signed statement that is exchanged for a token (RFC 7523 §2.1).
#[derive(Debug, Clone, Copy)]
pub struct SignedBy<'a> {
    /// The token endpoint.
    pub token_url: &'a str,
    /// The statement and its signature.
    pub assertion: &'a str,
}

/// A token, and how long it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// For so long.
    pub life: Duration,
}

impl Grant {
    /// Returns the grant of a request.
    ///
    /// # Errors
    /// [`Unsendable::Secret`]: the settings lack a secret.
    pub fn of(auth: &OAuth, secrets: &dyn Secrets) -> Result<Self, Unsendable> {
        let OAuth { token_url, client_id, client_secret, scope, credentials } = auth;
        let all = [token_url, client_id, client_secret];
        check_secrets(all.into_iter().flat_map(|text| text.tokens()), secrets)?;
        let known = |token: &LeadToken| match token {
            LeadToken::Secret(name) => secrets.secret(name).map(str::to_owned),
            LeadToken::Of(_) | LeadToken::Field(_, _) => None,
        };
        Ok(Self {
            token_url: token_url.fill(known),
            client_id: client_id.fill(known),
            client_secret: client_secret.fill(known),
            scope: scope.clone(),
            credentials: *credentials,
        })
    }

    /// Returns a text that tells tokens apart. It has no secret.
    pub fn name(&self) -> String {
        let scope = self.scope.as_deref().unwrap_or_default();
        format!("{} {} {scope}", self.token_url, self.client_id)
    }

    /// Returns the request for a token.
    pub fn request(&self) -> HttpRequest {
        let Self { token_url, client_id, client_secret, scope, credentials } = self;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = scope {
            form.append_pair("scope", scope);
        }
        let mut headers = Vec::new();
        match credentials {
            SentCredentials::Header => {
                // RFC 6749 §2.3.1: both are encoded as in a form, then joined.
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(client_id), encoded(client_secret));
                let value = format!("Basic {}", STANDARD.encode(pair));
                headers.push(("authorization".to_owned(), value));
            }
            SentCredentials::Body => {
                form.append_pair("client_id", client_id);
                form.append_pair("client_secret", client_secret);
            }
        }
        posted(token_url, headers, form.finish())
    }
}

impl SignedBy<'_> {
    /// Returns the request for a token.
    pub fn request(&self) -> HttpRequest {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        form.append_pair("assertion", self.assertion);
        posted(self.token_url, Vec::new(), form.finish())
    }
}

fn posted(url: &str, mut headers: Vec<(String, String)>, body: String) -> HttpRequest {
    let media = "application/x-www-form-urlencoded".to_owned();
    headers.push(("content-type".to_owned(), media));
    headers.push(("accept".to_owned(), "application/json".to_owned()));
    HttpRequest { method: Method::Post, url: url.to_owned(), headers, body }
}

/// The answer of a token endpoint (RFC 6749 §5); further members are ignored.
#[derive(Deserialize)]
struct Granted {
    access_token: Option<String>,
    expires_in: Option<serde_json::Value>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Returns the token that an answer issues.
///
/// # Errors
/// Why it issues none, in words.
pub fn issued(answer: Answer<'_>) -> Result<Issued, String> {
    let granted: Option<Granted> = serde_json::from_slice(answer.body).ok();
    let said = |granted: &Granted| {
        let texts = [granted.error.as_deref(), granted.error_description.as_deref()];
        let said: Vec<&str> = texts.into_iter().flatten().collect();
        line(&said.join(": "), REFUSAL_BYTES_MAX)
    };
    let refused = || {
        let said = granted.as_ref().and_then(said).map(|said| format!(": {said}"));
        let said = said.unwrap_or_default();
        format!("no token: the answer has status {}{said}", answer.status)
    };
    if !(200..300).contains(&answer.status) {
        return Err(refused());
    }
    let token = granted.as_ref().and_then(|granted| granted.access_token.clone());
    let is_token = |token: &String| {
        (1..=TOKEN_BYTES_MAX).contains(&token.len()) && token.chars().all(|c| c.is_ascii_graphic())
    };
    let token = token.filter(is_token).ok_or_else(refused)?;
    let seconds =
        granted.as_ref().and_then(|granted| granted.expires_in.as_ref()).and_then(|life| {
            life.as_u64().or_else(|| life.as_str().and_then(|text| text.trim().parse().ok()))
        });
    let life = seconds.map_or(LIFE, Duration::from_secs).min(LIFE_MAX);
    Ok(Issued { token, life: life.saturating_sub(MARGIN) })
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Grant").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::DeliveryAuth;
    use crate::delivery::tests::contract_with;
    use crate::delivery::tests::secrets;

    fn grant(keys: &str) -> Grant {
        let contract = contract_with(&format!(
            "post = \"https://buyer.example/in\", auth = {{ token_url = \"https://t.example/token\", \
             client_id = \"me\", client_secret = \"{{secret.acme_key}}\"{keys} }}"
        ));
        let exchange = contract.delivery.as_ref().unwrap().posted().unwrap().clone();
        let Some(DeliveryAuth::OAuth(auth)) = &exchange.auth else { panic!("{exchange:?}") };
        Grant::of(auth, &secrets()).unwrap()
    }

    #[test]
    fn credentials_are_sent_where_the_server_wants_them() {
        let request = grant("").request();
        assert_eq!(request.body, "grant_type=client_credentials");
        let pair = STANDARD.encode("me:k%26y%3A1");
        assert_eq!(request.headers[0], ("authorization".to_owned(), format!("Basic {pair}")));
        let request = grant(", scope = \"a b\", credentials = \"body\"").request();
        assert_eq!(
            request.body,
            "grant_type=client_credentials&scope=a+b&client_id=me&client_secret=k%26y%3A1"
        );
        assert!(request.headers.iter().all(|(name, _)| name != "authorization"));
        assert!(!format!("{:?}", grant("")).contains("k&y"));
    }

    #[test]
    fn answers_issue_a_token_or_say_why_not() {
        let seconds = Duration::from_secs;
        for (status, body, expected) in [
            (200, r#"{"access_token":"t","expires_in":3600}"#, Ok(seconds(3_540))),
            (200, r#"{"access_token":"t","expires_in":"120"}"#, Ok(seconds(60))),
            (200, r#"{"access_token":"t"}"#, Ok(seconds(240))),
            (200, r#"{"access_token":"t","expires_in":30}"#, Ok(seconds(0))),
            (200, r#"{"access_token":"t","expires_in":99999999}"#, Ok(seconds(86_340))),
            (200, r#"{"access_token":""}"#, Err("no token: the answer has status 200")),
            (200, r#"{"access_token":"a\nb"}"#, Err("no token: the answer has status 200")),
            (200, "<html>", Err("no token: the answer has status 200")),
            (
                401,
                r#"{"error":"invalid_client","error_description":"bad\r\nsecret"}"#,
                Err("no token: the answer has status 401: invalid_client: bad secret"),
            ),
            (503, "", Err("no token: the answer has status 503")),
        ] {
            let found = issued(Answer { status, body: body.as_bytes() });
            let found = found.map(|issued| issued.life);
            assert_eq!(found, expected.map_err(str::to_owned), "{status} {body}");
        }
    }
}
