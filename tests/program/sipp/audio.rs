//! Audio: recorded speech, audio both ways, prompts.

use std::fs;
use std::net::SocketAddr;

use rtp::header::Header;
use serde_json::Value;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;
use crate::packets;
use crate::packets::packet;

/// Returns the payloads of an RTP capture: Ethernet, IPv4, and UDP without options.
fn recording(path: &str) -> Vec<Vec<u8>> {
    const LOWER_LAYERS: usize = 14 + 20 + 8;
    let bytes = fs::read(path).unwrap();
    let mut rest = &bytes[24..];
    let mut sounds = Vec::new();
    while let Some((head, after)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes(head[8..12].try_into().unwrap());
        let (packet, after) = after.split_at(usize::try_from(length).unwrap());
        sounds.push(packets::read(&packet[LOWER_LAYERS..]).payload.to_vec());
        rest = after;
    }
    sounds
}

#[test]
fn recorded_speech_of_the_caller_reaches_the_buyer() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let ear = Ear::new(&stage, 10, 7000);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers-alaw", 1, &["-key", "audio", "7000"]);
    // 30 ms per packet: a hundred packets.
    Sipp::caller_with(&stage, "uac-plays-speech", 1, &["-d", "3000"]).succeed();
    buyer.succeed();
    stage.record();
    let heard: Vec<_> = ear.everything().into_iter().map(|(_, sound)| sound).collect();
    let said = recording("/usr/share/sip-tester/g711a.pcap");
    let start = said.iter().position(|sound| Some(sound) == heard.first());
    let start = start.unwrap_or_else(|| panic!("{} packets, none of the speech", heard.len()));
    assert!(start < 10, "the first {start} packets were not heard");
    assert!(heard.len() > 80, "only {} packets were heard", heard.len());
    let whole = said[start..].iter().zip(&heard).all(|(said, heard)| said == heard);
    assert!(whole, "the speech was changed on its way");
}

/// Fifty different packets of 20 ms. In µ-law, only 0x7F has the same value as another byte.
fn sounds(first: u8) -> Vec<Vec<u8>> {
    (first..first + 50).map(|byte| vec![byte; 160]).collect()
}

fn packets(sounds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    numbered(0, sounds)
}

/// Returns the packets after those of [`packets`].
fn continued(sounds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    numbered(50, sounds)
}

fn numbered(first: u16, sounds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let packet = |(sequence_number, sound): (u16, &Vec<u8>)| {
        let timestamp = u32::from(sequence_number) * 160;
        packet(Header { sequence_number, timestamp, ssrc: 0x0102_0304, ..Header::default() }, sound)
    };
    (first..).zip(sounds).map(packet).collect()
}

#[test]
fn both_hear_each_other_and_nobody_else() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer_ear = Ear::new(&stage, 10, 7000);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers-ulaw", 1, &["-key", "audio", "7000"]);
    let caller = Phone::new(&stage, 21);
    let caller_ear = Ear::new(&stage, 21, 6000);
    let stranger = Ear::new(&stage, 66, 6000);
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    caller.send(&caller.within("ACK", 1, &answer));
    let switch = Phone::audio(&answer);

    let (of_caller, of_buyer, of_stranger) = (sounds(0), sounds(60), sounds(150));
    caller_ear.say(switch, &packets(&of_caller));
    let (towards_buyer, _) = buyer_ear.hear(&of_caller);
    buyer_ear.say(towards_buyer, &packets(&of_buyer));
    caller_ear.hear(&of_buyer);
    stranger.say(switch, &packets(&of_stranger));
    stranger.say(towards_buyer, &packets(&of_stranger));

    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.succeed();
    assert_eq!(attempts(&stage.record()), ["acme won"]);
    for ear in [caller_ear, buyer_ear] {
        let strange = |(_, sound): &(SocketAddr, Vec<u8>)| of_stranger.contains(sound);
        assert!(!ear.everything().iter().any(strange), "a stranger was heard");
    }
}

/// Case 01: devices behind NAT, and some others, send from another socket than they listen on.
#[test]
fn parties_that_send_from_another_port_are_heard_and_hear() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer_ear = Ear::new(&stage, 10, 7_444);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers-ulaw", 1, &["-key", "audio", "7000"]);
    let caller = Phone::new(&stage, 21);
    // The caller's SDP names port 6000.
    let caller_ear = Ear::new(&stage, 21, 6_444);
    let stranger = Ear::new(&stage, 66, 6000);
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    caller.send(&caller.within("ACK", 1, &answer));
    let switch = Phone::audio(&answer);

    let (of_caller, of_buyer, of_stranger) = (sounds(0), sounds(60), sounds(150));
    let negotiated = Ear::new(&stage, 10, 7000);
    caller_ear.say(switch, &packets(&of_caller));
    let (towards_buyer, _) = negotiated.hear(&of_caller);
    stranger.say(switch, &packets(&of_stranger));
    stranger.say(towards_buyer, &packets(&of_stranger));
    buyer_ear.say(towards_buyer, &packets(&of_buyer));
    caller_ear.hear(&of_buyer);
    let again = sounds(30);
    caller_ear.say(switch, &continued(&again));
    buyer_ear.hear(&again);

    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    let media = &record["media"];
    assert_eq!(media["silent"], Value::Null);
    for (side, packets) in [("caller", 100), ("buyer", 50)] {
        let traffic = &media[side];
        assert_eq!(traffic["packets"], packets, "{side}");
        assert_eq!(traffic["bytes"], packets * 160, "{side}");
        assert_eq!(traffic["lost"], 0, "{side}");
        assert_eq!(traffic["from_elsewhere"], 50, "{side}");
    }
    for ear in [caller_ear, buyer_ear, negotiated] {
        let strange = |(_, sound): &(SocketAddr, Vec<u8>)| of_stranger.contains(sound);
        assert!(!ear.everything().iter().any(strange), "a stranger was heard");
    }
    let warnings = stage.log().matches("RTP from another address ignored").count();
    assert_eq!(warnings, 1, "one warning a call");
}

/// A third party sprays audio and the key 2 over all media ports while a caller is asked for keys, and
/// while it talks (an attack on RTP relays that learn their sources): the caller's keys count, and no
/// packet of the third party.
#[test]
fn a_spray_of_audio_and_keys_changes_nothing() {
    let stage = Stage::new("auto-quote", "", &[contract("acme", 11)]);
    let buyer = Sipp::buyer_with(&stage, 11, "uas-answers-then-hangs-up", 1, &["-d", "2000"]);
    let caller = Sipp::caller(&stage, "uac-presses-1-23456", 1);
    let stranger = Ear::new(&stage, 66, 6000);
    let key = |sequence_number: u16, marker, payload: [u8; 4]| {
        let fields = Header { sequence_number, marker, payload_type: 101, ..Header::default() };
        packet(Header { timestamp: 8_000, ssrc: 7, ..fields }, &payload)
    };
    let sprayed = [
        key(1, true, [2, 10, 0, 160]),
        key(2, false, [2, 0x8A, 6, 64]),
        packet(Header { sequence_number: 3, ssrc: 7, ..Header::default() }, &[0x55; 160]),
    ];
    let mut rounds = 0;
    while stage.calls().first().is_none_or(|call| call["bridged_at"].is_null()) || rounds < 3 {
        for port in (20_000..30_000).step_by(2) {
            stranger.say((stage.ip(1), port).into(), &sprayed);
        }
        rounds += 1;
        assert!(rounds < 400, "the call is not bridged");
    }
    caller.succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(record["fields"]["intent"], "new");
    assert_eq!(record["fields"]["zip"], "23456");
    assert_eq!(attempts(&record), ["acme won"]);
    let elsewhere = record["media"]["caller"]["from_elsewhere"].as_u64().unwrap();
    assert!(elsewhere >= 3, "the spray did not reach the caller's leg: {record:#}");
    assert!(stranger.everything().is_empty(), "the stranger was sent audio");
}

#[test]
fn a_prompt_arrives_whole() {
    let more = "filters = { states = [\"NY\"] }";
    let stage = Stage::new("after-hours", "", &[Contract { id: "acme", host: 10, more }]);
    let caller = Phone::new(&stage, 21);
    let ear = Ear::new(&stage, 21, 6000);
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    caller.send(&caller.within("ACK", 1, &answer));
    let bye = caller.await_request("BYE");
    caller.send(&Phone::ok_to(&bye));
    stage.record();

    let name = "were-sorry-we-cant-help-with-44f13cb4.wav";
    let file = fs::read(format!("{}/ivr-flows/sounds/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let data = file.windows(4).position(|four| four == b"data").unwrap();
    // µ-law has two zeros.
    let same = |byte: u8| if byte == 0x7F { 0xFF } else { byte };
    let prompt: Vec<u8> = file[data + 8..].iter().map(|byte| same(*byte)).collect();
    let packets = ear.everything().into_iter();
    let heard: Vec<u8> = packets.flat_map(|(_, sound)| sound).map(same).collect();
    let found = heard.windows(prompt.len()).position(|part| part == prompt);
    assert!(found.is_some(), "{} samples of {} were heard", heard.len(), prompt.len());
}
