//! A flood at one listener: calls at another are served all the same.

use std::net::UdpSocket;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use crate::until::until;

#[test]
fn a_call_is_answered_while_another_listener_is_flooded() {
    let listens = |stage: &Stage, settings: String| {
        let (own, other) = (stage.ip(1), stage.ip(2));
        let listen = format!("listen = [\"udp:{own}:5060\"");
        settings.replace(&listen, &format!("listen = [\"udp:{other}:5060\", \"udp:{own}:5060\""))
    };
    let stage = Stage::changed(&[contract("acme", 10)], listens, |_, book| book);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let (over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let flood = || {
        let socket = UdpSocket::bind((stage.ip(40), 0)).unwrap();
        socket.connect((stage.ip(2), 5060)).unwrap();
        let (from, to) = (socket.local_addr().unwrap(), stage.ip(2));
        while !over.load(Ordering::Relaxed) {
            let number = sent.fetch_add(1, Ordering::Relaxed);
            let invite = format!(
                "INVITE sip:+18005550100@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{number}\r\n\
                 From: <sip:x@{from}>;tag=x\r\nTo: <sip:y@{to}>\r\nCall-ID: {number}\r\n\
                 CSeq: 1 INVITE\r\nContact: <sip:x@{from}>\r\nContent-Length: 0\r\n\r\n"
            );
            // A full buffer loses datagrams, as floods do.
            let _ = socket.send(invite.as_bytes());
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(flood);
        until("the flood has begun", || sent.load(Ordering::Relaxed) > 1_000);
        let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1500"]);
        let before = sent.load(Ordering::Relaxed);
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            caller.succeed();
            buyer.succeed();
        }));
        let during = sent.load(Ordering::Relaxed) - before;
        over.store(true, Ordering::Relaxed);
        assert!(ended.is_ok(), "the call was not served");
        assert!(during > 1_000, "the flood went on: {during}");
    });
    assert_fields(&stage.record(), &[("/reason", json!("bridged")), ("/billable", json!(true))]);
}
