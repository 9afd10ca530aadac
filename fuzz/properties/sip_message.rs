//! Any datagram: reading it, asking it for everything, answering it.

use strowger::sip::wire::Builder;
use strowger::sip::wire::Framing;
use strowger::sip::wire::HeaderName;
use strowger::sip::wire::Message;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let parsed = Message::parse(data.to_vec(), Framing::Datagram).ok();
    let Some(message) = parsed.or_else(|| Message::salvage(data.to_vec())) else { return };
    let _ = (message.validate(), message.content_type(), message.request_uri());
    for name in [HeaderName::Contact, HeaderName::Route, HeaderName::PAssertedIdentity] {
        let _ = message.addresses(name).flatten().count();
    }
    for (name, _) in message.all_headers() {
        let _ = message.headers(HeaderName::parse(name)).count();
    }
    if message.method().is_some() {
        let source = "203.0.113.7:40001".parse().expect("an address");
        let answer = Builder::response_to(&message, 400, "Bad Request").to_tag("t").source(source);
        Message::parse(answer.finish(), Framing::Stream).expect("an answer that can be read");
    }
}
