//! Requests that our own proxy sends on: what counts is where they came from.

use std::net::SocketAddr;

use bytes::Bytes;

use super::bench::Bench;
use super::bench::Request;
use super::bench::far;
use super::bench::trusted;
use crate::sip::Command;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::Peer;
use crate::sip::Sender;

/// The proxy, which records its route.
fn proxy() -> Peer {
    Peer { remote: ([192, 0, 2, 80], 5060).into(), ..far() }
}

/// The caller, behind the proxy.
fn caller() -> SocketAddr {
    ([198, 51, 100, 7], 5070).into()
}

fn stranger() -> SocketAddr {
    ([203, 0, 113, 66], 5060).into()
}

fn forward(bench: &mut Bench, source: SocketAddr, sender: Sender, request: &Request) {
    let bytes = Bytes::from(request.text());
    bench.handle(Input::Forwarded { peer: proxy(), source, sender, bytes });
}

fn invite() -> Request {
    Request::invite().more("Record-Route: <sip:192.0.2.80;lr>")
}

/// A call through the proxy that was answered and acknowledged; returns its To-tag.
fn talking() -> (Bench, String) {
    let mut bench = Bench::new();
    forward(&mut bench, caller(), trusted(), &invite());
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: "answer".into() });
    let tag = session.to_string();
    forward(&mut bench, caller(), trusted(), &Request::within("ACK", &tag, 1).branch("ack"));
    bench.take_events();
    bench.take_sent();
    bench.sent.clear();
    (bench, tag)
}

#[test]
fn an_incoming_call_has_the_address_behind_the_proxy_and_answers_go_to_the_proxy() {
    let mut bench = Bench::new();
    forward(&mut bench, caller(), trusted(), &invite());
    let Some(Event::Incoming(incoming)) = bench.events.pop() else { panic!("no call") };
    assert_eq!((incoming.source, incoming.peer), (caller(), proxy()));
    bench.order(Command::Accept { session: incoming.session, body: "answer".into() });
    assert!(bench.sent.iter().all(|(peer, _)| peer.remote == proxy().remote), "{:?}", bench.sent);
    assert_eq!(bench.take_sent().last().unwrap(), "200 INVITE");
}

/// The caller, its trunk, and the proxy itself are at home in a call; another source is not, though
/// the same proxy sends it on.
#[test]
fn a_request_within_a_call_is_taken_by_its_source_not_by_the_proxy() {
    let other = || Sender::Trusted("other".parse().unwrap());
    for (source, sender, expected) in [
        (caller(), trusted(), "200 INFO"),
        (caller(), Sender::Stranger, "200 INFO"),
        (([198, 51, 100, 9], 5060).into(), trusted(), "200 INFO"),
        (stranger(), Sender::Stranger, "481 INFO"),
        (stranger(), other(), "481 INFO"),
    ] {
        let (mut bench, tag) = talking();
        forward(&mut bench, source, sender.clone(), &Request::within("INFO", &tag, 2));
        assert_eq!(bench.take_sent(), [expected], "{source} {sender:?}");
    }
    let (mut bench, tag) = talking();
    bench.hear_from(proxy(), Sender::Proxy, &Request::within("INFO", &tag, 2).text());
    assert_eq!(bench.take_sent(), ["200 INFO"], "the route set names the proxy");
}

#[test]
fn requests_of_a_call_go_through_the_proxy_and_a_bye_comes_through_it() {
    let (mut bench, tag) = talking();
    let session = crate::base::LegId::of_tag(&tag).unwrap();
    bench.order(Command::Probe { session });
    let (peer, options) = bench.sent.last().unwrap();
    assert_eq!(peer.remote, proxy().remote);
    assert_eq!(options.header(crate::sip::wire::HeaderName::Route), Some("<sip:192.0.2.80;lr>"));
    bench.sent.clear();
    forward(&mut bench, caller(), trusted(), &Request::within("BYE", &tag, 2));
    assert_eq!(bench.take_events(), ["Ended Bye"]);
    assert!(bench.take_sent().contains(&"200 BYE".to_owned()));
}

/// A proxy cancels hop by hop, and so names no source (RFC 3261 §16.10).
#[test]
fn a_cancel_of_the_proxy_itself_is_taken() {
    let mut bench = Bench::new();
    forward(&mut bench, caller(), trusted(), &invite());
    bench.incoming();
    bench.take_sent();
    let cancel = Request { method: "CANCEL".to_owned(), seq: "1 CANCEL".to_owned(), ..invite() };
    let text = Request { body: String::new(), more: String::new(), ..cancel }.text();
    bench.hear_from(proxy(), Sender::Proxy, &text);
    assert_eq!(bench.take_events(), ["Canceled"]);
    assert_eq!(bench.take_sent(), ["200 CANCEL", "487 INVITE"]);
}

/// The proxy asks for itself whether this node takes calls; anything else needs a source.
#[test]
fn a_proxy_without_a_source_may_only_ask() {
    for (method, expected) in
        [("OPTIONS", "200 OPTIONS"), ("INVITE", "403 INVITE"), ("REGISTER", "403 REGISTER")]
    {
        let mut bench = Bench::new();
        let request = if method == "INVITE" { invite() } else { Request::outside(method) };
        bench.hear_from(proxy(), Sender::Proxy, &request.text());
        assert_eq!(bench.take_sent(), [expected]);
        assert_eq!(bench.refused.len(), usize::from(method == "INVITE"));
    }
}
