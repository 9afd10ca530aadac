//! Events of calls reach their receiver although the program is killed between any two requests,
//! and although the receiver is down at first.

use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Side;

use super::gate::Gate;
use super::program::world;
use super::stage::Plot;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;

/// Longest wait for an event: the first pauses of the schedule, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// An HTTP server that answers 500 until it is up, and then sends what it gets.
fn receiver(is_up: Arc<AtomicBool>) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let (sender, got) = mpsc::sync_channel(1_000);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (sender, is_up) = (sender.clone(), is_up.clone());
            std::thread::spawn(move || serve(stream, &is_up, &sender));
        }
    });
    (url, got)
}

fn serve(mut stream: TcpStream, is_up: &AtomicBool, sender: &mpsc::SyncSender<(String, Value)>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return;
        }
        if line.trim().is_empty() {
            let of = |name: &str| {
                let own = |line: &String| {
                    line.split_once(": ")
                        .filter(|(own, _)| own.eq_ignore_ascii_case(name))
                        .map(|(_, value)| value.trim().to_owned())
                };
                lines.iter().find_map(own)
            };
            let length = of("content-length").and_then(|length| length.parse().ok());
            let mut body = vec![0; length.unwrap_or_default()];
            reader.read_exact(&mut body).unwrap();
            let up = is_up.load(Ordering::SeqCst);
            if up {
                let body = serde_json::from_slice(&body).unwrap();
                sender.send((of("webhook-id").unwrap(), body)).unwrap();
            }
            let status = if up { "204 No Content" } else { "500 Down" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
            lines.clear();
        } else {
            lines.push(line);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_survive_kills_and_a_receiver_that_is_down() {
    let is_up = Arc::new(AtomicBool::new(false));
    let (url, got) = receiver(is_up.clone());
    let mut gate = Gate::new().await;
    let postback = format!(
        "[[postback]]\nid = \"p\"\nevent = [\"call.arrived\", \"call.connected\", \
         \"call.completed\", \"call.converted\", \"call.missed\"]\nurl = \"{url}\""
    );
    let contracts = &[("a", "caps = { day = 1 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: &postback, contracts };
    let (switch, mut carrier) = world(&plot, gate.address).await;
    let behind = switch.clone();
    gate.open(Arc::new(move |number| {
        let mut switch = behind.lock().unwrap();
        if number > 1 {
            switch.restart();
        }
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    for _ in 0..2 {
        let seen = carrier.call(caller().phone(&phone(0), talk.clone())).await;
        assert_eq!(seen.complaints(), "");
    }
    is_up.store(true, Ordering::SeqCst);
    let events = tokio::task::spawn_blocking(move || {
        let mut events: Vec<(String, Value)> = Vec::new();
        let mut known = BTreeSet::new();
        // Four of the call that was sold, and three of the call that was missed.
        while known.len() < 7 {
            let event = got.recv_timeout(PATIENCE).expect("an event is missing");
            known.insert(event.0.clone());
            events.push(event);
        }
        events
    });
    let events = events.await.unwrap();
    let records = tokio::task::spawn_blocking(move || switch.lock().unwrap().records());
    let records = records.await.unwrap();
    let mut found: Vec<String> = events
        .iter()
        .map(|(id, body)| {
            assert_eq!(Some(id.as_str()), body["id"].as_str());
            let call = records.iter().position(|record| record["id"] == body["data"]["id"]);
            format!("{} {}", call.unwrap(), body["type"].as_str().unwrap())
        })
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(
        found,
        [
            "0 call.arrived",
            "0 call.completed",
            "0 call.connected",
            "0 call.converted",
            "1 call.arrived",
            "1 call.completed",
            "1 call.missed",
        ]
    );
}
