//! Calls through a proxy of our own: real Kamailio between the carrier and the switch.

use serde_json::Value;
use serde_json::json;

use super::bridged::assert_sold;
use super::drain::came_of;
use super::kamailio;
use super::kamailio::Kamailio;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use crate::until::until;

/// Sets Kamailio as a proxy of ours, and more settings of SIP.
fn settings(stage: &Stage, settings: String, more: &str) -> String {
    let proxies = format!("[sip]\nproxies = [\"{}\"]\n{more}", stage.ip(kamailio::HOST));
    let rate = if more.is_empty() { "" } else { "calls_per_second = 10000\n" };
    settings.replace(rate, "").replace("[sip]\n", &proxies)
}

/// Adds a second trunk, at .24.
fn book(stage: &Stage, book: String) -> String {
    format!("{book}[[trunk]]\nid = \"other\"\naccept_from = [\"{}/30\"]\n", stage.ip(24))
}

/// A switch that Kamailio may name callers to.
fn stage(contracts: &[Contract<'_>], more: &str) -> Stage {
    Stage::changed(contracts, |stage, text| settings(stage, text, more), book)
}

fn refused(stage: &Stage) -> Vec<String> {
    let list = stage.fetch("/v1/calls/refused");
    let text = |one: &Value| {
        let field = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", field("reason"), field("from"))
    };
    list["items"].as_array().unwrap().iter().map(text).collect()
}

fn hangs_up(scenario: &str, transport: &str, by: &str) {
    let stage = stage(&[contract("acme", 10)], "");
    let _kamailio = Kamailio::start(&stage, &[stage.ip(1)]);
    let buyer = if by == "buyer" { "uas-answers-then-hangs-up" } else { "uas-answers" };
    let buyer = Sipp::buyer_with(&stage, 10, buyer, 1, &["-d", "1500"]);
    let arguments = ["-d", "2000", "-t", transport];
    let caller = Sipp::caller_through(&stage, kamailio::HOST, 20, scenario, &arguments);
    let seen = caller.succeed();
    let invited = buyer.succeed();
    let record = stage.record();
    assert_fields(&record, &[("/trunk", json!("carrier")), ("/ended_by", json!(by))]);
    assert_fields(&record, &[("/reason", json!("bridged")), ("/winner/contract", json!("acme"))]);
    let routes = |message: &&&str| message.contains("Record-Route: <sip:");
    assert!(seen.received().iter().any(|message| routes(&message)), "{:?}", seen.received());
    assert!(!invited.received().concat().to_lowercase().contains("x-source"));
}

#[test]
fn a_caller_behind_the_proxy_talks_and_hangs_up() {
    hangs_up("uac-talks-then-hangs-up", "u1", "caller");
}

#[test]
fn a_caller_behind_the_proxy_talks_and_hangs_up_over_tcp() {
    hangs_up("uac-talks-then-hangs-up", "t1", "caller");
}

#[test]
fn a_buyer_hangs_up_on_a_caller_behind_the_proxy() {
    hangs_up("uac-talks-until-hung-up-on", "u1", "buyer");
}

#[test]
fn a_caller_behind_the_proxy_holds_and_resumes() {
    let stage = stage(&[contract("acme", 10)], "");
    let _kamailio = Kamailio::start(&stage, &[stage.ip(1)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller =
        Sipp::caller_through(&stage, kamailio::HOST, 20, "uac-holds-and-resumes", &["-d", "1500"]);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.1..9.0);
}

#[test]
fn a_caller_behind_the_proxy_cancels() {
    let stage = stage(&[contract("acme", 10)], "");
    let _kamailio = Kamailio::start(&stage, &[stage.ip(1)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-never-answers-expect-cancel", 1);
    let scenario = "uac-cancels-while-ringing-expect-487";
    Sipp::caller_through(&stage, kamailio::HOST, 20, scenario, &[]).succeed();
    buyer.succeed();
    assert_fields(&stage.record(), &[("/ended_by", json!("caller")), ("/winner", json!(null))]);
}

/// Neither a stranger's own header nor one that it sends through the proxy names it as a trunk.
#[test]
fn a_forged_source_is_ignored() {
    let stage = stage(&[contract("acme", 10)], "");
    let _kamailio = Kamailio::start(&stage, &[stage.ip(1)]);
    let trunk = stage.ip(20).to_string();
    let forged = ["-key", "source", &trunk];
    let scenario = "uac-forges-its-source-expect-403";
    Sipp::caller_at(&stage, 30, scenario, 1, &forged).succeed();
    Sipp::caller_through(&stage, kamailio::HOST, 31, scenario, &forged).succeed();
    let expected = [31, 30].map(|host| format!("unknown_source {}", stage.ip(host)));
    assert_eq!(refused(&stage), expected);
    assert_eq!(stage.records(), Vec::<Value>::new());
}

/// A proxy that names no caller, or nonsense, is misconfigured: one refusal that says what to do.
#[test]
fn a_call_whose_proxy_names_no_source_is_refused() {
    let stage = stage(&[contract("acme", 10)], "");
    Sipp::caller_at(&stage, kamailio::HOST, "uac-stranger-expect-403", 1, &[]).succeed();
    let nonsense = ["-key", "source", "carrier.example"];
    let scenario = "uac-forges-its-source-expect-403";
    Sipp::caller_at(&stage, kamailio::HOST, scenario, 1, &nonsense).succeed();
    Sipp::caller_at(&stage, kamailio::HOST, "uac-options-expect-200", 1, &[]).succeed();
    assert_eq!(refused(&stage), [format!("unnamed_source {}", stage.ip(kamailio::HOST))]);
    until("the refusal is logged", || stage.log().contains("`[sip] source_header`"));
    assert_eq!(stage.records(), Vec::<Value>::new());
}

/// What is counted is the address behind the proxy, so that a flood through it blocks only itself.
#[test]
fn a_flood_through_the_proxy_leaves_the_others_their_share() {
    let stage = stage(&[contract("acme", 10)], "calls_per_second = 10\n");
    let _kamailio = Kamailio::start(&stage, &[stage.ip(1)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1_000);
    let load = ["-m", "1000", "-r", "50", "-d", "10"];
    let loud = "uac-talks-or-is-turned-away";
    let flood = Sipp::caller_through(&stage, kamailio::HOST, 24, loud, &load);
    until("the flood is limited", || flood.has_received("SIP/2.0 503 "));
    // So few that even those that a busy machine sends together are within its share.
    let quiet = ["-m", "10", "-r", "1", "-d", "10"];
    let quiet = Sipp::caller_through(&stage, kamailio::HOST, 20, loud, &quiet).succeed();
    let (served, _) = came_of(&quiet);
    // By the proxy's address, one of five calls would be served. The flood had it all at first.
    assert!(served >= 5, "{served} of 10 calls were served");
    let (_, limited) = came_of(&flood.messages());
    assert!(limited > 100, "the flood went on: {limited}");
    drop((flood, buyer));
    let of_carrier = |record: &&Value| record["trunk"] == "carrier";
    until("each answered call is recorded", || {
        stage.calls().iter().filter(of_carrier).count() == served
    });
}

/// Kamailio spreads calls over two nodes. One drains: its calls stay on it, new ones go to the other,
/// and no caller notices. Then the other is killed, and the first takes all new calls.
#[test]
fn calls_go_to_the_node_that_takes_them() {
    const CALLS: u32 = 120;
    let contracts = [contract("acme", 10)];
    let mut first = stage(&contracts, "");
    let mut second = first.beside(2, &contracts, |stage, text| settings(stage, text, ""), book);
    let _kamailio = Kamailio::start(&first, &[first.ip(1), first.ip(2)]);
    let buyer = Sipp::buyer(&first, 10, "uas-answers", CALLS + 10);
    let load = ["-m", "120", "-r", "20", "-d", "2500"];
    let scenario = "uac-talks-then-hangs-up";
    let caller = Sipp::caller_through(&first, kamailio::HOST, 20, scenario, &load);
    let bridged =
        |stage: &Stage| stage.calls().iter().filter(|call| call["bridged_at"].is_string()).count();
    until("both nodes have calls", || bridged(&first) >= 10 && bridged(&second) >= 10);
    first.tell_to_stop();
    caller.succeed();
    assert_eq!(first.ended(), Some(0));
    first.start();
    let (of_first, of_second) = (first.records(), second.records());
    assert_eq!(of_first.len() + of_second.len(), CALLS as usize, "each call has one record");
    assert!(of_first.len() < CALLS as usize / 3, "it drained: {}", of_first.len());
    for record in of_first.iter().chain(&of_second) {
        assert_fields(record, &[("/reason", json!("bridged")), ("/ended_by", json!("caller"))]);
    }

    second.kill();
    let more = ["-m", "4", "-r", "1", "-d", "1500"];
    Sipp::caller_through(&first, kamailio::HOST, 21, scenario, &more).succeed();
    assert_eq!(first.records().len(), of_first.len() + 4);
    drop(buyer);
    second.start();
}
