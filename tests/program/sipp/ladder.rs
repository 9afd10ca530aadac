//! The SIP messages of calls, as the API and the command line show them.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::kamailio;
use super::kamailio::Kamailio;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;
use crate::until::until;

/// Returns the ladder of the only call, once it has a message with this summary.
fn ladder(stage: &Stage, last: &str) -> Value {
    let id = stage.calls()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/calls/{id}/ladder");
    let found = || {
        let (status, body) = stage.answer(&path);
        assert!([200, 409].contains(&status), "{status} {body}");
        serde_json::from_str::<Value>(&body).ok().filter(|_| status == 200)
    };
    let has_last = |ladder: &Value| summaries(ladder).iter().any(|summary| summary.ends_with(last));
    until("the ladder is written", || found().is_some_and(|ladder| has_last(&ladder)));
    found().unwrap()
}

/// Returns leg, direction, and summary of each message.
fn summaries(ladder: &Value) -> Vec<String> {
    let line = |item: &Value| {
        let way = if item["sent"] == true { "sent" } else { "received" };
        format!("{} {way} {}", item["leg"], item["summary"].as_str().unwrap())
    };
    ladder["items"].as_array().unwrap().iter().map(line).collect()
}

/// Two buyers are rung: the first is busy. Each leg has a column of its own, and every message is there
/// once.
#[test]
fn a_ladder_shows_every_leg_of_a_call() {
    let stage = Stage::direct(&[contract("acme", 10), contract("bolt", 11)]);
    let busy = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "500"]).succeed();
    let (busy, buyer) = (busy.succeed(), buyer.succeed());
    stage.record();
    let ladder = ladder(&stage, "200 OK to BYE");
    let found = summaries(&ladder);
    let of_leg = |leg: u8| found.iter().filter(|line| line.starts_with(&format!("{leg} "))).count();
    assert_eq!(of_leg(1), busy.received().len() + busy.sent().len(), "{found:?}");
    assert_eq!(of_leg(2), buyer.received().len() + buyer.sent().len(), "{found:?}");
    for line in [
        "0 received INVITE (SDP)",
        "1 sent INVITE (SDP)",
        "1 received 486 Busy Here",
        "1 sent ACK",
        "2 received 200 OK (SDP)",
        "0 sent 200 OK (SDP)",
        "0 received BYE",
        "2 sent BYE",
    ] {
        assert!(found.iter().any(|one| one == line), "{line} in {found:?}");
    }
    // The buyer's key for reports is a secret.
    let invite = ladder["items"].as_array().unwrap().iter().find(|item| item["leg"] == 2).unwrap();
    let text = invite["message"].as_str().unwrap();
    let key = text.lines().find_map(|line| line.strip_prefix("X-Strowger-Key:")).unwrap();
    assert!(key.trim().bytes().all(|byte| byte == b'*'), "{text}");

    let id = ladder["call"].as_str().unwrap();
    let shown = stage.run(&["calls", "show", &id[..13], "--ladder"]);
    let first = format!("call {id}: {} SIP messages", found.len());
    assert!(shown.starts_with(&first), "{shown}");
    for part in ["switch", "leg 1", "leg 2", "INVITE (SDP)", "486 Busy Here"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(stage.answer(&format!("/v1/calls/{id}/ladder?format=text")), (200, shown));
    let (_, svg) = stage.answer(&format!("/v1/calls/{id}/ladder?format=svg"));
    assert_eq!(svg, stage.run(&["calls", "show", id, "--ladder=svg"]));
    tcpdump_reads(&stage, id, found.len());
}

/// Another program reads the file, and finds each message and no wrong checksum.
fn tcpdump_reads(stage: &Stage, id: &str, messages: usize) {
    let (status, pcap) = stage.answer_bytes(&format!("/v1/calls/{id}/ladder?format=pcap"));
    assert_eq!(status, 200);
    let path = stage.home().join("ladder.pcap");
    fs::write(&path, pcap).unwrap();
    let read = Command::new("tcpdump").args(["-nn", "-vv", "-r"]).arg(&path).output().unwrap();
    let shown = String::from_utf8_lossy(&read.stdout);
    assert!(read.status.success(), "{shown} {}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(shown.matches("udp sum ok").count(), messages, "{shown}");
    let is_wrong = ["bad cksum", "bad udp cksum"].iter().any(|wrong| shown.contains(wrong));
    assert!(!is_wrong, "{shown}");
    let invite = format!("{}.5060 > {}.5060", stage.ip(20), stage.ip(1));
    assert!(shown.contains(&invite) && shown.contains("INVITE sip:"), "{shown}");
}

/// A caller that is asked who it is: the first INVITE, its 401, and the credentials are in the ladder,
/// without the secrets.
#[test]
fn a_challenge_is_in_the_ladder_without_its_secrets() {
    let credentials = "[credentials.own]\nusername = \"user\"\npassword = \"secret\"\n";
    let settings = |_: &Stage, text: String| {
        text.replace("[sip]\n", "[sip]\ndigest = \"MD5\"\n") + credentials
    };
    let book = |stage: &Stage, text: String| {
        let gateway = stage.ip(kamailio::HOST);
        let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
        let trunk = format!(
            "[[trunk]]\nid = \"digest\"\ncredentials = \"own\"\noutbound = \"sip:{gateway}\"\n"
        );
        trunk + &text.replace(&direct, "phone = \"+13055550199\", trunk = \"digest\"")
    };
    let stage = Stage::changed(&[contract("acme", 10)], settings, book);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let _carrier = Kamailio::carrier(&stage, "MD5", stage.ip(10));
    let scenario = "uac-authenticates-talks-then-hangs-up";
    let sent = Sipp::caller_at(&stage, 40, scenario, 1, &["-d", "500"]).succeed();
    buyer.succeed();
    stage.record();
    let ladder = ladder(&stage, "200 OK to BYE");
    let found = summaries(&ladder);
    assert_eq!(
        found[..4],
        [
            "0 received INVITE (SDP)",
            "0 sent 401 Unauthorized",
            "0 received ACK",
            "0 received INVITE (SDP)"
        ]
    );
    assert!(
        found.iter().any(|line| line == "1 received 407 Proxy Authentication Required"),
        "{found:?}"
    );
    let text = ladder.to_string();
    assert!(text.contains("username=\\\"user\\\""), "{text}");
    let messages = [sent.sent(), sent.received()].concat().concat();
    let secret = |name: &str| {
        let before = format!("{name}=\"");
        let all = messages.split(&before).skip(1);
        all.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    for name in ["response", "nonce"] {
        let values = secret(name);
        assert!(!values.is_empty(), "{name} in {messages}");
        for value in values {
            assert!(!text.contains(&value), "{name} {value}");
        }
    }
}

/// A retransmission is shown as one, and so is what the switch sends again for it. The stop writes
/// what waits.
#[test]
fn retransmissions_are_shown_and_a_stop_loses_nothing() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let phone = Phone::new(&stage, 20);
    phone.send(&phone.invite());
    let answer = phone.await_status(200);
    phone.send(&phone.within("ACK", 1, &answer));
    until("the buyer is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    let bye = phone.within("BYE", 2, &answer);
    for _ in 0..2 {
        phone.send(&bye);
        phone.await_cseq(200, "2 BYE");
    }
    buyer.succeed();
    let id = stage.record()["id"].as_str().unwrap().to_owned();
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    let shown = stage.run(&["calls", "show", &id, "--ladder"]);
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains(" BYE ")).collect();
    // From the caller twice, and to the buyer, with two answers and one.
    assert_eq!(lines.len(), 6, "{shown}");
    assert_eq!(lines.iter().filter(|line| line.contains('╌')).count(), 2, "{shown}");
}

#[test]
fn without_time_to_keep_them_no_messages_are_kept() {
    let stage = Stage::direct_with("[retention]\nladders = \"0s\"\n", &[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "4000"]).succeed();
    buyer.succeed();
    let record = stage.record();
    let id = record["id"].as_str().unwrap();
    let (status, body) = stage.answer(&format!("/v1/calls/{id}/ladder"));
    assert_eq!(status, 409, "{body}");
    assert!(body.contains("are kept"), "{body}");
}
