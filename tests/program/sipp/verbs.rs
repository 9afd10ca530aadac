//! Verbs with effects outside the call: recordings, fixed destinations, web servers, spoken values,
//! and flows that change while the switch runs.

use std::fs;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rtp::header::Header;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::certificates;
use crate::packets::packet;
use crate::until::until;

/// Returns a second of loud audio, in packets.
pub(super) fn speech() -> Vec<Vec<u8>> {
    let packet = |sequence_number: u16| {
        let timestamp = u32::from(sequence_number) * 160;
        let header = Header { sequence_number, timestamp, ssrc: 0x0102_0304, ..Header::default() };
        packet(header, &[0x10; 160])
    };
    (0..50).map(packet).collect()
}

#[test]
fn what_the_caller_says_is_in_a_file() {
    let stage = Stage::with_flow(
        |_| {
            "<Record field='message' timeout='1' playBeep='false'/>\
             <Tag name='kind' value='message'/><Hangup/>"
                .to_owned()
        },
        &[contract("acme", 10)],
    );
    let caller = Phone::new(&stage, 21);
    let ear = Ear::new(&stage, 21, 6000);
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    caller.send(&caller.within("ACK", 1, &answer));
    until("the recording has begun", || {
        fs::read_dir(stage.home().join("recordings")).is_ok_and(|files| files.count() > 0)
    });
    ear.say(Phone::audio(&answer), &speech());
    let bye = caller.await_request("BYE");
    caller.send(&Phone::ok_to(&bye));
    let record = stage.record();
    let name = format!("{}-1.wav", record["id"].as_str().unwrap());
    assert_fields(
        &record,
        &[
            ("/fields/message", json!(name)),
            ("/tags", json!({ "kind": "message" })),
            ("/reason", json!("voicemail")),
        ],
    );
    let file = fs::read(stage.home().join("recordings").join(&name)).unwrap();
    let list = format!("/v1/calls/{}/recordings", record["id"].as_str().unwrap());
    let listed = stage.fetch(&list);
    assert_eq!(listed["items"], record["recordings"]);
    assert_fields(
        &listed["items"][0],
        &[("/n", json!(1)), ("/kind", json!("message")), ("/bytes", json!(file.len()))],
    );
    let (status, sent) = stage.answer_bytes(&format!("{list}/1"));
    assert!(status == 200 && sent == file, "{status}: {} of {} bytes", sent.len(), file.len());
    let prompt = strowger::media::read_wav(&file).unwrap();
    let seconds = prompt.duration().as_secs_f64();
    assert!((1.5..=4.0).contains(&seconds), "it lasts {seconds} s");
    // µ-law 0x10 and 0x10 again: nothing was lost in between.
    let loud = prompt.frames() - 50;
    assert!(loud > 0, "{} frames", prompt.frames());
}

#[test]
fn a_fixed_destination_is_connected_and_nobody_is_billed() {
    let stage = Stage::with_flow(
        |stage| format!("<Dial to='sip:desk@{}:5060'/><Hangup/>", stage.ip(10)),
        &[contract("acme", 11)],
    );
    let desk = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    desk.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), [""; 0]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("transferred")),
            ("/ended_by", json!("caller")),
            ("/winner", json!(null)),
            ("/billable", json!(false)),
            ("/revenue", json!(null)),
            ("/dials/0/to", json!(format!("sip:desk@{}:5060", stage.ip(10)))),
            ("/dials/0/outcome", json!("won")),
        ],
    );
    assert!(record["talk_seconds"].as_f64().unwrap() > 0.0, "{record:#}");
}

#[test]
fn a_busy_desk_has_its_branch() {
    let stage = Stage::with_flow(
        |stage| {
            format!(
                "<Step id='a'><Dial to='sip:desk@{}:5060'><Busy goto='b'/></Dial><Hangup/></Step>\
                 <Step id='b'><Reject reason='unavailable'/></Step>",
                stage.ip(10)
            )
        },
        &[contract("acme", 11)],
    );
    let desk = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    desk.succeed();
    let record = stage.record();
    assert_fields(
        &record,
        &[("/dials/0/outcome", json!("busy")), ("/dials/0/sip_status", json!(486))],
    );
}

/// Returns a certificate that a switch with these settings trusts, for a server at `ip`.
pub(super) fn certificates(home: &Path, ip: &str) -> ServerConfig {
    certificates::make(home, ip);
    let chain = vec![CertificateDer::from_pem_file(home.join("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(home.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    builder.with_no_client_auth().with_single_cert(chain, key).unwrap()
}

/// Answers one request with JSON and returns the request's first line.
pub(super) fn serve_once(listener: TcpListener, tls: ServerConfig, json: &'static str) -> String {
    let (socket, _) = listener.accept().unwrap();
    let session = ServerConnection::new(Arc::new(tls)).unwrap();
    let mut stream = StreamOwned::new(session, socket);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    let length = json.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{json}");
    stream.write_all(answer.as_bytes()).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    let text = String::from_utf8(request).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_a_web_server_knows_narrows_the_pool() {
    let only = |id, host, more| Contract { id, host, more };
    let mut server = None;
    let stage = Stage::with_flow(
        |stage| {
            let ip = stage.ip(30).to_string();
            let listener = TcpListener::bind((stage.ip(30), 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let tls = certificates(&stage.home(), &ip);
            let json = "{\"caller\": {\"zip\": 90210}}";
            server = Some(std::thread::spawn(move || serve_once(listener, tls, json)));
            format!(
                "<Lookup url='https://{ip}:{port}/who?phone={{phone}}' timeout='5'>\
                 <Field name='zip' pointer='/caller/zip'/></Lookup><Route/>"
            )
        },
        &[
            only("newyork", 10, "filters = { states = [\"NY\"] }"),
            only("acme", 11, "filters = { zips = [\"90210\"] }"),
        ],
    );
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    let asked = server.unwrap().join().unwrap();
    assert!(asked.starts_with("GET /who?phone=%2B1"), "{asked}");
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/fields/zip", json!("90210"))]);
}

#[test]
fn values_are_spoken_for_the_occasion() {
    let stage = Stage::with_flow(
        |_| "<Set field='zip' value='90210'/><Say>Your zip is {zip}.</Say><Hangup/>".to_owned(),
        &[contract("acme", 10)],
    );
    Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1).succeed();
    stage.record();
    let said = fs::read_to_string(stage.home().join("said")).unwrap();
    assert_eq!(said, "Your zip is nine zero two one zero.");
}

#[test]
fn a_changed_flow_is_live_and_a_broken_one_is_not() {
    let stage = Stage::with_flow(|_| "<Reject reason='unavailable'/>".to_owned(), &[]);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    let before = stage.flow("test");
    assert_fields(&before, &[("/faults", json!([]))]);
    stage.change_flow("<Say>This goes nowhere.</Say><Redirect step='nowhere'/>");
    until("the fault is shown", || stage.flow("test")["faults"] != json!([]));
    let broken = stage.flow("test");
    assert_fields(
        &broken,
        &[
            ("/version", before["version"].clone()),
            ("/faults/0/severity", json!("error")),
            ("/faults/0/message", json!("there is no step `nowhere`")),
        ],
    );
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    stage.change_flow("<Say>Hello.</Say><Hangup/>");
    until("the new one is live", || stage.flow("test")["version"] != before["version"]);
    Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1).succeed();
}
