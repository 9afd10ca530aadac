//! Twilio: `X-Twilio-Signature`, base64 of HMAC-SHA1 over the URL and the sorted form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::hmac;

use super::Forged;
use super::Method;
use super::Received;
use super::form;

/// Header with the signature.
const HEADER: &str = "x-twilio-signature";
/// Query parameter with the hash of a body that is not a form.
const BODY_HASH: &str = "bodySHA256";

pub(super) fn verify(key: &hmac::Key, received: &Received<'_>) -> Result<(), Forged> {
    let given = (received.header)(HEADER).ok_or(Forged::Missing(HEADER))?;
    let signature = STANDARD.decode(given.trim()).map_err(|_| Forged::Missing(HEADER))?;
    check(key, &signature, received)
}

/// Verifies a signature over the request, with the URL in each form in which Twilio may have signed
/// it.
pub(super) fn check(
    key: &hmac::Key,
    signature: &[u8],
    received: &Received<'_>,
) -> Result<(), Forged> {
    let suffix = signed_form(received)?;
    let fits = |url: &String| hmac::verify(key, format!("{url}{suffix}").as_bytes(), signature);
    let found = ways_to_write(received.url).iter().any(|url| fits(url).is_ok());
    if found { Ok(()) } else { Err(Forged::Mismatch) }
}

/// Returns what Twilio signs after the URL: the form's names and values, sorted, without
/// duplicates. Empty for GET, and for a body whose hash is in the URL.
fn signed_form(received: &Received<'_>) -> Result<String, Forged> {
    match received.method {
        Method::Get => return Ok(String::new()),
        Method::Post => {}
    }
    if let Some(hash) = body_hash(received.url) {
        // Neither hash is a secret: the signature covers the one in the URL.
        let actual = hex(digest::digest(&digest::SHA256, received.body).as_ref());
        let equal = actual.eq_ignore_ascii_case(&hash);
        return if equal { Ok(String::new()) } else { Err(Forged::Mismatch) };
    }
    if !received.body.is_empty() && !form::is_form(received) {
        return Err(Forged::Uncovered);
    }
    let mut parameters = form::sorted(form::parameters(received.body));
    parameters.dedup();
    Ok(parameters.into_iter().map(|(name, value)| name + &value).collect())
}

fn body_hash(url: &str) -> Option<String> {
    let (_, query) = form::split_query(url);
    let parameters = form::parameters(query?.as_bytes());
    parameters.into_iter().find(|(name, _)| name == BODY_HASH).map(|(_, value)| value)
}

/// Returns the URL with and without its default port, and each with its query as sent and
/// re-encoded: Twilio signs one of them, but does not document which. It never signs the fragment.
fn ways_to_write(url: &str) -> Vec<String> {
    let (start, query) = form::split_query(url);
    let mut starts = vec![start.to_owned()];
    starts.extend(without_port(start));
    starts.extend(with_port(start));
    let mut ways = Vec::new();
    for start in starts {
        match query {
            None => ways.push(start),
            Some(query) => {
                ways.push(format!("{start}?{query}"));
                ways.push(format!("{start}?{}", rewritten(query)));
            }
        }
    }
    ways
}

/// The parts of a URL.
struct UrlParts<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
}

fn parts(url: &str) -> Option<UrlParts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some(UrlParts { scheme, authority, path })
}

fn port_of(authority: &str) -> Option<&str> {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let after = host.rsplit(']').next().unwrap_or_default();
    after.split_once(':').map(|(_, port)| port)
}

fn without_port(url: &str) -> Option<String> {
    let UrlParts { scheme, authority, path } = parts(url)?;
    let port = port_of(authority)?;
    let host = &authority[..authority.len() - port.len() - 1];
    Some(format!("{scheme}://{host}{path}"))
}

fn with_port(url: &str) -> Option<String> {
    let UrlParts { scheme, authority, path } = parts(url)?;
    let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    port_of(authority).is_none().then(|| format!("{scheme}://{authority}:{port}{path}"))
}

/// Returns the query, decoded and encoded again as JavaScript's `encodeURIComponent` does.
fn rewritten(query: &str) -> String {
    let pairs = form::parameters(query.as_bytes()).into_iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                out.push(char::from(byte));
            }
            _other => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
