//! Destinations where nothing is: noticed at once, long before a request without a response.

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;

/// Nothing but an ICMP error or a refused connection can end an attempt as `unreachable` here: the
/// ring timeout of 20 s is over long before.
fn patient(stage: &Stage, settings: String) -> String {
    let listen = format!("[\"udp:{0}:5060\", \"tcp:{0}:5060\"]", stage.ip(1));
    settings.replace(&listen, &format!("{listen}\nno_response = \"32s\""))
}

#[test]
fn a_closed_port_is_followed_by_the_next_buyer_at_once() {
    let contracts = [contract("acme", 10), contract("best", 11)];
    let stage = Stage::changed(&contracts, patient, |_, book| book);
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    assert_eq!(attempts(&stage.record()), ["acme unreachable", "best won"]);
}

#[test]
fn a_refused_connection_is_followed_by_the_next_buyer_at_once() {
    let tcp = super::stage::Contract { id: "acme", host: 10, more: "# tcp" };
    let stage = Stage::changed(&[tcp, contract("best", 11)], patient, |_, book| book);
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    assert_eq!(attempts(&stage.record()), ["acme unreachable", "best won"]);
}

#[test]
fn a_closed_gateway_is_followed_by_the_trunks_next_one_at_once() {
    let with_gateways = |stage: &Stage, book: String| {
        let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
        let ways = format!("\"sip:{}:5060\", \"sip:{}:5060\"", stage.ip(12), stage.ip(11));
        let trunk = format!("[[trunk]]\nid = \"out\"\noutbound = [{ways}]\nping = \"off\"\n");
        let number = "phone = \"+13055550177\", trunk = \"out\"";
        trunk + &book.replace(&direct, number)
    };
    let stage = Stage::changed(&[contract("acme", 10)], patient, with_gateways);
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    assert_eq!(attempts(&stage.record()), ["acme won"]);
}
