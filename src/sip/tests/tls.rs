//! Calls over TLS.

use super::bench::Bench;
use super::bench::Request;
use super::bench::dial;
use super::bench::far;
use super::bench::far_tcp;
use super::bench::reply;
use super::bench::trusted;
use crate::base::LegId;
use crate::sip::Command;
use crate::sip::Peer;
use crate::sip::Transport;
use crate::sip::Uri;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

/// The far end over the TLS connection 7.
fn far_tls() -> Peer {
    Peer { transport: Transport::Tls, ..far_tcp() }
}

/// A request to a URI, with this Contact.
fn invite(uri: &str, contact: &str) -> String {
    let request = Request { transport: "TLS", uri: uri.to_owned(), ..Request::invite() };
    request.text().replace("sip:caller@192.0.2.9:5070", contact)
}

fn header(message: &Message, name: HeaderName<'_>) -> String {
    message.header(name).unwrap_or_default().to_owned()
}

#[test]
fn the_transport_of_a_uri() {
    for (uri, transport) in [
        ("sip:a@h", Some(Transport::Udp)),
        ("sip:a@h;transport=UDP", Some(Transport::Udp)),
        ("sip:a@h;transport=tcp", Some(Transport::Tcp)),
        ("sip:a@h;transport=TLS", Some(Transport::Tls)),
        ("sips:a@h", Some(Transport::Tls)),
        ("SIPS:a@h;transport=tcp", Some(Transport::Tls)),
        ("sips:a@h;transport=tls", Some(Transport::Tls)),
        ("sips:a@h;transport=udp", None),
        ("sip:a@h;transport=ws", None),
        ("sips:a@h;transport=ws", None),
    ] {
        assert_eq!(Transport::of_uri(&Uri::parse(uri).unwrap()), transport, "{uri}");
    }
    assert_eq!(Transport::Tls.default_port(), 5061);
}

#[test]
fn a_call_over_tls_is_answered_by_its_connection() {
    for (uri, contact) in [
        ("sip:+18005550100@192.0.2.1", "<sip:192.0.2.1:5060;transport=tls>"),
        ("sips:+18005550100@192.0.2.1", "<sips:192.0.2.1:5060>"),
    ] {
        let mut bench = Bench::new();
        let far_contact = "sip:caller@192.0.2.9:40000;transport=tls";
        bench.hear_from(far_tls(), trusted(), &invite(uri, far_contact));
        let session = bench.incoming();
        bench.order(Command::Accept { session, body: "answer".into() });
        assert_eq!(header(bench.last(), HeaderName::Contact), contact, "{uri}");
        let ack = Request { transport: "TLS", ..Request::within("ACK", &session.to_string(), 1) };
        bench.hear_from(far_tls(), trusted(), &ack.branch("ack").text());
        bench.order(Command::Bye { session, cause: None });
        let (to, bye) = bench.sent.last().unwrap();
        assert_eq!(*to, far_tls());
        assert!(header(bye, HeaderName::Via).starts_with("SIP/2.0/TLS 192.0.2.1:5060;"));
        let sent = bench.sent.len();
        bench.pass_ms(20_000);
        assert_eq!(bench.sent.len(), sent, "nothing is sent again");
    }
}

#[test]
fn a_secure_address_is_served_over_tls_only() {
    let mut bench = Bench::new();
    for (peer, transport) in [(far(), "UDP"), (far_tcp(), "TCP")] {
        let text = invite("sips:+18005550100@192.0.2.1", "sips:caller@192.0.2.9");
        bench.hear_from(
            peer,
            trusted(),
            &text.replace("SIP/2.0/TLS", &format!("SIP/2.0/{transport}")),
        );
        assert_eq!(bench.last().status(), Some(416), "{transport}");
    }
    let options = Request { transport: "TLS", ..Request::outside("OPTIONS") };
    let options = options.text().replace("OPTIONS sip:", "OPTIONS sips:");
    bench.hear_from(far_tls(), trusted(), &options);
    assert_eq!(bench.last().status(), Some(200));
    assert_eq!(header(bench.last(), HeaderName::Contact), "<sips:192.0.2.1:5060>");
}

#[test]
fn a_call_to_a_secure_address_has_a_secure_contact() {
    for (target, contact) in [
        ("sip:buyer@192.0.2.9", "<sip:192.0.2.1:5060;transport=tls>"),
        ("sips:buyer@192.0.2.9", "<sips:192.0.2.1:5060>"),
    ] {
        let mut bench = Bench::new();
        let target = Uri::parse(target).unwrap();
        let call = crate::sip::Dial { target, ..dial(LegId(7), far_tls()) };
        bench.order(Command::Dial(Box::new(call)));
        let invite = bench.last();
        assert!(header(invite, HeaderName::Via).starts_with("SIP/2.0/TLS 192.0.2.1:5060;"));
        assert_eq!(header(invite, HeaderName::Contact), contact);
    }
}

/// What the far end names never takes a call from TLS to plain text.
#[test]
fn a_dialog_stays_on_tls() {
    let elsewhere = |remote: ([u8; 4], u16)| Peer {
        remote: remote.into(),
        local: ([192, 0, 2, 1], 5060).into(),
        connection: None,
        ..far_tls()
    };
    for (contact, way) in [
        ("sip:buyer@192.0.2.9:40000;transport=tls", far_tls()),
        ("sip:buyer@192.0.2.9", far_tls()),
        ("sip:buyer@192.0.2.77;transport=tcp", far_tls()),
        ("sip:buyer@192.0.2.77;transport=udp", far_tls()),
        ("sip:buyer@pbx.example;transport=tls", far_tls()),
        ("sips:buyer@192.0.2.77", elsewhere(([192, 0, 2, 77], 5061))),
        ("sip:buyer@192.0.2.77:7;transport=tls", elsewhere(([192, 0, 2, 77], 7))),
    ] {
        let mut bench = Bench::new();
        let session = bench.dial_to(far_tls());
        let answer = reply(bench.last(), 200, "b", &format!("Contact: <{contact}>\r\n"), "");
        bench.hear_from(far_tls(), trusted(), &answer);
        bench.order(Command::Bye { session, cause: None });
        let (to, _) = bench.sent.last().unwrap();
        assert_eq!((to.transport, to.remote), (way.transport, way.remote), "{contact}");
    }
}
