//! Form leads through the running program: buyers over HTTP that accept, reject, hang, and answer
//! nonsense, and a program that is killed in the middle.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use strowger::demo::lead_buyers::LeadBuyers;
use strowger::demo::lead_buyers::Received;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::http;
use crate::switch::Switch;

/// Maximum time for an answer.
const PATIENCE: Duration = Duration::from_secs(90);
/// Clients that send leads at once.
const CLIENTS: usize = 8;
/// Kills of the switch.
const ROUNDS: usize = 2;

/// The buyers of a lead in order, and what each does.
const BUYERS: [(&str, &str); 5] = [
    ("hangs", "hangs"),
    ("broken", "status-500"),
    ("garbage", "garbage"),
    ("rejects", "rejects"),
    ("accepts", "accepts"),
];
/// Bids 99 after the end of an auction.
const LATE: &str = "late-2000-99";
/// The path of a buyer that bids 12.00.
pub(crate) const LOW_PING: &str = "/generic/bids-12.00/ping";
/// The path of a buyer that bids 30.
pub(crate) const HIGH_PING: &str = "/generic/bids-30/ping";
/// The path of a buyer that takes every lead.
pub(crate) const ACCEPTS: &str = "/generic/accepts/post";

/// The simulated buyers, in a thread of their own.
pub(crate) struct Buyers {
    pub(crate) address: SocketAddr,
    server: LeadBuyers,
    runtime: Runtime,
}

impl Buyers {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(LeadBuyers::start()).unwrap();
        Self { address: server.address(), server, runtime }
    }

    /// Returns how often a lead was posted to a path.
    pub(crate) fn posts(&self, path: &str, phone: &str) -> usize {
        let of_phone = |lead: &Value| lead["phone"].as_str().unwrap_or_default() == phone;
        self.server.received(path).iter().map(read).filter(of_phone).count()
    }

    /// Waits until a request to a path has come, and returns the body of the latest.
    pub(crate) fn body(&self, path: &str) -> Value {
        let received = async { timeout(PATIENCE, self.server.wait(path, 1)).await };
        let received = self.runtime.block_on(received).unwrap_or_else(|_| panic!("{path}"));
        read(received.last().unwrap())
    }

    /// Returns how often any lead was posted to a path, at most.
    fn most(&self, path: &str) -> usize {
        let mut counts = BTreeMap::<String, usize>::new();
        for lead in self.server.received(path).iter().map(read) {
            *counts.entry(lead["phone"].to_string()).or_default() += 1;
        }
        counts.into_values().max().unwrap_or(0)
    }
}

fn read(received: &Received) -> Value {
    serde_json::from_str(&received.body).unwrap_or(Value::Null)
}

/// Returns a book whose contracts take leads by their field `case`: `rejects+accepts` goes to the
/// buyer that rejects, then to the one that accepts.
fn book(buyers: &Buyers) -> String {
    let mut book = "[[source]]\nid = \"web\"\npayout = { share = \"50%\" }\n\
                    [[offer]]\nid = \"o\"\n"
        .to_owned();
    for (priority, (name, manner)) in BUYERS.into_iter().enumerate() {
        book += &format!(
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"o\"\n\
             channels = [\"form\"]\npriority = {priority}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
             filters = {{ fields = [{{ field = \"case\", regex = \".*{name}.*\" }}] }}\n\
             delivery = {{ post = \"http://{}/generic/{manner}/post\", format = \"json\", \
             timeout = \"1s\" }}\n",
            buyers.address
        );
    }
    book += "[[offer]]\nid = \"auction\"\nstrategy = \"auction\"\n\
             auction = { floor = { amount = \"5.00\", currency = \"USD\" } }\n";
    for (name, bids, does) in [
        ("low", "bids-12.00", "accepts"),
        ("high", "bids-30", "rejects"),
        ("late", LATE, "accepts"),
    ] {
        book += &format!(
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"auction\"\n\
             channels = [\"form\"]\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             delivery = {{ post = \"http://{0}/generic/{does}/{name}\",\n\
             ping = \"http://{0}/generic/{bids}/ping\",\n\
             fields = {{ Lead_ID = \"{{ping_id}}\", phone = \"{{field.phone}}\" }} }}\n",
            buyers.address
        );
    }
    book
}

/// Starts a switch with that book.
fn switch(buyers: &Buyers, unknown_after: &str) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = format!(
        "{text}[outbound]\nallow_private = true\n[leads]\nunknown_after = \"{unknown_after}\"\n"
    );
    fs::write(settings, text).unwrap();
    fs::write(switch.home.path().join("leads.toml"), book(buyers)).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

/// Sends a lead. Returns the status and the document of the answer; `None` if the connection broke.
pub(crate) fn send<'k>(
    server: SocketAddr,
    token: &str,
    key: impl Into<Option<&'k str>>,
    lead: &Value,
) -> Option<(u16, Value)> {
    let body = lead.to_string();
    let mut stream = TcpStream::connect(server).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let key = key.into().map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
    let request = format!(
        "POST /v1/leads HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         {key}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

pub(crate) fn lead(case: &str, phone: &str) -> Value {
    json!({ "offer": "o", "source": "web", "fields": { "phone": phone, "case": case } })
}

#[test]
fn buyers_accept_reject_hang_and_answer_nonsense() {
    let buyers = Buyers::start();
    let switch = switch(&buyers, "2s");
    let ask = |case: &str, phone: &str, key: &str| {
        send(switch.address, &switch.token, key, &lead(case, phone)).unwrap()
    };
    let (status, sold) = ask("accepts", "+13055550101", "k1");
    assert_eq!((status, &sold["status"], &sold["buyer"]), (201, &json!("sold"), &json!("accepts")));
    assert_eq!(sold["price"]["amount"], "10.00");
    let (status, again) = ask("accepts", "+13055550101", "k1");
    assert_eq!((status, &again["id"]), (200, &sold["id"]), "the same request");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 1);
    let (status, _) = ask("accepts", "+13055550102", "k1");
    assert_eq!(status, 422, "another request with the key");

    let (_, next) = ask("rejects+accepts", "+13055550103", "k2");
    assert_eq!((&next["status"], &next["buyer"]), (&json!("sold"), &json!("accepts")));
    let (_, none) = ask("rejects", "+13055550104", "k3");
    assert_eq!((&none["status"], &none["reason"]), (&json!("rejected"), &json!("no_buyer")));
    let (_, nobody) = ask("nobody", "+13055550105", "k4");
    assert_eq!((&nobody["status"], &nobody["reason"]), (&json!("rejected"), &json!("no_contract")));

    // Nobody knows whether these buyers have the lead: it goes to no one else meanwhile.
    for (n, (case, manner)) in BUYERS.into_iter().take(3).enumerate() {
        let phone = format!("+1305555020{n}");
        let (_, told) = ask(&format!("{case}+accepts"), &phone, &format!("u{n}"));
        assert_eq!(told["status"], "pending", "{case}: {told}");
        assert_eq!(buyers.posts(ACCEPTS, &phone), 0, "{case}");
        let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
        switch.until(&path, "/status", &json!("sold"));
        let (_, shown) = http::fetch(switch.address, &path, &switch.token);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let outcomes: Vec<&str> = shown["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|attempt| attempt["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(outcomes, ["no_answer", "won"], "{case}: {shown}");
        assert_eq!(buyers.posts(&format!("/generic/{manner}/post"), &phone), 1, "{case}");
    }
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// The command finds the running switch; the activity log has who settled the post.
#[test]
fn a_post_without_an_answer_is_settled_at_the_command_line() {
    let buyers = Buyers::start();
    let switch = switch(&buyers, "10m");
    let ask = |case: &str, phone: &str, key: &str| {
        send(switch.address, &switch.token, key, &lead(case, phone)).unwrap().1
    };
    let status = |told: &Value, status: &str| {
        let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
        switch.until(&path, "/status", &json!(status));
    };
    let lost = ask("garbage+accepts", "+13055550301", "s1");
    assert_eq!(lost["status"], "pending", "{lost}");
    let id = lost["id"].as_str().unwrap();
    switch.run(&format!("leads settle {id} --rejected --reason lost"));
    status(&lost, "sold");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550301"), 1);
    let kept = ask("garbage+accepts", "+13055550302", "s2");
    let id = kept["id"].as_str().unwrap();
    switch.run(&format!("leads settle {id} --accepted --reference L-9"));
    status(&kept, "sold");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550302"), 0, "its buyer had it");
    let again = switch.fails(&format!("leads settle {id} --accepted"));
    assert!(again.contains("no such post"), "{again}");
    let shown = switch.run(&format!("leads show {id}"));
    assert!(shown.contains("settled by user "), "{shown}");
    let log = switch.run("activity");
    assert_eq!(log.matches("settle lead").count(), 3, "{log}");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// Three bidders: the highest refuses the post, and one bids too late.
#[test]
fn the_highest_bid_within_the_window_that_takes_the_post_has_the_lead() {
    let buyers = Buyers::start();
    let switch = switch(&buyers, "2s");
    let lead = json!({
        "offer": "auction", "source": "web",
        "fields": { "phone": "+13055550123", "first_name": "Ann", "zip": "90210" },
    });
    let (_, sold) = send(switch.address, &switch.token, "k", &lead).unwrap();
    assert_eq!((&sold["status"], &sold["buyer"]), (&json!("sold"), &json!("low")), "{sold}");
    assert_eq!(sold["price"]["amount"], "12.00");
    for bids in ["bids-12.00", "bids-30", LATE] {
        assert_eq!(buyers.body(&format!("/generic/{bids}/ping")), json!({ "zip": "90210" }));
    }
    let post = buyers.body("/generic/accepts/low");
    assert_eq!(post, json!({ "Lead_ID": "P-12.00-1", "phone": "+13055550123" }));
    assert_eq!(buyers.body("/generic/rejects/high")["Lead_ID"], "P-30-1");
    assert_eq!(buyers.posts("/generic/accepts/late", "+13055550123"), 0, "its bid came too late");
    let (_, page) = http::fetch(switch.address, "/v1/bids", &switch.token);
    let page: Value = serde_json::from_str(&page).unwrap();
    let mut results: Vec<String> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bid| format!("{} {}", bid["contract"], bid["result"]).replace('"', ""))
        .collect();
    results.sort();
    assert_eq!(results, ["high rejected", "late late", "low won"]);
    let csv = switch.run("bids --csv");
    assert!(csv.lines().any(|line| line.contains(",low,low,won,12.00,USD,")), "{csv}");
    let path = format!("leads show {}", sold["id"].as_str().unwrap());
    let shown = switch.run(&path);
    assert!(shown.contains("bid of low: 12.00 USD won"), "{shown}");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// A lead that was sent, and what its source was told; `None` if the connection broke.
struct Told {
    phone: String,
    has_key: bool,
    answer: Option<Value>,
}

/// Sends leads from several clients until the switch is gone, half of them with keys. Returns what
/// each was told.
fn killed_under_load(switch: &mut Switch, round: usize) -> Vec<Told> {
    let (address, token) = (switch.address, switch.token.clone());
    let (answered, answers) = mpsc::channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (token, answered) = (token.clone(), answered.clone());
            thread::spawn(move || {
                let mut told = Vec::new();
                loop {
                    let phone = format!("+1305{round}{client}{:05}", told.len());
                    let lead = lead("accepts", &phone);
                    let has_key = client % 2 == 0;
                    let key = has_key.then_some(phone.as_str());
                    let answer = send(address, &token, key, &lead).map(|(_, document)| document);
                    let gone = answer.is_none();
                    told.push(Told { phone, has_key, answer });
                    if gone {
                        return told;
                    }
                    answered.send(()).ok();
                }
            })
        })
        .collect();
    for _ in 0..CLIENTS * 10 {
        answers.recv_timeout(PATIENCE).unwrap();
    }
    switch.end("-KILL");
    clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
}

#[test]
fn a_kill_under_load_loses_no_accepted_lead_and_sells_none_twice() {
    let buyers = Buyers::start();
    let mut switch = switch(&buyers, "1s");
    for round in 0..ROUNDS {
        let told = killed_under_load(&mut switch, round);
        switch.start();
        for Told { phone, has_key, answer } in &told {
            let phone = phone.as_str();
            // A source that was not answered asks again, if it has a key.
            let now = has_key.then(|| {
                send(switch.address, &switch.token, phone, &lead("accepts", phone)).unwrap().1
            });
            if let Some(before) = answer {
                assert_eq!(before["status"], "sold", "{phone}");
                let id = now.as_ref().map_or(&before["id"], |now| &now["id"]);
                assert_eq!(&before["id"], id, "{phone}");
            }
            let Some(known) = now.as_ref().or(answer.as_ref()) else { continue };
            let path = format!("/v1/leads/{}", known["id"].as_str().unwrap());
            let (_, shown) = http::fetch(switch.address, &path, &switch.token);
            let shown: Value = serde_json::from_str(&shown).unwrap();
            assert_ne!(shown["status"], "received", "{phone}: {shown}");
        }
        assert!(buyers.most(ACCEPTS) <= 1, "a lead was posted twice");
    }
    switch.end("-TERM");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// Returns a book whose only contract is open at these hours of the week, and parks leads meanwhile.
fn parking_book(buyers: &Buyers, open: &str) -> String {
    format!(
        "[[source]]\nid = \"web\"\n[[offer]]\nid = \"o\"\n[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         schedule = {{ weekly = {{ {open} }}, outside = \"park\" }}\n\
         delivery = {{ post = \"http://{}{ACCEPTS}\" }}\n",
        buyers.address
    )
}

/// Returns the whole day of the week that is so many days from today.
pub(crate) fn weekday(days: i64) -> String {
    from_minute_on(1_440 * days, "00:00")
}

/// Returns the day of the week that is so many minutes from now, from a time of the day on.
fn from_minute_on(minutes: i64, format: &str) -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let at = now.checked_add(jiff::Span::new().minutes(minutes)).unwrap();
    let day = at.strftime("%a").to_string().to_lowercase();
    format!("{day} = [\"{}-24:00\"]", at.strftime(format))
}

/// Starts a switch with a book that parks leads, and settings for them.
fn parking_switch(buyers: &Buyers, settings: &str) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let path = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}[outbound]\nallow_private = true\n{settings}")).unwrap();
    fs::write(switch.home.path().join("parks.toml"), parking_book(buyers, &weekday(3))).unwrap();
    switch.run("book apply parks.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

/// Nobody is asked while the contract is closed. The lead survives a kill, and its buyer gets it,
/// once, when the contract is open.
#[test]
fn a_parked_lead_survives_a_kill_and_is_delivered_when_its_contract_is_open() {
    let buyers = Buyers::start();
    let mut switch = parking_switch(&buyers, "");
    let phone = "+13055550131";
    let (_, told) = send(switch.address, &switch.token, "p1", &lead("x", phone)).unwrap();
    assert_eq!(told["status"], "parked", "{told}");
    let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
    let (_, shown) = http::fetch(switch.address, &path, &switch.token);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let parked = shown["steps"].as_array().unwrap().iter().find(|step| step["step"] == "parked");
    assert!(parked.unwrap()["until"].is_string(), "it says when it is offered again: {shown}");
    assert_eq!(buyers.most(ACCEPTS), 0);
    switch.end("-KILL");
    let open = parking_book(&buyers, &weekday(0));
    fs::write(switch.home.path().join("open.toml"), open).unwrap();
    switch.run("book apply open.toml --force");
    switch.start();
    switch.until(&path, "/status", &json!("sold"));
    assert_eq!(buyers.posts(ACCEPTS, phone), 1);
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// The next full minute opens the contract, and nothing else happens.
#[test]
fn a_parked_lead_is_delivered_when_the_time_comes() {
    let buyers = Buyers::start();
    let switch = parking_switch(&buyers, "");
    // The lead is sent before the minute begins.
    let minutes = if jiff::Timestamp::now().as_second() % 60 < 40 { 1 } else { 2 };
    let soon = parking_book(&buyers, &from_minute_on(minutes, "%H:%M"));
    fs::write(switch.home.path().join("soon.toml"), soon).unwrap();
    switch.run("book apply soon.toml --force");
    switch.goes_by(3);
    let phone = "+13055550134";
    let (_, told) = send(switch.address, &switch.token, "p1", &lead("x", phone)).unwrap();
    assert_eq!(told["status"], "parked", "{told}");
    assert_eq!(buyers.most(ACCEPTS), 0);
    assert_eq!(buyers.body(ACCEPTS)["phone"], phone);
    let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
    switch.until(&path, "/status", &json!("sold"));
    assert_eq!(buyers.posts(ACCEPTS, phone), 1);
}

#[test]
fn a_parked_lead_expires_and_was_never_posted() {
    let buyers = Buyers::start();
    let switch = parking_switch(&buyers, "[leads]\npark_max = \"1s\"\n");
    let (_, told) = send(switch.address, &switch.token, "p1", &lead("x", "+13055550132")).unwrap();
    let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
    switch.until(&path, "/status", &json!("rejected"));
    let (_, shown) = http::fetch(switch.address, &path, &switch.token);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["reason"], "no_contract", "{shown}");
    assert!(shown["total_ms"].as_u64().unwrap() >= 1_000, "{shown}");
    assert_eq!(buyers.most(ACCEPTS), 0);
}

/// The source is told at once; what the buyer does afterwards changes no sale.
#[test]
fn a_lead_is_sold_first_and_delivered_afterwards_and_resent_by_command() {
    let buyers = Buyers::start();
    let mut switch = parking_switch(&buyers, "");
    let book = parking_book(&buyers, &weekday(0))
        .replace("accepts/post\" }", "rejects/post\", later = true }");
    fs::write(switch.home.path().join("later.toml"), &book).unwrap();
    switch.run("book apply later.toml --force");
    switch.end("-TERM");
    switch.start();
    let phone = "+13055550133";
    let (_, told) = send(switch.address, &switch.token, "l1", &lead("x", phone)).unwrap();
    assert_eq!((&told["status"], &told["buyer"]), (&json!("sold"), &json!("b")), "{told}");
    buyers.body("/generic/rejects/post");
    switch.until("/v1/leads/dead", "/items/0/contract", &json!("c"));
    let dead = switch.run("leads dead");
    let id = told["id"].as_str().unwrap();
    assert!(
        dead.contains(id)
            && dead.contains("the buyer rejects it: Lead is not accepted: outside of coverage"),
        "{dead}"
    );
    assert!(!switch.run("postbacks dead").contains(id), "it is no postback");
    let unknown = switch.fails("leads resend d");
    assert!(unknown.contains("unknown contract `d`"), "{unknown}");
    fs::write(switch.home.path().join("now.toml"), book.replace("rejects", "accepts")).unwrap();
    let applied = switch.run("book apply now.toml --force");
    assert!(!applied.is_empty());
    switch.end("-TERM");
    switch.start();
    let resent = switch.run("leads resend c");
    assert!(resent.contains("1 delivery of c due again"), "{resent}");
    assert_eq!(buyers.body(ACCEPTS)["phone"], phone);
    switch.until("/v1/leads/dead", "/items", &json!([]));
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}
