//! Writes responses.

use bytes::Bytes;

use super::AgentConfig;
use super::Peer;
use super::body::SDP;
use super::check::ACCEPT;
use super::expiry::Expiry;
use super::extension::SUPPORTED;
use super::request::contact;
use super::wire::Builder;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Method;
use super::wire::reason_phrase;

/// Starts a response to `peer`, with the local tag (RFC 3261 §8.2.6).
pub(super) fn response<'a>(
    request: &'a Message,
    peer: &Peer,
    status: u16,
    tag: &'a str,
) -> Builder<'a> {
    Builder::response_to(request, status, reason_phrase(status)).source(peer.remote).to_tag(tag)
}

/// Writes 100: without a tag, with the request's Timestamp (RFC 3261 §8.2.6.1).
pub(super) fn trying(request: &Message, peer: &Peer) -> Bytes {
    Builder::response_to(request, 100, reason_phrase(100))
        .source(peer.remote)
        .copy(request, HeaderName::Timestamp)
        .finish()
}

/// Starts a response that creates or changes a dialog: 101 to 299 to INVITE, 2xx to UPDATE and PRACK,
/// with Record-Route and Contact (RFC 3261 §12.1.1).
pub(super) fn dialog_response<'a>(
    request: &'a Message,
    peer: &Peer,
    status: u16,
    tag: &'a str,
    config: &AgentConfig,
) -> Builder<'a> {
    response(request, peer, status, tag)
        .record_route()
        .header(HeaderName::Contact, contact(config, peer, is_secure(request)))
}

/// Writes the 200 to INVITE, UPDATE or PRACK, with the methods that the far end may send and the session
/// timer that the request asks for.
pub(super) fn dialog_answer(
    request: &Message,
    peer: &Peer,
    tag: &str,
    (allow, body): (&str, &[u8]),
    config: &AgentConfig,
) -> Bytes {
    let mut builder = dialog_response(request, peer, 200, tag, config)
        .header(HeaderName::Allow, allow)
        .header(HeaderName::Supported, SUPPORTED)
        .header(HeaderName::Server, &config.user_agent);
    if request.method() != Some(&Method::Prack) {
        for (name, value) in Expiry::of_request(request).map(Expiry::answer).unwrap_or_default() {
            builder = builder.header(name, value);
        }
    }
    with_sdp(builder, body)
}

/// Ends a message with a session description, or without one if it is empty.
pub(super) fn with_sdp(builder: Builder<'_>, body: &[u8]) -> Bytes {
    if body.is_empty() { builder.finish() } else { builder.body(SDP, body) }
}

/// Writes the 200 to OPTIONS, with the agent's capabilities (RFC 3261 §11.2).
pub(super) fn abilities(
    request: &Message,
    peer: &Peer,
    (tag, allow): (&str, &str),
    config: &AgentConfig,
) -> Bytes {
    response(request, peer, 200, tag)
        .header(HeaderName::Contact, contact(config, peer, is_secure(request)))
        .header(HeaderName::Allow, allow)
        .header(HeaderName::Accept, ACCEPT)
        .header(HeaderName::AcceptEncoding, "identity")
        .header(HeaderName::Supported, SUPPORTED)
        .header(HeaderName::Server, &config.user_agent)
        .finish()
}

fn is_secure(request: &Message) -> bool {
    request.request_uri().is_ok_and(|uri| uri.is_secure())
}
