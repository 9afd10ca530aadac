//! Addresses in a far end's headers that would send our requests to this host or a whole network.

use super::bench::Bench;
use super::bench::Request;
use super::bench::far;
use super::bench::trusted;
use crate::sip::Command;
use crate::sip::Event;
use crate::sip::Peer;

/// Where our BYE goes when the caller at `remote` has sent an INVITE with these headers.
fn bye_goes_to(remote: &str, contact: &str, route: Option<&str>) -> String {
    bye_from(Peer { remote: remote.parse().unwrap(), ..far() }, contact, route)
}

/// The same for a caller behind this peer.
fn bye_from(peer: Peer, contact: &str, route: Option<&str>) -> String {
    let mut bench = Bench::new();
    let old = "Contact: <sip:caller@192.0.2.9:5070>\r\n";
    let route = route.map(|route| format!("Record-Route: <sip:{route};lr>\r\n"));
    let new = format!("Contact: <sip:{contact}>\r\n{}", route.unwrap_or_default());
    bench.hear_from(peer, trusted(), &Request::invite().text().replace(old, &new));
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: "answer".into() });
    let ack = Request::within("ACK", &session.to_string(), 1).branch("ack").text();
    bench.hear_from(peer, trusted(), &ack);
    bench.order(Command::Bye { session, cause: None });
    let (to, bye) = bench.sent.last().unwrap();
    assert_eq!(bye.method().map(|method| method.as_str()), Some("BYE"));
    to.remote.to_string()
}

#[test]
fn contact_and_record_route_lead_to_no_address_that_the_peer_cannot_be_at() {
    let far = "192.0.2.9:5060";
    for (named, expected) in [
        ("192.0.2.77:5080", "192.0.2.77:5080"),
        ("127.0.0.1:5080", far),
        ("127.1.2.3", far),
        ("[::1]:5080", far),
        ("[::ffff:127.0.0.1]:5080", far),
        ("169.254.169.254:80", far),
        ("[fe80::1]:5080", far),
        ("0.0.0.0:5080", far),
        ("[::]:5080", far),
        ("224.0.0.1:5080", far),
        ("[ff02::1]:5080", far),
        ("255.255.255.255", far),
        // Our own address, on our port and on others.
        ("192.0.2.1:5060", far),
        ("192.0.2.1:8080", far),
        ("192.0.2.1", far),
        ("gateway.example:5080", far),
        // Behind NAT: RFC 1918.
        ("10.0.0.5:5080", far),
    ] {
        assert_eq!(bye_goes_to(far, named, None), expected, "Contact {named}");
        let good = "192.0.2.77:5080";
        assert_eq!(bye_goes_to(far, good, Some(named)), expected, "Record-Route {named}");
    }
}

#[test]
fn a_peer_on_this_host_or_link_is_reached_there() {
    for (remote, named, expected) in [
        ("127.0.0.1:5090", "127.0.0.1:5080", "127.0.0.1:5080"),
        ("127.0.0.1:5090", "127.0.0.2:5080", "127.0.0.2:5080"),
        ("[::1]:5090", "[::1]:5080", "[::1]:5080"),
        ("169.254.7.7:5060", "169.254.7.8:5080", "169.254.7.8:5080"),
        ("192.0.2.1:5090", "192.0.2.1:5080", "192.0.2.1:5080"),
        ("192.0.2.1:5090", "192.0.2.1:5060", "192.0.2.1:5090"),
    ] {
        assert_eq!(bye_goes_to(remote, named, None), expected, "{remote} {named}");
    }
}

/// RFC 5118 §4.10: the ABNF of RFC 3261 allows a third colon before an embedded IPv4 address.
#[test]
fn a_third_colon_before_an_embedded_ipv4_address_is_tolerated_in_every_host() {
    let (three, two) = ("[2001:db8:::192.0.2.77]", "[2001:db8::c000:24d]:5080");
    let named = format!("{three}:5080");
    assert_eq!(bye_goes_to("[2001:db8::9]:5060", &named, None), two, "Contact");
    let contact = "[2001:db8::77]:5080";
    assert_eq!(bye_goes_to("[2001:db8::9]:5060", contact, Some(&named)), two, "Record-Route");
    // Such an address misleads as any other.
    let ours = "[2001:db8:::192.0.2.1]:5060";
    let local = "[2001:db8::192.0.2.1]:5060".parse().unwrap();
    let peer = Peer { remote: "[2001:db8::9]:5060".parse().unwrap(), local, ..far() };
    assert_eq!(bye_from(peer, ours, None), "[2001:db8::9]:5060");

    let invite = Request::invite().text();
    for (header, old, new) in [
        ("Request-URI", "INVITE sip:+18005550100@192.0.2.1", format!("INVITE sip:1@{three}")),
        ("Via", "Via: SIP/2.0/UDP 192.0.2.9:5060", format!("Via: SIP/2.0/UDP {three}")),
        ("Via", "Via: SIP/2.0/UDP 192.0.2.9:5060", format!("Via: SIP/2.0/UDP {three}:5062")),
        ("Route", "Contact: ", format!("Route: <sip:{three};lr>\r\nContact: ")),
        ("From", "From: <sip:+13055550123@192.0.2.9>", format!("From: <sip:1@{three}>")),
        ("To", "To: <sip:+18005550100@192.0.2.1>", format!("To: <sip:1@{three}>")),
    ] {
        assert!(invite.contains(old), "{old} in {invite}");
        let mut bench = Bench::new();
        bench.hear(&invite.replacen(old, &new, 1));
        let taken = bench.events.iter().any(|event| matches!(event, Event::Incoming(_)));
        assert!(taken, "{header}: {:?}", bench.sent);
    }
}
