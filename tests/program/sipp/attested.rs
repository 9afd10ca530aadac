//! Callers whose carrier vouches for their number (STIR/SHAKEN).

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::net::TcpListener;
use std::time::SystemTime;

use serde_json::json;

use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use crate::carrier_sample::Carrier;
use crate::until::until;

/// A server of one file, which ends with the process.
fn serve(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = BufReader::new(stream.try_clone().unwrap()).lines();
            request.map(Result::unwrap).take_while(|line| !line.is_empty()).for_each(drop);
            let length = text.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n");
            write!(stream, "{head}Connection: close\r\n\r\n{text}").unwrap();
        }
    });
    format!("http://{address}/carrier.pem")
}

#[test]
fn a_caller_is_attested_once_the_certificate_is_known() {
    let mut carrier = Carrier::at("");
    carrier.url = serve(carrier.certificate.clone());
    let wanted = Contract { id: "acme", host: 10, more: "filters = { attestation = [\"A\"] }" };
    let stage = Stage::changed(
        &[wanted],
        |stage, settings| {
            stage.write("authorities.pem", &carrier.authority);
            settings
                + "[outbound]\nallow_private = true\n[stir]\nauthorities = \"authorities.pem\"\n"
        },
        |_, book| book,
    );
    let identity = |level: &str| {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let payload = Carrier::payload(level, "+13055550123", NUMBER, now.try_into().unwrap());
        carrier.sign(&carrier.header(), &payload)
    };
    let diverted = "Diversion: <sip:+12125550134@192.0.2.1>;reason=unconditional\r\n";
    let call = |host: u8, level: &str| {
        let caller = Phone::new(&stage, host);
        let head = format!("{diverted}Identity: {}\r\nContact: ", identity(level));
        let invite = caller.invite().replacen("Contact: ", &head, 1);
        caller.send(&invite);
        caller
    };
    // The certificate is not fetched while the first call waits.
    let first = call(21, "A");
    first.await_status(480);
    until("the certificate was fetched", || stage.log().contains("carrier certificate fetched"));
    assert!(stage.log().contains("certificate not fetched yet"), "{}", stage.log());
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let second = call(22, "A");
    let answer = second.await_status(200);
    second.send(&second.within("ACK", 1, &answer));
    second.send(&second.within("BYE", 2, &answer));
    second.await_cseq(200, "2 BYE");
    let messages = buyer.succeed();
    let invite = messages.received()[0];
    assert!(invite.contains("Identity: eyJ"), "{invite}");
    assert!(invite.contains("Diversion: <sip:+12125550134@192.0.2.1>"), "{invite}");
    let records = stage.records();
    let record = records.iter().find(|record| !record["winner"].is_null()).unwrap();
    assert_eq!(attempts(record), ["acme won"]);
    let fields =
        [("/fields/attestation", json!("A")), ("/fields/diverted_from", json!("+12125550134"))];
    assert_fields(record, &fields);
    // The level is one that the buyer does not want.
    call(23, "C").await_status(480);
}
