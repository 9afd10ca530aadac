//! The request that posts a lead.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::base::HttpRequest;
use crate::base::Method;
use crate::base::SecretName;
use crate::book::DeliveryAuth;
use crate::book::Exchange;
use crate::book::LeadToken;

use super::Lead;
use super::Secrets;
use super::body::body;
use super::value::value;

/// Largest request: URL, headers and body together, in bytes.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// Why a lead cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// A secret is missing.
    #[error("the settings have no secret `{0}`")]
    Secret(SecretName),
    /// The document of a service account cannot be used.
    #[error("the service account cannot be used: {0}")]
    Account(&'static str),
    /// The request is larger than [`REQUEST_BYTES_MAX`].
    #[error("the request has over {REQUEST_BYTES_MAX} bytes")]
    Large,
}

/// Returns the request that posts a lead, or a part of it, to the buyer of a contract. Every value is
/// escaped for where it stands.
///
/// # Errors
/// [`Unsendable`]: the request cannot be built.
pub fn request(
    exchange: &Exchange,
    lead: &Lead<'_>,
    secrets: &dyn Secrets,
) -> Result<HttpRequest, Unsendable> {
    let Exchange { url, method, headers, auth, body: sent, response: _ } = exchange;
    check_secrets(exchange.tokens(), secrets)?;
    let known = |token: &LeadToken| value(token, lead, secrets);
    let content = body(sent, lead, &known);
    let filled = url.fill(known);
    let mut all: Vec<(String, String)> =
        headers.iter().map(|(name, text)| (name.clone(), text.fill(known))).collect();
    let own = auth.as_ref().and_then(|auth| credentials(auth, &known));
    all.extend(own.map(|value| ("authorization".to_owned(), value)));
    let (url, body) = match method {
        Method::Get => (with_query(filled, &content), String::new()),
        Method::Post | Method::Put => {
            let media = sent.format().media_type();
            all.push(("content-type".to_owned(), media.to_owned()));
            (filled, content)
        }
    };
    let header_bytes: usize = all.iter().map(|(name, value)| name.len() + value.len()).sum();
    if url.len() + header_bytes + body.len() > REQUEST_BYTES_MAX {
        return Err(Unsendable::Large);
    }
    Ok(HttpRequest { method: *method, url, headers: all, body })
}

/// Checks that the settings have every secret.
///
/// # Errors
/// [`Unsendable::Secret`]: one is missing.
pub(super) fn check_secrets<'t>(
    tokens: impl IntoIterator<Item = &'t LeadToken>,
    secrets: &dyn Secrets,
) -> Result<(), Unsendable> {
    let mut names = tokens.into_iter().filter_map(secret_name);
    let missing = names.find(|name| secrets.secret(name).is_none());
    missing.map_or(Ok(()), |name| Err(Unsendable::Secret(name.clone())))
}

/// Returns the names of the secrets among the tokens of what is sent.
pub fn secret_names<'t>(
    tokens: impl IntoIterator<Item = &'t LeadToken>,
) -> impl Iterator<Item = &'t SecretName> {
    tokens.into_iter().filter_map(secret_name)
}

fn secret_name(token: &LeadToken) -> Option<&SecretName> {
    match token {
        LeadToken::Secret(name) => Some(name),
        LeadToken::Of(_) | LeadToken::Field(_, _) => None,
    }
}

/// Returns the value of `Authorization`; `None` if a token is to be fetched first.
fn credentials(
    auth: &DeliveryAuth,
    known: &dyn Fn(&LeadToken) -> Option<String>,
) -> Option<String> {
    let value = match auth {
        DeliveryAuth::Basic { username, password } => {
            // RFC 7617 §2: a user name has no colon. A field of the lead could hold one.
            let username = username.fill(known).replace(':', "");
            let pair = format!("{username}:{}", password.fill(known));
            format!("Basic {}", STANDARD.encode(pair))
        }
        DeliveryAuth::Bearer(token) => {
            let printable = |c: &char| c.is_ascii_graphic();
            format!("Bearer {}", token.fill(known).chars().filter(printable).collect::<String>())
        }
        DeliveryAuth::OAuth(_) => return None,
    };
    Some(value)
}

fn with_query(url: String, query: &str) -> String {
    let between = match (query.is_empty(), url.contains('?')) {
        (true, _) => "",
        (false, true) if url.ends_with(['?', '&']) => "",
        (false, true) => "&",
        (false, false) => "?",
    };
    format!("{url}{between}{query}")
}
