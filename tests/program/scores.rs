//! Scores through the running program: leads are scored, a model is trained on what became of them,
//! and a filter asks for a score.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::thread;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::switch::Switch;

/// Leads that the model learns from.
const LEADS: usize = 640;
/// Clients that send them at once.
const CLIENTS: usize = 8;

/// Starts a buyer who takes leads with 60 keystrokes and more.
fn buyer() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn serve(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or_default() == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let lead: Value = serde_json::from_slice(&body).unwrap();
        let keys: u32 = lead["keystrokes"].as_str().unwrap().parse().unwrap();
        let status = if keys >= 60 { "ACCEPTED" } else { "REJECTED" };
        let body = json!({ "status": status }).to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Returns a book with an offer that anybody's leads are sold for, and one that asks for a score.
fn book(buyer: SocketAddr) -> String {
    let contract = |id: &str, offer: &str, more: &str| {
        format!(
            "[[offer]]\nid = \"{offer}\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"acme\"\noffer = \"{offer}\"\n\
             channels = [\"form\"]\n{more}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
             delivery = {{ post = \"http://{buyer}/\", format = \"json\" }}\n"
        )
    };
    let choosy = "filters = { fields = [{ field = \"score\", min = 60 }] }";
    [
        "[[source]]\nid = \"web\"\n[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n".to_owned(),
        contract("anyone", "o", ""),
        contract("choosy", "best", choosy),
    ]
    .concat()
}

fn send(server: SocketAddr, token: &str, key: usize, offer: &str, keys: usize) -> Value {
    let fields = json!({ "phone": format!("+1305{key:07}"), "keystrokes": keys.to_string() });
    let lead = json!({ "offer": offer, "source": "web", "fields": fields });
    let (status, body) = http::post(server, "/v1/leads", Some(token), &lead.to_string());
    assert!(matches!(status, 200 | 201), "{status}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Returns the step of a lead in which it was scored.
fn scored(switch: &Switch, lead: &Value) -> Value {
    let path = format!("/v1/leads/{}", lead["id"].as_str().unwrap());
    let (_, body) = http::fetch(switch.address, &path, &switch.token);
    let shown: Value = serde_json::from_str(&body).unwrap();
    let steps = shown["steps"].as_array().unwrap().clone();
    steps.into_iter().find(|step| step["step"] == "scored").unwrap_or_else(|| panic!("{shown:#}"))
}

#[test]
fn a_model_is_trained_on_outcomes_and_its_scores_are_filtered_by() {
    let buyer = buyer();
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    fs::write(switch.home.path().join("scores.toml"), book(buyer)).unwrap();
    switch.run("book apply scores.toml --force");
    switch.end("-TERM");
    switch.start();

    let (address, token) = (switch.address, switch.token.clone());
    let sent = |key: usize, offer: &str, keys: usize| send(address, &token, key, offer, keys);
    let first = scored(&switch, &sent(0, "o", 0));
    assert_eq!(first["by"], "points");
    assert_eq!(first["earlier"], 0);
    let reasons = first["reasons"].as_array().unwrap();
    let of_keys = reasons.iter().find(|reason| reason["feature"] == "keystrokes").unwrap();
    assert_eq!(of_keys["points"], -10.0, "{first:#}");
    let again = scored(&switch, &sent(0, "o", 0));
    assert_eq!(again["earlier"], 1, "the same number");
    let failed = switch.fails("score train");
    assert!(failed.contains("there are 2 ended inquiries"), "{failed}");

    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (address, token) = (switch.address, switch.token.as_str());
            scope.spawn(move || {
                for place in 0..LEADS / CLIENTS {
                    let key = 1 + place * CLIENTS + client;
                    send(address, token, key, "o", key % 120);
                }
            });
        }
    });
    let trained = switch.run("score train");
    assert!(trained.contains("model 1, trained on"), "{trained}");
    assert!(trained.contains("AUC 1.000") || trained.contains("AUC 0.99"), "{trained}");
    let before = scored(&switch, &sent(9_000, "o", 100));
    assert_eq!(before["by"], "points", "a model is not in use before it is told");
    let missing = switch.fails("score use 2");
    assert!(missing.contains("there is no such model"), "{missing}");
    let used = switch.run("score use 1");
    assert!(used.contains("model 1 scores new calls and leads"), "{used}");
    switch.logs("model in use");

    let good = sent(9_001, "best", 110);
    let step = scored(&switch, &good);
    assert_eq!(step["by"]["model"], 1, "{step:#}");
    assert!(step["score"].as_u64().unwrap() >= 80, "{step:#}");
    assert_eq!(step["reasons"][0]["feature"], "keystrokes", "{step:#}");
    assert_eq!(good["status"], "sold", "{good:#}");
    let bad = sent(9_002, "best", 5);
    assert!(scored(&switch, &bad)["score"].as_u64().unwrap() <= 20);
    assert_eq!((&bad["status"], &bad["reason"]), (&json!("rejected"), &json!("no_contract")));
    let listed = switch.run("score list");
    assert!(listed.lines().nth(1).unwrap().ends_with("yes"), "{listed}");
    let shown = switch.run(&format!("leads show {}", bad["id"].as_str().unwrap()));
    assert!(shown.contains(" by model 1: "), "{shown}");

    let back = switch.run("score use points");
    assert!(back.contains("the points table scores"), "{back}");
    assert!(switch.run("score list").contains("The points table is in use."));
    retrain(&mut switch);
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// Lets the newest model be two days old, so that the switch trains another one when it starts. It
/// predicts better than the points table, which scored before.
fn retrain(switch: &mut Switch) {
    switch.end("-TERM");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[score]\nretrain = \"1d\"\n")).unwrap();
    let db = rusqlite::Connection::open(switch.home.path().join("strowger.db")).unwrap();
    db.execute("UPDATE score_model SET trained_at = trained_at - 172800000000", []).unwrap();
    drop(db);
    switch.start();
    switch.until("/v1/scores", "/in_use", &json!(2));
    let (_, body) = http::fetch(switch.address, "/v1/scores", &switch.token);
    let models: Value = serde_json::from_str(&body).unwrap();
    let versions: Vec<&Value> =
        models["items"].as_array().unwrap().iter().map(|model| &model["version"]).collect();
    assert_eq!(versions, [2, 1], "{models:#}");
    let activity = http::fetch(switch.address, "/v1/activity", &switch.token).1;
    assert!(activity.contains("[score] retrain"), "{activity}");
}
