//! SDP that would send audio where the far end cannot be, and audio without bounds.

use std::net::SocketAddr;

use rtp::header::Header;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;
use crate::packets::packet;
use crate::until::until;

/// Returns an INVITE whose audio is at this address.
fn invite_at(caller: &Phone, address: SocketAddr) -> String {
    let invite = caller.invite();
    let (head, body) = invite.split_once("\r\n\r\n").unwrap();
    let line = body.lines().find(|line| line.starts_with("c=")).unwrap();
    let body = body.replace(line, &format!("c=IN IP4 {}", address.ip()));
    let body = body.replace("audio 6000", &format!("audio {}", address.port()));
    let (head, _) = head.split_once("Content-Length").unwrap();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn an_offer_of_audio_where_the_caller_cannot_be_is_488_and_rings_nobody() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let ours = SocketAddr::new(stage.ip(1), 20_002);
    for (host, address, code) in [
        (21, "224.0.0.1:4000".parse().unwrap(), 330),
        (22, "255.255.255.255:4000".parse().unwrap(), 399),
        (23, ours, 399),
    ] {
        let caller = Phone::new(&stage, host);
        caller.send(&invite_at(&caller, address));
        let refusal = caller.await_status(488);
        let text = format!("{code} strowger \"audio at {address}, where the far end cannot be\"");
        assert!(refusal.contains(&format!("Warning: {text}\r\n")), "{refusal}");
        caller.send(&caller.within_refused(&refusal));
        let line = format!("audio at {address}");
        until("the refusal is logged", || stage.log().contains(&line));
    }
    let records = stage.records();
    assert_eq!(records.len(), 3);
    for record in records {
        assert_eq!(record["reason"], "rejected_caller");
        assert_eq!(record["attempts"], serde_json::json!([]));
    }
    assert!(stage.log().contains("SDP refused"));
}

#[test]
fn a_flood_of_audio_is_bounded_and_counted() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Phone::new(&stage, 21);
    let ear = Ear::new(&stage, 21, 6000);
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    caller.send(&caller.within("ACK", 1, &answer));
    let numbered = |sequence_number: u16| {
        let timestamp = u32::from(sequence_number) * 160;
        packet(Header { sequence_number, timestamp, ssrc: 7, ..Header::default() }, &[3; 160])
    };
    let flood: Vec<_> = (0..200).map(numbered).collect();
    let dropped = || stage.figure("strowger_rtp_over_rate_total");
    until("packets are dropped", || {
        ear.say(Phone::audio(&answer), &flood);
        dropped() > 0.0
    });
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.succeed();
    let record = stage.record();
    let traffic = &record["media"]["caller"];
    assert_eq!(traffic["over_rate"].as_f64(), Some(dropped()), "{traffic}");
    assert!(traffic["packets"].as_u64() >= Some(1_500), "{traffic}");
    assert_eq!(record["media"]["buyer"]["over_rate"], 0);
    let warnings = stage.log().matches("RTP above the rate limit dropped").count();
    assert_eq!(warnings, 1, "one warning a call");
}
