//! The log has nothing of what a caller is, says, or types, at any level; and none of the switch's
//! secrets.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;
use serde_json::json;

use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use super::verbs::certificates;
use super::verbs::serve_once;
use crate::canary::files_with;
use crate::canary::lines_with;
use crate::http;
use crate::until::until;

const CALLER: &str = "+12025550187";
/// The caller's number without its country code, names, and the name in the e-mail address.
const PERSONAL: [&str; 4] = ["2025550187", "Peregrina", "Vantongeren", "quillonfenwick77"];
const EMAIL: &str = "quillonfenwick77@example.com";
/// What a web server knows about the caller.
const KNOWN: &str = "{\"name\": \"Peregrina Vantongeren\", \
                     \"email\": \"quillonfenwick77@example.com\"}";
/// A token that does not exist.
const WRONG_TOKEN: &str = "wrong-vantongeren";
/// What the tests themselves and the stores of calls write.
const OTHERS: [&str; 4] = ["strowger.db", "recordings", "uas-", "said"];

/// Makes the test's person the sender of a message.
fn from_person(message: &str) -> String {
    message
        .replace("<sip:+13055550123@", &format!("\"Peregrina Vantongeren\" <sip:{CALLER}@"))
        .replace(
            "Max-Forwards: 70\r\n",
            &format!(
                "Max-Forwards: 70\r\nSubject: {EMAIL}\r\n\
                 P-Asserted-Identity: \"Peregrina Vantongeren\" <tel:{CALLER}>\r\n"
            ),
        )
}

/// Returns a message with another body.
fn with_body(message: &str, body: &str) -> String {
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    let head = head.lines().filter(|line| !line.starts_with("Content-Length: "));
    let head: String = head.map(|line| format!("{line}\r\n")).collect();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Every sentence fails, and the program prints it.
fn stage() -> (Stage, std::thread::JoinHandle<String>) {
    let mut server = None;
    let stage = Stage::with_flow(
        |stage| {
            fs::write(stage.home().join("log-level"), "trace").unwrap();
            let ip = stage.ip(30).to_string();
            let listener = TcpListener::bind((stage.ip(30), 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let tls = certificates(&stage.home(), &ip);
            server = Some(std::thread::spawn(move || serve_once(listener, tls, KNOWN)));
            format!(
                "<Lookup url='https://{ip}:{port}/who?phone={{phone}}' timeout='5'>\
                 <Field name='name' pointer='/name'/><Field name='email' pointer='/email'/>\
                 </Lookup><Tag name='mail' value='{{email}}'/>\
                 <Lookup url='https://{ip}:{port}/more?mail={{email}}' timeout='5'>\
                 <Field name='zip' pointer='/zip'/></Lookup>\
                 <Say>Welcome {{name}}.</Say><Route/>"
            )
        },
        &[contract("acme", 11)],
    );
    fs::write(stage.home().join("speak.sh"), "cat \"$1\" >&2\nexit 1\n").unwrap();
    (stage, server.unwrap())
}

fn whole_call(stage: &Stage) {
    let buyer = Sipp::buyer(stage, 11, "uas-answers", 1);
    let phone = Phone::new(stage, 21);
    phone.send(&from_person(&phone.invite()));
    let answer = phone.await_status(200);
    phone.send(&from_person(&phone.within("ACK", 1, &answer)));
    until("the buyer is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    phone.send(&from_person(&phone.within("BYE", 2, &answer)));
    phone.await_cseq(200, "2 BYE");
    buyer.succeed();
}

/// Sends what is refused, or is no SIP at all.
fn refused(stage: &Stage) {
    let stranger = Phone::new(stage, 40);
    stranger.send(&from_person(&stranger.invite()));
    stranger.await_status(403);
    let phone = Phone::new(stage, 22);
    phone.send(&from_person(
        "INVITE Peregrina Vantongeren SIP/2.0\r\nFrom <sip:+13055550123@x>\r\n",
    ));
    phone.send(&from_person(&phone.invite().replace("INVITE", "REGISTER")));
    phone.await_status(405);
    let g729 = "v=0\r\no=Peregrina 1 1 IN IP4 127.0.0.1\r\ns=Vantongeren\r\n\
                c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 18\r\n";
    phone.send(&from_person(&with_body(&phone.invite(), g729)));
    let refusal = phone.await_status(488);
    phone.send(&from_person(&phone.within_refused(&refusal)));
    let other = Phone::new(stage, 23);
    other.send(&from_person(&other.invite().replace(NUMBER, "+18005550199")));
    let refusal = other.await_status(404);
    other.send(&from_person(&other.within_refused(&refusal)));
}

/// Asks for the person with every kind of outcome.
fn asked(stage: &Stage) -> String {
    for path in [
        "/v1/calls?caller=%2B12025550187",
        "/v1/calls?field.email=quillonfenwick77%40example.com",
        "/v1/calls/quillonfenwick77",
        "/Vantongeren",
    ] {
        stage.answer(path);
        assert_ne!(http::fetch(stage.api(), path, WRONG_TOKEN).0, 200, "{path}");
    }
    let body = format!("{{\"caller\": \"{CALLER}\", \"fields\": {{\"email\": \"{EMAIL}\"}}");
    for path in ["/v1/explain", "/v1/book", "/v1/balances/acme/credits"] {
        let (status, _) = http::post(stage.api(), path, Some(stage.token()), &body);
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let mut said = String::new();
    let id = stage.calls()[0]["id"].as_str().unwrap().to_owned();
    for arguments in [&["calls", "list"][..], &["calls", "show", &id], &["calls", "list", "--json"]]
    {
        let done = stage.command(arguments).output().unwrap();
        said.push_str(&String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
    said
}

#[test]
fn nothing_of_a_caller_is_in_the_log() {
    let (mut stage, server) = stage();
    whole_call(&stage);
    let asked_server = server.join().unwrap();
    assert!(asked_server.contains("2025550187"), "{asked_server}");
    let record: Value = stage.calls()[0].clone();
    assert_fields(
        &record,
        &[
            ("/caller", json!(CALLER)),
            ("/fields/name", json!("Peregrina Vantongeren")),
            ("/tags/mail", json!(EMAIL)),
        ],
    );
    refused(&stage);
    let said = asked(&stage);
    stage.records();
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    until("the log is read", || stage.log().contains(" stopped"));
    let log = stage.log();
    for part in [
        "TRACE ",
        "call arrived",
        "+1202•••••87",
        "call ended",
        "a lookup failed",
        "sentence skipped",
        "SDP refused",
        "SIP message not understood",
        "call refused",
    ] {
        assert!(log.contains(part), "no `{part}` in {log}");
    }
    let secrets: Vec<&str> = PERSONAL.into_iter().chain([stage.token(), WRONG_TOKEN]).collect();
    assert_eq!(lines_with(&log, &secrets), [""; 0]);
    assert_eq!(lines_with(&said, &secrets), [""; 0]);
    assert_eq!(files_with(&stage.home(), &secrets, &OTHERS), [""; 0].map(std::path::PathBuf::from));
}
