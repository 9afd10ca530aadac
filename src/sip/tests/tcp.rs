//! Calls over TCP.

use super::bench::Bench;
use super::bench::Request;
use super::bench::far_tcp;
use super::bench::trusted;
use crate::base::LegId;
use crate::sip::Command;
use crate::sip::ConnectionId;
use crate::sip::Declined;
use crate::sip::Input;
use crate::sip::Peer;
use crate::sip::wire::HeaderName;

const CONTACT: &str = "Contact: <sip:buyer@192.0.2.9:40000;transport=tcp>\r\n";

fn over_tcp(request: Request) -> String {
    Request { transport: "TCP", ..request }.text().replace(":5070>", ":40000;transport=tcp>")
}

impl Bench {
    fn hear_tcp(&mut self, request: Request) {
        self.hear_from(far_tcp(), trusted(), &over_tcp(request));
    }

    fn invited_tcp(&mut self) -> (LegId, String) {
        self.hear_tcp(Request::invite());
        let session = self.incoming();
        (session, session.to_string())
    }

    fn answer_tcp(&mut self, status: u16, more: &str) {
        let request = self.sent.iter().rev().find(|(_, m)| m.method().is_some()).unwrap().1.clone();
        let text = super::bench::reply(&request, status, "b", more, "");
        self.hear_from(far_tcp(), trusted(), &text);
    }

    fn lose(&mut self) {
        self.handle(Input::ConnectionLost(ConnectionId(7)));
    }
}

#[test]
fn everything_goes_back_by_the_connection() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited_tcp();
    bench.order(Command::Accept { session, body: "answer".into() });
    let contact = bench.last().header(HeaderName::Contact);
    assert_eq!(contact, Some("<sip:192.0.2.1:5060;transport=tcp>"));
    bench.hear_tcp(Request::within("ACK", &tag, 1).branch("ack"));
    bench.order(Command::Bye { session, cause: None });
    assert!(bench.sent.iter().all(|(peer, _)| *peer == far_tcp()), "{:?}", bench.sent);
    bench.pass_ms(20_000);
    assert_eq!(bench.take_sent(), ["200 INVITE", "BYE"], "nothing is repeated");
}

#[test]
fn the_answer_is_repeated_even_over_tcp() {
    let mut bench = Bench::new();
    let (session, _) = bench.invited_tcp();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.pass_ms(1_600);
    assert_eq!(bench.take_sent(), ["200 INVITE"; 3]);
}

#[test]
fn finished_transactions_are_gone_at_once() {
    let mut bench = Bench::new();
    bench.dial_to(far_tcp());
    bench.answer_tcp(486, "");
    assert_eq!(bench.agent.transactions(), 0, "timer D is zero");
    assert_eq!(bench.take_events(), ["Refused Status(486)"]);
    let (session, tag) = bench.invited_tcp();
    bench.order(Command::Reject { session, declined: Declined::plain(603), retry_after: None });
    bench.pass_ms(5_000);
    bench.hear_tcp(Request::within("ACK", &tag, 1).branch("invite"));
    assert_eq!(bench.agent.transactions(), 0, "timer I is zero");
    assert_eq!(bench.take_sent(), ["INVITE", "ACK", "603 INVITE"], "and timer G does not run");
    bench.expect_empty();
}

#[test]
fn a_lost_connection_takes_its_unanswered_requests_along() {
    let mut bench = Bench::new();
    bench.dial_to(far_tcp());
    bench.lose();
    assert_eq!(bench.take_events(), ["Refused Unreachable"]);
    let session = bench.dial_to(far_tcp());
    bench.answer_tcp(200, CONTACT);
    bench.order(Command::Bye { session, cause: None });
    assert_eq!(bench.sent.last().unwrap().0.connection, Some(ConnectionId(7)));
    bench.lose();
    assert_eq!(bench.take_events(), ["Answered", "Ended Lost"]);
    bench.expect_empty();
}

#[test]
fn a_call_outlives_its_connection() {
    let by_address =
        |port| Peer { remote: ([192, 0, 2, 9], port).into(), connection: None, ..far_tcp() };
    let mut bench = Bench::new();
    let (session, _) = bench.invited_tcp();
    bench.lose();
    bench.order(Command::Accept { session, body: "answer".into() });
    assert_eq!(bench.sent.last().unwrap().0, by_address(5060), "to the Via's port");
    assert_eq!(bench.take_events(), [""; 0]);

    let mut bench = Bench::new();
    let session = bench.dial_to(far_tcp());
    bench.answer_tcp(200, CONTACT);
    bench.lose();
    bench.order(Command::Bye { session, cause: None });
    assert_eq!(bench.sent.last().unwrap().0, by_address(40_000), "to the Contact");
}

#[test]
fn another_host_or_transport_has_a_way_of_its_own() {
    for (contact, remote) in [
        ("sip:buyer@192.0.2.77;transport=tcp", ([192, 0, 2, 77], 5060)),
        ("sip:buyer@192.0.2.9", ([192, 0, 2, 9], 5060)),
    ] {
        let mut bench = Bench::new();
        bench.dial_to(far_tcp());
        bench.answer_tcp(200, &format!("Contact: <{contact}>\r\n"));
        let (to, _) = bench.sent.last().unwrap();
        assert_eq!((to.remote, to.connection), (remote.into(), None), "{contact}");
    }
}

#[test]
fn a_call_moves_to_another_connection() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited_tcp();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear_tcp(Request::within("ACK", &tag, 1).branch("ack"));
    let moved = Peer { connection: Some(ConnectionId(8)), ..far_tcp() };
    let options = over_tcp(Request::within("OPTIONS", &tag, 2));
    bench.hear_from(moved, trusted(), &options);
    bench.lose();
    bench.order(Command::Bye { session, cause: None });
    assert_eq!(bench.sent.last().unwrap().0.connection, Some(ConnectionId(8)));
    bench.expect_empty();
}

/// A connection that swallows requests is not used again.
#[test]
fn a_request_without_a_response_closes_its_connection() {
    let mut bench = Bench::new();
    bench.dial_to(far_tcp());
    bench.pass_ms(4_000);
    assert_eq!(bench.take_events(), ["Refused Timeout"]);
    assert_eq!(bench.closed, [far_tcp()]);
    bench.closed.clear();
    bench.dial();
    bench.pass_ms(4_000);
    assert_eq!(bench.closed, [], "UDP has none");
}
