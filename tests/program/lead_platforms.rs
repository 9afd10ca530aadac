//! Leads that ad platforms announce, through the running program: a local web server plays the
//! platform's API, which is down at first.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use serde_json::json;
use strowger::lead::platform::PlatformKey;

use crate::http;
use crate::lead_sources::curl;
use crate::leads::ACCEPTS;
use crate::leads::Buyers;
use crate::switch::Switch;

const META: &str = "app-secret";
const LINKEDIN: &str = "client-secret";

/// The API of a platform.
struct Api {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Answers by path, without the query. Without one, the API is down.
    answers: BTreeMap<String, String>,
    /// Requests that came: path and authorization.
    came: Vec<(String, String)>,
}

impl Api {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &shared);
            }
        });
        Self { address, state }
    }

    fn answers(&self, path: &str, answer: &Value) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answer.to_string());
    }

    fn requests(&self, path: &str) -> Vec<(String, String)> {
        let came = &self.state.lock().unwrap().came;
        came.iter().filter(|(own, _)| own.starts_with(path)).cloned().collect()
    }
}

/// Answers one request, and closes the connection.
fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let target = first.split(' ').nth(1).unwrap().to_owned();
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = value.trim().to_owned();
        }
    }
    let path = target.split('?').next().unwrap().to_owned();
    let mut state = state.lock().unwrap();
    state.came.push((target, authorization));
    let (status, body) = match state.answers.get(&path) {
        Some(body) => (200, body.clone()),
        None => (500, "down".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // The client may be gone.
    let _sent = stream.write_all(head.as_bytes());
}

/// Starts a switch whose one buyer accepts every lead.
fn switch(buyers: &Buyers, api: &Api) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let platforms = format!(
        "[outbound]\nallow_private = true\n[platforms.meta]\napp_secret = \"{META}\"\n\
         verify_token = \"our-token\"\ntoken = \"page-token\"\napi_url = \"http://{0}/v23.0\"\n\
         [platforms.linkedin]\nclient_secret = \"{LINKEDIN}\"\ntoken = \"li-token\"\n\
         api_url = \"http://{0}/rest\"\n",
        api.address
    );
    fs::write(settings, format!("{text}{platforms}")).unwrap();
    let book = format!(
        "[[source]]\nid = \"ads\"\n\
         intake = [{{ key = \"key-0123456789abcdef\", offer = \"o\", live = true, \
         forms = [\"meta:724300000000001\", \"linkedin:3162\"], \
         names = {{ question_1 = \"phone\" }} }}]\n\
         [[offer]]\nid = \"o\"\n[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"http://{}{ACCEPTS}\", format = \"json\" }}\n",
        buyers.address
    );
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

/// Returns what Meta sends for these leads, one entry each.
fn announcement(ids: &[&str]) -> String {
    let entries: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({ "id": "724300000000001", "time": 1751736582, "changes": [{ "field": "leadgen",
                "value": { "leadgen_id": id, "page_id": "724300000000001",
                    "form_id": "793230000000212", "created_time": 1751736579 } }] })
        })
        .collect();
    json!({ "object": "page", "entry": entries }).to_string()
}

fn of_phone(id: &str, phone: &str) -> Value {
    json!({ "id": id, "created_time": "2026-02-28T08:49:14+0000", "field_data": [
        { "name": "phone_number", "values": [phone] },
        { "name": "full_name", "values": ["Ann Example"] } ] })
}

/// Posts a body to Meta's address with a signature; returns the status.
fn deliver(switch: &Switch, body: &str, signature: &str) -> u16 {
    let header = format!("X-Hub-Signature-256: {signature}");
    let sent = ["-H", "Content-Type: application/json", "-H", &header, "--data-binary", body];
    curl(switch, "/in/meta", &sent).0
}

fn signed(body: &str) -> String {
    format!("sha256={}", PlatformKey::new(META).sign(body.as_bytes()))
}

#[test]
fn a_subscription_is_checked_and_a_forged_announcement_refused() {
    let (buyers, api) = (Buyers::start(), Api::start());
    let switch = switch(&buyers, &api);
    let check = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
        curl(&switch, &format!("/in/meta?{query}"), &[])
    };
    let (status, head, told) = check("our-token");
    assert_eq!((status, told.as_str()), (200, "1158201444"));
    assert!(head.contains("content-type: text/plain"), "{head}");
    assert_eq!(check("other").0, 403);
    assert_eq!(curl(&switch, "/in/meta", &[]).0, 403);
    let body = announcement(&["1958340000000214"]);
    let other = announcement(&["1958340000000215"]);
    for signature in [String::new(), "sha256=00".to_owned(), signed(&other)] {
        assert_eq!(deliver(&switch, &body, &signature), 403, "{signature}");
    }
    let (_, told) = http::fetch(switch.address, "/v1/leads/announced", &switch.token);
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["items"], json!([]));

    let code = "890e4665-4dfe-4ab1-b689-ed553bceeed0";
    let (status, _, told) = curl(&switch, &format!("/in/linkedin?challengeCode={code}"), &[]);
    let expected = PlatformKey::new(LINKEDIN).sign(code.as_bytes());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(status, 200);
    assert_eq!(told, json!({ "challengeCode": code, "challengeResponse": expected }));
    assert_eq!(curl(&switch, "/in/linkedin", &["-d", "{}"]).0, 403);
}

/// Two leads are announced while the API is down, and the program is killed. Each is sold once,
/// however often it is announced.
#[test]
fn what_was_announced_is_fetched_after_a_kill_and_sold_once() {
    let (buyers, api) = (Buyers::start(), Api::start());
    let mut switch = switch(&buyers, &api);
    let ids = ["1958340000000214", "9007199254740993"];
    let body = announcement(&ids);
    assert_eq!(deliver(&switch, &body, &signed(&body)), 200);
    assert_eq!(deliver(&switch, &body, &signed(&body)), 200, "announced again");
    switch.logs("announced lead not fetched");
    switch.end("-KILL");
    let path = |id: &str| format!("/v23.0/{id}");
    api.answers(&path(ids[0]), &of_phone(ids[0], "+13055550101"));
    api.answers(&path(ids[1]), &of_phone(ids[1], "+13055550102"));
    switch.start();
    switch.until("/v1/leads/announced?state=waiting", "/items", &json!([]));
    assert_eq!(deliver(&switch, &body, &signed(&body)), 200, "and again");
    let (_, told) = http::fetch(switch.address, "/v1/leads/announced", &switch.token);
    let told: Value = serde_json::from_str(&told).unwrap();
    let states: Vec<&Value> =
        told["items"].as_array().unwrap().iter().map(|item| &item["state"]).collect();
    assert_eq!(states, ["taken", "taken"], "{told}");
    for phone in ["+13055550101", "+13055550102"] {
        assert_eq!(buyers.posts(ACCEPTS, phone), 1, "{phone}");
    }
    let came = api.requests(&path(ids[0]));
    assert!(came.len() >= 2, "the first was answered with 500");
    assert!(came.iter().all(|(target, authorization)| {
        authorization == "Bearer page-token" && !target.contains("page-token")
    }));
    let lead = format!("/v1/leads/{}", told["items"][0]["lead"].as_str().unwrap());
    let (_, shown) = http::fetch(switch.address, &lead, &switch.token);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["fields"]["full_name"], "Ann Example", "{shown}");
    let printed = switch.run("leads announced");
    assert_eq!(printed.matches("taken").count(), 2, "{printed}");

    // LinkedIn: the question has a number, which the book names.
    let body = json!({ "type": "LEAD_ACTION", "leadAction": "CREATED",
        "leadGenFormResponse": "urn:li:leadGenFormResponse:5eb0-1",
        "leadGenForm": "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:3162,1)" })
    .to_string();
    api.answers(
        "/rest/leadFormResponses/5eb0-1",
        &json!({ "formResponse": { "answers": [{ "questionId": 1,
            "answerDetails": { "textQuestionAnswer": { "answer": "+13055550103" } } }] } }),
    );
    let text = format!("hmacsha256={body}");
    let header = format!("X-LI-Signature: {}", PlatformKey::new(LINKEDIN).sign(text.as_bytes()));
    let sent = ["-H", "Content-Type: application/json", "-H", &header, "--data-binary", &body];
    assert_eq!(curl(&switch, "/in/linkedin", &sent).0, 200);
    switch.until("/v1/leads?status=sold&phone=%2B13055550103", "/items/0/status", &json!("sold"));
    switch.end("-TERM");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}
