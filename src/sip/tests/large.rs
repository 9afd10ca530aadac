//! INVITEs that are too large for a datagram.

use super::bench::Bench;
use super::bench::dial;
use super::bench::far;
use super::bench::reply;
use super::bench::trusted;
use crate::base::LegId;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::ConnectionId;
use crate::sip::DATAGRAM_MAX;
use crate::sip::Dial;
use crate::sip::Input;
use crate::sip::Peer;
use crate::sip::Transport;
use crate::sip::wire::HeaderName;

const LEG: LegId = LegId(7);

/// Dials with so many bytes of a header more; returns the transport and the length of the INVITE.
fn dialled(bench: &mut Bench, more: usize, takes_tcp: bool) -> (Transport, usize) {
    let headers = vec![("X-Large".to_owned(), "x".repeat(more))];
    let call = Dial { headers, takes_tcp, ..dial(LEG, far()) };
    bench.order(Command::Dial(Box::new(call)));
    let (to, invite) = bench.sent.last().unwrap();
    (to.transport, invite.bytes().len())
}

fn by_tcp() -> Peer {
    Peer { transport: Transport::Tcp, ..far() }
}

#[test]
fn an_invite_that_is_too_large_goes_by_tcp() {
    let (_, plain) = dialled(&mut Bench::new(), 0, true);
    let most = DATAGRAM_MAX - plain;
    for (more, takes_tcp, transport) in [
        (most, true, Transport::Udp),
        (most + 1, true, Transport::Tcp),
        (most + 1, false, Transport::Udp),
    ] {
        let mut bench = Bench::new();
        assert_eq!(dialled(&mut bench, more, takes_tcp).0, transport, "{more} {takes_tcp}");
        let invite = bench.last();
        let via = format!("SIP/2.0/{} 192.0.2.1:5060;", transport.name());
        assert!(invite.header(HeaderName::Via).unwrap().starts_with(&via));
        let contact = invite.header(HeaderName::Contact).unwrap();
        assert_eq!(contact.contains(";transport=tcp"), transport == Transport::Tcp);
    }
}

#[test]
fn it_goes_by_udp_at_once_where_tcp_is_refused() {
    let mut bench = Bench::new();
    dialled(&mut bench, DATAGRAM_MAX, true);
    bench.handle(Input::Unreachable { peer: by_tcp() });
    assert_eq!(bench.take_sent(), ["INVITE", "INVITE"]);
    assert_eq!(bench.take_events(), [""; 0]);
    bench.pass_ms(600);
    let (to, again) = bench.sent.last().unwrap();
    assert_eq!(*to, far(), "it is sent again, as over UDP");
    let answer = reply(again, 200, "b", "Contact: <sip:buyer@192.0.2.9>\r\n", "");
    bench.hear(&answer);
    assert_eq!(bench.take_events(), ["Answered"]);

    // Without UDP either, the call has failed, once.
    let mut bench = Bench::new();
    dialled(&mut bench, DATAGRAM_MAX, true);
    bench.handle(Input::Unreachable { peer: by_tcp() });
    bench.handle(Input::Unreachable { peer: far() });
    assert_eq!(bench.take_events(), ["Refused Unreachable"]);
    bench.expect_empty();
}

#[test]
fn one_that_was_answered_or_canceled_does_not_go_again() {
    let over = Peer { connection: Some(ConnectionId(7)), ..by_tcp() };
    let mut bench = Bench::new();
    dialled(&mut bench, DATAGRAM_MAX, true);
    let ringing = reply(bench.last(), 180, "b", "", "");
    bench.hear_from(over, trusted(), &ringing);
    bench.sent.clear();
    bench.handle(Input::Unreachable { peer: by_tcp() });
    assert_eq!(bench.take_sent(), [""; 0]);

    let mut bench = Bench::new();
    dialled(&mut bench, DATAGRAM_MAX, true);
    bench.order(Command::Cancel { session: LEG, why: CancelWhy::Plain });
    bench.sent.clear();
    bench.handle(Input::Unreachable { peer: by_tcp() });
    assert_eq!(bench.take_events(), ["Refused Canceled"]);
    assert_eq!(bench.take_sent(), [""; 0]);
    bench.expect_empty();
}
