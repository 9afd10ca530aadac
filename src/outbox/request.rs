//! The HTTP request of an event.

use crate::base::HttpRequest;
use crate::base::Method;
use crate::base::Wall;
use crate::book::Concern;
use crate::book::HttpReceiver;

use super::Event;
use super::Key;
use super::Links;
use super::document;
use super::value::value;

/// Returns the request that reports an event to a receiver, sent at `now`, with links into the API.
/// A key signs it.
pub fn request(
    event: &Event,
    of: &Concern,
    receiver: &HttpReceiver,
    key: Option<&Key>,
    links: &Links,
    now: Wall,
) -> HttpRequest {
    let HttpReceiver { url, method, headers, body } = receiver;
    let known = |token: &_| value(token, event, of, links);
    let (body, media_type) = match (method, body) {
        (Method::Get, _) => (String::new(), None),
        (Method::Post | Method::Put, Some(body)) => {
            (body.text.fill(known), Some(body.format.media_type()))
        }
        (Method::Post | Method::Put, None) => {
            (document(event, of).to_string(), Some("application/json"))
        }
    };
    let id = event.id.to_string();
    let timestamp = now.micros().div_euclid(1_000_000);
    let mut all: Vec<(String, String)> =
        headers.iter().map(|(name, text)| (name.clone(), text.fill(known))).collect();
    all.extend(media_type.map(|media| ("content-type".to_owned(), media.to_owned())));
    let signature = key.map(|key| key.sign(&id, timestamp, body.as_bytes()));
    all.push(("webhook-id".to_owned(), id));
    all.push(("webhook-timestamp".to_owned(), timestamp.to_string()));
    all.extend(signature.map(|signature| ("webhook-signature".to_owned(), signature)));
    HttpRequest { method: *method, url: url.fill(known), headers: all, body }
}
