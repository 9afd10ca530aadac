//! Auctions of calls: bidders are asked over HTTP while the caller hears ringing, and the winner's
//! phone rings.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use crate::until::until;

/// Longest time that a bidder keeps its answer back.
const PATIENCE: Duration = Duration::from_secs(30);

/// A web server that plays bidders: the path says who is asked.
struct Bidders {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Answers by path.
    answers: BTreeMap<String, String>,
    /// The latest body of each path.
    asked: Mutex<BTreeMap<String, Value>>,
    /// Whether late answers are given now.
    late: Mutex<bool>,
    more: Condvar,
}

impl Bidders {
    /// Starts a server on this listener; a path that begins with `/late` is answered only when the
    /// test says so.
    fn start(listener: TcpListener, answers: BTreeMap<String, String>) -> Self {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { answers, ..Shared::default() });
        let own = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let own = own.clone();
                thread::spawn(move || serve(stream, &own));
            }
        });
        Self { address, shared }
    }

    /// Returns what was last asked at a path.
    fn asked(&self, path: &str) -> Value {
        self.shared.asked.lock().unwrap().get(path).cloned().unwrap_or_default()
    }

    /// Gives the late answers.
    fn answer_late(&self) {
        *self.shared.late.lock().unwrap() = true;
        self.shared.more.notify_all();
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((path, body)) = read(&mut reader) {
        shared.asked.lock().unwrap().insert(path.clone(), body);
        if path.starts_with("/late") {
            let late = shared.late.lock().unwrap();
            drop(shared.more.wait_timeout_while(late, PATIENCE, |late| !*late).unwrap());
        }
        let body = shared.answers.get(&path).cloned().unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads a request: its path, and its body as JSON.
fn read(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let path = first.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).ok()?))
}

/// Returns a stage with an auction. In the contracts, `SERVER` is the bidders' address and `IP11`
/// that of host 11.
fn stage(contracts: &[(&str, u8, &str)], server: SocketAddr) -> Stage {
    let named: Vec<Contract<'_>> =
        contracts.iter().map(|(id, host, more)| Contract { id, host: *host, more }).collect();
    Stage::changed(
        &named,
        |_, settings| settings + "[outbound]\nallow_private = true\n",
        |stage, book| {
            let offer = "[[offer]]\nid = \"auto\"\n";
            book.replace(offer, &format!("{offer}strategy = \"auction\"\n"))
                .replace("SERVER", &server.to_string())
                .replace("IP11", &stage.ip(11).to_string())
        },
    )
}

/// Returns contract and result of the bids of a list.
fn results(bids: &Value) -> Vec<String> {
    let word = |bid: &Value| {
        format!("{}:{}", bid["contract"].as_str().unwrap(), bid["result"].as_str().unwrap())
    };
    bids.as_array().unwrap().iter().map(word).collect()
}

/// The winner is dialled at the address of its bid, hears of the caller only then, and pays the bid.
#[test]
fn the_highest_bidder_gets_the_call_at_its_bid() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let stage = stage(
        &[
            ("acme", 10, "bidder = \"http://SERVER/acme\""),
            (
                "blue",
                12,
                "bidder = { url = \"http://SERVER/blue\", allow = [\"sip:IP11\"], \
                 confirm = \"http://SERVER/take\" }",
            ),
            ("cyan", 13, "bidder = \"http://SERVER/late\""),
        ],
        server,
    );
    let sip = format!("RTB77@{}", stage.ip(11));
    let blue = json!({
        "bidId": "RTB77", "bidAmount": 9.25, "expireInSeconds": 20, "sipAddress": sip,
        "bidTerms": [{ "code": 100, "callMinDuration": 2 }],
        "warnings": [{ "code": 230, "description": "cached" }],
    });
    let answers = [
        ("/acme", json!({ "bidId": "RTB1", "bidAmount": 6, "expireInSeconds": 20 })),
        ("/blue", blue),
        ("/take", json!({ "accepted": true })),
        ("/late", json!({ "bidId": "RTB9", "bidAmount": 99 })),
    ];
    let answers = answers.map(|(path, body)| (path.to_owned(), body.to_string()));
    let bidders = Bidders::start(listener, answers.into());
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "3000"]);
    until("the call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    bidders.answer_late();
    caller.succeed();
    buyer.succeed();
    let record = stage.ended_record();
    assert_fields(
        &record,
        &[
            ("/winner/contract", json!("blue")),
            ("/winner/price/amount", json!("9.25")),
            ("/winner/buffer_seconds", json!(2.0)),
            ("/revenue/amount", json!("9.25")),
            ("/bids/1/ping_id", json!("RTB77")),
            ("/bids/0/repeated", json!(false)),
            ("/bids/1/repeated", json!(true)),
            ("/bids/1/destination", json!(format!("sip:{sip}"))),
        ],
    );
    assert_eq!(results(&record["bids"]), ["acme:outbid", "blue:won", "cyan:late"]);
    let ping = bidders.asked("/blue");
    assert_eq!((&ping["sipOk"], &ping["SubID"]), (&json!("yes"), &json!("ads")), "{ping}");
    assert_eq!(ping["publisherInboundCallId"], record["id"]);
    let digits = record["caller"].as_str().unwrap().trim_start_matches('+').to_owned();
    assert!(!ping.to_string().contains(&digits), "the caller is hidden: {ping}");
    let taken = bidders.asked("/take");
    assert_eq!((&taken["bidId"], &taken["CID"]), (&json!("RTB77"), &json!(digits)), "{taken}");
    let listed = stage.fetch("/v1/bids");
    assert_eq!(listed["items"].as_array().unwrap().len(), 3, "{listed}");
    assert!(listed["items"].as_array().unwrap().iter().all(|bid| bid["call"] == record["id"]));
    let printed = stage.run(&["bids"]);
    assert!(printed.contains("won") && printed.contains("late"), "{printed}");
    stage.verify(&[]);
    assert_eq!(bidders.address, server);
}

/// The first bidder's phone is busy: the call goes to the next bid, at its amount.
#[test]
fn the_next_bidder_gets_a_call_that_the_first_does_not_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let stage = stage(
        &[
            ("acme", 10, "bidder = \"http://SERVER/acme\""),
            ("blue", 11, "bidder = \"http://SERVER/blue\""),
        ],
        server,
    );
    let answers = [
        ("/acme", json!({ "bidId": "RTB1", "bidAmount": 6, "expireInSeconds": 20 })),
        ("/blue", json!({ "bidId": "RTB2", "bidAmount": 9, "phoneNumber": "" })),
    ];
    let answers = answers.map(|(path, body)| (path.to_owned(), body.to_string()));
    let _bidders = Bidders::start(listener, answers.into());
    let busy = Sipp::buyer(&stage, 11, "uas-busy-486", 1);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1500"]).succeed();
    busy.succeed();
    buyer.succeed();
    let record = stage.ended_record();
    assert_eq!(results(&record["bids"]), ["acme:won", "blue:rejected"]);
    assert_fields(&record, &[("/revenue/amount", json!("6.00"))]);
    stage.verify(&[]);
}
