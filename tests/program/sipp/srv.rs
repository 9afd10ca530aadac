//! A trunk whose gateways DNS names.

use hickory_resolver::proto::rr::RecordType;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;
use crate::nameserver::Mood;
use crate::nameserver::NameServer;
use crate::until::until;

const SERVICE: &str = "_sip._udp.carrier.example";

/// Starts a switch whose only buyer is called through the gateways of `carrier.example`.
fn stage(records: impl Fn(&Stage) -> Vec<String>) -> (Stage, NameServer) {
    let server = NameServer::start([127, 0, 0, 1].into());
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |stage, settings| {
            serve(&server, &records(stage));
            let own = format!("nameservers = [\"{}\"]\nmax_calls", server.address());
            settings.replacen("max_calls", &own, 1)
        },
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let number = "phone = \"+13055550177\", trunk = \"out\"";
            let trunk =
                "[[trunk]]\nid = \"out\"\noutbound = \"sip:carrier.example\"\nping = \"off\"\n";
            trunk.to_owned() + &book.replace(&direct, number)
        },
    );
    until("the carrier is located", || stage.log().contains("host located"));
    (stage, server)
}

fn serve(server: &NameServer, records: &[String]) {
    server.serve(&records.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_call_goes_to_the_servers_of_the_srv_records_in_their_order() {
    let (stage, server) = stage(|stage| {
        vec![
            format!("{SERVICE} 300 SRV 20 1 5060 second.carrier.example"),
            format!("{SERVICE} 300 SRV 10 1 5060 first.carrier.example"),
            format!("first.carrier.example 300 A {}", stage.ip(12)),
            format!("second.carrier.example 300 A {}", stage.ip(11)),
        ]
    });
    let before = server.asked(SERVICE, RecordType::SRV);
    // Nothing listens at the first server.
    let gateway = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    let messages = gateway.succeed();
    let invite = messages.received()[0];
    assert!(
        invite.contains("INVITE sip:+13055550177@carrier.example;user=phone SIP/2.0\r\n"),
        "{invite}"
    );
    assert_eq!(attempts(&stage.record()), ["acme won"]);
    assert_eq!(server.asked(SERVICE, RecordType::SRV), before, "no DNS in the path of a call");
}

#[test]
fn the_records_are_read_again_and_the_last_good_ones_kept_while_dns_fails() {
    let records = |ip: std::net::IpAddr| {
        vec![
            format!("{SERVICE} 5 SRV 10 1 5060 gw.carrier.example"),
            format!("gw.carrier.example 5 A {ip}"),
        ]
    };
    let (stage, server) = stage(|stage| records(stage.ip(12)));
    server.be(Mood::Fails);
    until("the failure is logged", || stage.log().contains("host not located: last answer kept"));
    let old = Sipp::buyer(&stage, 12, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    old.succeed();

    serve(&server, &records(stage.ip(11)));
    server.be(Mood::Well);
    let new = Sipp::buyer(&stage, 11, "uas-answers", 1);
    until("the new record is read", || stage.log().matches("host located").count() == 2);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    new.succeed();
    assert_eq!(stage.log().matches("host not located").count(), 1, "logged once: {}", stage.log());
}
