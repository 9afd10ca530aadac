//! Requests with idempotency keys to a switch that is killed while it carries them out.

use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::http;
use crate::switch::Switch;

/// Kills of the switch.
const ROUNDS: usize = 3;
/// Credits that are under way at once.
const CLIENTS: usize = 8;
/// Maximum time for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Enters a credit of 5 USD with a key. Returns the head of the answer; `None` if the connection
/// broke before there was one.
fn credit(server: SocketAddr, token: &str, key: &str) -> Option<String> {
    let body = r#"{"amount": {"amount": "5.00", "currency": "USD"}}"#;
    let mut stream = TcpStream::connect(server).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "POST /v1/balances/acme/credits HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, _) = answer.split_once("\r\n\r\n")?;
    Some(head.to_owned())
}

/// Every client enters credits, each with a key of its own, until the switch is gone. Returns all
/// keys that were sent.
fn killed_under_load(switch: &mut Switch, round: usize) -> Vec<String> {
    let (address, token) = (switch.address, switch.token.clone());
    let (answered, answers) = mpsc::channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (token, answered) = (token.clone(), answered.clone());
            thread::spawn(move || {
                let mut keys = Vec::new();
                loop {
                    keys.push(format!("{round}-{client}-{}", keys.len()));
                    match credit(address, &token, &keys[keys.len() - 1]) {
                        Some(head) => {
                            assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
                            answered.send(()).ok();
                        }
                        None => return keys,
                    }
                }
            })
        })
        .collect();
    for _ in 0..CLIENTS * (round + 1) {
        answers.recv_timeout(PATIENCE).unwrap();
    }
    switch.end("-KILL");
    clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
}

#[test]
fn a_credit_whose_answer_a_kill_lost_is_entered_once() {
    let mut switch = Switch::new("strowger.db");
    let mut entered = 0;
    for round in 0..ROUNDS {
        let keys = killed_under_load(&mut switch, round);
        switch.start();
        for key in &keys {
            let head = credit(switch.address, &switch.token, key).unwrap();
            assert!(head.starts_with("HTTP/1.1 201 "), "{key}: {head}");
        }
        entered += keys.len();
        let (status, body) = http::fetch(switch.address, "/v1/balances/acme", &switch.token);
        assert_eq!(status, 200, "{body}");
        let shown: Value = serde_json::from_str(&body).unwrap();
        let expected = format!("{}.00", entered * 5);
        assert_eq!(shown["balance"]["amount"], expected, "round {round}");
    }
}
