//! Where hosts are, as real DNS messages have it.

use std::time::Duration;

use strowger::net::Dns;
use strowger::net::LocateError;
use strowger::net::Located;
use strowger::net::SERVERS_MAX;
use strowger::net::SipHost;
use strowger::sip::Transport;

use crate::nameserver::Mood;
use crate::nameserver::NameServer;

const UDP: Transport = Transport::Udp;
const TCP: Transport = Transport::Tcp;
const TLS: Transport = Transport::Tls;

fn server(records: &[&str]) -> (NameServer, Dns) {
    let server = NameServer::start([127, 0, 0, 1].into());
    server.serve(records);
    let dns = Dns::new(&[server.address()]).unwrap();
    (server, dns)
}

fn locate(
    dns: &Dns,
    (transport, name, port): (Transport, &str, Option<u16>),
    is_known: bool,
) -> Result<Located, LocateError> {
    let host = SipHost { transport, name: name.to_owned(), port };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(dns.locate(&host, is_known))
}

/// Returns each server like `a:5060 10/1 192.0.2.1`, and the time for which the answer holds.
fn shown(located: &Located) -> (Vec<String>, Duration) {
    let servers = located.servers.iter().map(|server| {
        let addresses: Vec<String> = server.addresses.iter().map(ToString::to_string).collect();
        let (own, addresses) = (server.preference, addresses.join(","));
        format!("{}:{} {}/{} {addresses}", server.name, server.port, own.priority, own.weight)
    });
    (servers.collect(), located.ttl)
}

#[test]
fn srv_records_of_the_transport_come_before_addresses() {
    let (_server, dns) = server(&[
        "_sip._udp.c.example 300 SRV 20 7 5070 b.c.example",
        "_sip._udp.c.example 300 SRV 10 0 5060 a.c.example",
        "_sips._tcp.c.example 9999 SRV 1 1 5061 a.c.example",
        "a.c.example 60 A 192.0.2.1",
        "a.c.example 60 AAAA 2001:db8::1",
        "b.c.example 600 A 192.0.2.2",
        "c.example 2 A 192.0.2.9",
    ]);
    for (host, servers, seconds) in [
        (
            (UDP, "c.example", None),
            &["a.c.example:5060 10/0 192.0.2.1,2001:db8::1", "b.c.example:5070 20/7 192.0.2.2"][..],
            60,
        ),
        ((TLS, "c.example", None), &["a.c.example:5061 1/1 192.0.2.1,2001:db8::1"], 60),
        // No SRV records for TCP, and none are looked for with a port. A TTL is at least 5 s.
        ((TCP, "c.example", None), &["c.example:5060 0/0 192.0.2.9"], 5),
        ((UDP, "c.example", Some(5080)), &["c.example:5080 0/0 192.0.2.9"], 5),
        ((TLS, "b.c.example", None), &["b.c.example:5061 0/0 192.0.2.2"], 600),
    ] {
        let located = locate(&dns, host, true).unwrap();
        let (found, ttl) = shown(&located);
        assert_eq!(
            (&found[..], ttl.as_secs()),
            (&servers.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..], seconds),
            "{host:?}"
        );
    }
}

#[test]
fn servers_without_an_address_are_left_out() {
    let (_server, dns) = server(&[
        "_sip._udp.c.example 60 SRV 1 1 5060 gone.c.example",
        "_sip._udp.c.example 60 SRV 2 1 5060 b.c.example",
        "b.c.example 60 A 192.0.2.2",
        "_sip._udp.d.example 60 SRV 1 1 5060 gone.c.example",
        "_sip._udp.e.example 60 SRV 0 0 0 .",
        "e.example 60 A 192.0.2.3",
    ]);
    let located = locate(&dns, (UDP, "c.example", None), true).unwrap();
    assert_eq!(shown(&located).0, ["b.c.example:5060 2/1 192.0.2.2"]);
    let error = |name| locate(&dns, (UDP, name, None), false).unwrap_err();
    assert_eq!(error("d.example"), LocateError::NoAddress);
    assert_eq!(error("e.example"), LocateError::NoService);
    assert_eq!(error("f.example").to_string(), "there is no such name");
}

#[test]
fn of_too_many_servers_those_with_the_lowest_priorities_are_used() {
    // Few enough for a datagram.
    let mut records: Vec<String> = (0..20)
        .rev()
        .map(|at| format!("_sip._udp.c.example 60 SRV {at} 1 5060 s.c.example"))
        .collect();
    records.push("s.c.example 60 A 192.0.2.1".to_owned());
    let (_server, dns) = server(&records.iter().map(String::as_str).collect::<Vec<_>>());
    let located = locate(&dns, (UDP, "c.example", None), true).unwrap();
    let last = located.servers.last().unwrap().preference.priority;
    assert_eq!((located.servers.len(), last), (SERVERS_MAX, 15));
}

#[test]
fn a_name_server_that_fails_leaves_what_is_known() {
    let (server, dns) = server(&["c.example 60 A 192.0.2.9"]);
    let host = (UDP, "c.example", None);
    server.be(Mood::FailsForSrv);
    assert!(matches!(locate(&dns, host, true), Err(LocateError::Dns(_))));
    // Nothing is known yet: its addresses are better than nothing.
    assert_eq!(shown(&locate(&dns, host, false).unwrap()).0, ["c.example:5060 0/0 192.0.2.9"]);
    for mood in [Mood::Fails, Mood::Babbles] {
        server.be(mood);
        assert!(matches!(locate(&dns, host, false), Err(LocateError::Dns(_))), "{mood:?}");
    }
}
