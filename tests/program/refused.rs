//! What an operator sees of calls that are refused, and of calls that are taken: log, metrics, API
//! and command line.

use std::fs;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::time::Duration;

use serde_json::Value;

use crate::http;
use crate::switch::Switch;

const FLOW: &str =
    "<Flow name=\"direct\">\n  <Step id=\"route\">\n    <Route/>\n  </Step>\n</Flow>\n";
/// A trunk, a number, and an offer without contracts.
const BOOK: &str = "[[trunk]]\nid = \"carrier-a\"\naccept_from = \"127.0.0.55\"\n\
                    [[source]]\nid = \"ads\"\n[[offer]]\nid = \"auto\"\n\
                    [[number]]\nnumber = \"+18005550100\"\nsource = \"ads\"\noffer = \"auto\"\n\
                    flow = \"direct\"\n";
/// How long the switch may take to answer an INVITE.
const PATIENCE: Duration = Duration::from_secs(20);

fn switch() -> Switch {
    let mut switch = Switch::new("strowger.db");
    switch.end("-TERM");
    fs::write(switch.home.path().join("flows/direct.xml"), FLOW).unwrap();
    fs::write(switch.home.path().join("calls.toml"), BOOK).unwrap();
    switch.run("book apply calls.toml --force");
    switch.start();
    switch
}

/// Dials `number` from `from`, and returns the status of the final response.
pub(crate) fn dial(from: &str, to: SocketAddr, number: &str) -> u16 {
    let socket = UdpSocket::bind((from, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = socket.local_addr().unwrap();
    let invite = |method: &str, tag: &str| {
        format!(
            "{method} sip:{number}@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+13055550123@{own}>;tag=a\r\n\
             To: <sip:{number}@{to}>{tag}\r\nCall-ID: c-{number}@{own}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:{own}>\r\nContent-Length: 0\r\n\r\n"
        )
    };
    socket.send_to(invite("INVITE", "").as_bytes(), to).unwrap();
    let mut buffer = [0; 2_048];
    loop {
        let count = socket.recv(&mut buffer).unwrap();
        let response = String::from_utf8_lossy(&buffer[..count]).into_owned();
        let status: u16 = response.split(' ').nth(1).unwrap().parse().unwrap();
        if status < 200 {
            continue;
        }
        let to_line = response.lines().find(|line| line.starts_with("To:")).unwrap();
        let tag = to_line.split_once(";tag=").map(|(_, tag)| format!(";tag={tag}"));
        socket.send_to(invite("ACK", &tag.unwrap_or_default()).as_bytes(), to).unwrap();
        return status;
    }
}

fn fetch(switch: &Switch, path: &str) -> String {
    let (status, body) = http::fetch(switch.address, path, &switch.token);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

#[test]
fn a_refused_call_leaves_a_trace_everywhere() {
    let switch = switch();
    assert_eq!(dial("127.0.0.1", switch.sip(), "+18005550100"), 403);
    let line = switch.logs("call refused");
    assert!(line.contains("403: 127.0.0.1 is in no trunk's accept_from"), "{line}");
    assert_eq!(dial("127.0.0.55", switch.sip(), "+18005550199"), 404);
    let line = switch.logs("call refused");
    for part in ["unknown_number", "+18005550199 is not in the book", "carrier-a"] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    let metrics = fetch(&switch, "/metrics");
    for reason in ["unknown_source", "unknown_number"] {
        let sample = format!("strowger_calls_refused_total{{reason=\"{reason}\"}} 1\n");
        assert!(metrics.contains(&sample), "no {sample} in {metrics}");
    }
    let listed: Value = serde_json::from_str(&fetch(&switch, "/v1/calls/refused")).unwrap();
    assert_eq!(listed["items"][0]["reason"], "unknown_number", "{listed}");
    assert_eq!(listed["items"][0]["called"], "+18005550199", "{listed}");
    assert_eq!(listed["items"][1]["from"], "127.0.0.1", "{listed}");
    let one = fetch(&switch, "/v1/calls/refused?reason=unknown_source");
    let one: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(one["items"].as_array().unwrap().len(), 1, "{one}");
    let printed = switch.run("calls --refused");
    assert!(printed.contains("127.0.0.1 is in no trunk's accept_from"), "{printed}");
    assert_eq!(switch.run("calls list --refused --json").matches("\"remedy\"").count(), 2);
}

#[test]
fn a_call_leaves_a_line_for_its_arrival_its_decision_and_its_end() {
    let switch = switch();
    assert!(dial("127.0.0.55", switch.sip(), "+18005550100") >= 200);
    let arrived = switch.logs("call arrived");
    let (_, id) = arrived.split_once("call.id=").unwrap();
    let id = &id[..36];
    for part in ["from=carrier-a", "number=\"+18005550100\"", "offer=auto"] {
        assert!(arrived.contains(part), "no {part} in {arrived}");
    }
    assert!(!arrived.contains("+13055550123"), "the caller is redacted: {arrived}");
    let routed = switch.logs("call routed");
    assert!(routed.contains(id) && routed.contains("picks=0"), "{routed}");
    let ended = switch.logs("call ended");
    assert!(ended.contains(id) && ended.contains("reason=no_contract"), "{ended}");
    let metrics = fetch(&switch, "/metrics");
    for sample in [
        "strowger_calls_arrived_total 1\n",
        "strowger_calls_ended_total{reason=\"no_contract\"} 1\n",
    ] {
        assert!(metrics.contains(sample), "no {sample} in {metrics}");
    }
}
