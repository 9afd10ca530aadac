//! Form leads through the running program: buyers over HTTP that accept, reject, hang, and answer
//! nonsense, and a program that is killed in the middle.

use std::collections::BTreeMap;
use std::fs;
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
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::switch::Switch;

/// Maximum time for an answer.
const PATIENCE: Duration = Duration::from_secs(90);
/// Clients that send leads at once.
const CLIENTS: usize = 8;
/// Kills of the switch.
const ROUNDS: usize = 2;

/// A web server that plays buyers: the path says what one does.
pub(crate) struct Buyers {
    pub(crate) address: SocketAddr,
    /// Posts that came, by path and phone number.
    posts: Arc<Mutex<BTreeMap<(String, String), u32>>>,
    /// What came.
    came: Arc<Came>,
}

/// The latest body of each path.
#[derive(Default)]
struct Came {
    bodies: Mutex<BTreeMap<String, Value>>,
    more: Condvar,
}

impl Came {
    /// Waits until a request to a path has come, and returns its body.
    fn wait(&self, path: &str) -> Value {
        let bodies = self.bodies.lock().unwrap();
        let none = |bodies: &mut BTreeMap<String, Value>| !bodies.contains_key(path);
        let (bodies, waited) = self.more.wait_timeout_while(bodies, PATIENCE, none).unwrap();
        assert!(!waited.timed_out(), "nothing came to {path}");
        bodies[path].clone()
    }
}

impl Buyers {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let posts = Arc::<Mutex<BTreeMap<(String, String), u32>>>::default();
        let came = Arc::<Came>::default();
        let (kept, noted) = (posts.clone(), came.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, noted) = (kept.clone(), noted.clone());
                thread::spawn(move || serve(stream, &kept, &noted));
            }
        });
        Self { address, posts, came }
    }

    /// Returns how often a lead was posted to a path.
    pub(crate) fn posts(&self, path: &str, phone: &str) -> u32 {
        let key = (path.to_owned(), phone.to_owned());
        self.posts.lock().unwrap().get(&key).copied().unwrap_or(0)
    }

    /// Waits until a request to a path has come, and returns its body.
    pub(crate) fn body(&self, path: &str) -> Value {
        self.came.wait(path)
    }

    /// Returns how often any lead was posted to any path, at most.
    fn most(&self) -> u32 {
        self.posts.lock().unwrap().values().copied().max().unwrap_or(0)
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, posts: &Mutex<BTreeMap<(String, String), u32>>, came: &Came) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((path, lead)) = read(&mut reader) {
        let phone = lead["phone"].as_str().unwrap_or_default().to_owned();
        *posts.lock().unwrap().entry((path.clone(), phone)).or_default() += 1;
        came.bodies.lock().unwrap().insert(path.clone(), lead);
        came.more.notify_all();
        let (status, body) = match path.as_str() {
            "/ping/low" => (200, r#"{"result": "success", "ping_id": "P-low", "price": "12.00"}"#),
            "/ping/high" => (200, r#"{"bidId": "P-high", "bidAmount": 30, "expireInSeconds": 20}"#),
            // Answers when another buyer has the lead already.
            "/ping/late" => {
                came.wait("/post/low");
                (200, r#"{"ping_id": "P-late", "price": 99}"#)
            }
            "/post/low" => (200, r#"{"status": "ACCEPTED"}"#),
            "/post/high" => (200, r#"{"status": "REJECTED", "message": "ping expired"}"#),
            "/accepts" => (200, r#"{"status": "ACCEPTED", "lead_id": "L-1"}"#),
            "/rejects" => (200, r#"{"status": "REJECTED", "message": "not in our area"}"#),
            "/broken" => (500, "oops"),
            "/garbage" => (200, "<html><body>It works!</body></html>"),
            // The connection stays open, and no answer comes.
            "/hangs" => {
                let mut rest = Vec::new();
                let _closed = reader.read_to_end(&mut rest);
                return;
            }
            _ => (404, ""),
        };
        let answer = format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads a request: its path, and its body as JSON. `None` at the end of the connection.
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
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

/// Returns a book whose contracts take leads by their field `case`: `rejects+accepts` goes to the
/// buyer that rejects, then to the one that accepts.
fn book(buyers: &Buyers) -> String {
    let mut book = "[[source]]\nid = \"web\"\npayout = { share = \"50%\" }\n\
                    [[offer]]\nid = \"o\"\n"
        .to_owned();
    for (priority, name) in ["hangs", "broken", "garbage", "rejects", "accepts"].iter().enumerate()
    {
        book += &format!(
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"o\"\n\
             channels = [\"form\"]\npriority = {priority}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
             filters = {{ fields = [{{ field = \"case\", regex = \".*{name}.*\" }}] }}\n\
             delivery = {{ post = \"http://{}/{name}\", format = \"json\", timeout = \"1s\" }}\n",
            buyers.address
        );
    }
    book += "[[offer]]\nid = \"auction\"\nstrategy = \"auction\"\n\
             auction = { floor = { amount = \"5.00\", currency = \"USD\" } }\n";
    for name in ["low", "high", "late"] {
        book += &format!(
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"auction\"\n\
             channels = [\"form\"]\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             delivery = {{ post = \"http://{0}/post/{name}\", ping = \"http://{0}/ping/{name}\",\n\
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
pub(crate) fn send(
    server: SocketAddr,
    token: &str,
    key: &str,
    lead: &Value,
) -> Option<(u16, Value)> {
    let body = lead.to_string();
    let mut stream = TcpStream::connect(server).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "POST /v1/leads HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

fn lead(case: &str, phone: &str) -> Value {
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
    assert_eq!(buyers.posts("/accepts", "+13055550101"), 1);
    let (status, _) = ask("accepts", "+13055550102", "k1");
    assert_eq!(status, 422, "another request with the key");

    let (_, next) = ask("rejects+accepts", "+13055550103", "k2");
    assert_eq!((&next["status"], &next["buyer"]), (&json!("sold"), &json!("accepts")));
    let (_, none) = ask("rejects", "+13055550104", "k3");
    assert_eq!((&none["status"], &none["reason"]), (&json!("rejected"), &json!("no_buyer")));
    let (_, nobody) = ask("nobody", "+13055550105", "k4");
    assert_eq!((&nobody["status"], &nobody["reason"]), (&json!("rejected"), &json!("no_contract")));

    // Nobody knows whether these buyers have the lead: it goes to no one else meanwhile.
    for (n, case) in ["hangs", "broken", "garbage"].into_iter().enumerate() {
        let phone = format!("+1305555020{n}");
        let (_, told) = ask(&format!("{case}+accepts"), &phone, &format!("u{n}"));
        assert_eq!(told["status"], "pending", "{case}: {told}");
        assert_eq!(buyers.posts("/accepts", &phone), 0, "{case}");
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
        assert_eq!(buyers.posts(&format!("/{case}"), &phone), 1, "{case}");
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
    assert_eq!(buyers.posts("/accepts", "+13055550301"), 1);
    let kept = ask("garbage+accepts", "+13055550302", "s2");
    let id = kept["id"].as_str().unwrap();
    switch.run(&format!("leads settle {id} --accepted --reference L-9"));
    status(&kept, "sold");
    assert_eq!(buyers.posts("/accepts", "+13055550302"), 0, "its buyer had it");
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
    for name in ["low", "high", "late"] {
        assert_eq!(buyers.came.wait(&format!("/ping/{name}")), json!({ "zip": "90210" }));
    }
    let post = buyers.came.wait("/post/low");
    assert_eq!(post, json!({ "Lead_ID": "P-low", "phone": "+13055550123" }));
    assert_eq!(buyers.came.wait("/post/high")["Lead_ID"], "P-high");
    assert_eq!(buyers.posts("/post/late", "+13055550123"), 0, "its bid came too late");
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

/// Sends leads from several clients until the switch is gone. Returns what each was told.
fn killed_under_load(switch: &mut Switch, round: usize) -> Vec<(String, Option<Value>)> {
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
                    let answer = send(address, &token, &phone, &lead);
                    let gone = answer.is_none();
                    told.push((phone, answer.map(|(_, document)| document)));
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
        for (phone, answer) in &told {
            // A source that was not answered asks again, with its key.
            let (_, now) =
                send(switch.address, &switch.token, phone, &lead("accepts", phone)).unwrap();
            if let Some(before) = answer {
                assert_eq!(
                    (&before["id"], &before["status"]),
                    (&now["id"], &json!("sold")),
                    "{phone}"
                );
            }
            let path = format!("/v1/leads/{}", now["id"].as_str().unwrap());
            let (_, shown) = http::fetch(switch.address, &path, &switch.token);
            let shown: Value = serde_json::from_str(&shown).unwrap();
            assert_ne!(shown["status"], "received", "{phone}: {shown}");
        }
        assert!(buyers.most() <= 1, "a lead was posted twice");
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
         delivery = {{ post = \"http://{}/accepts\" }}\n",
        buyers.address
    )
}

/// Returns the whole day of the week that is so many days from today.
fn weekday(days: i64) -> String {
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
    assert_eq!(buyers.most(), 0);
    switch.end("-KILL");
    let open = parking_book(&buyers, &weekday(0));
    fs::write(switch.home.path().join("open.toml"), open).unwrap();
    switch.run("book apply open.toml --force");
    switch.start();
    switch.until(&path, "/status", &json!("sold"));
    assert_eq!(buyers.posts("/accepts", phone), 1);
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
    switch.goes_by(2);
    let phone = "+13055550134";
    let (_, told) = send(switch.address, &switch.token, "p1", &lead("x", phone)).unwrap();
    assert_eq!(told["status"], "parked", "{told}");
    assert_eq!(buyers.most(), 0);
    assert_eq!(buyers.body("/accepts")["phone"], phone);
    let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
    switch.until(&path, "/status", &json!("sold"));
    assert_eq!(buyers.posts("/accepts", phone), 1);
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
    assert_eq!(buyers.most(), 0);
}

/// The source is told at once; what the buyer does afterwards changes no sale.
#[test]
fn a_lead_is_sold_first_and_delivered_afterwards_and_resent_by_command() {
    let buyers = Buyers::start();
    let mut switch = parking_switch(&buyers, "");
    let book =
        parking_book(&buyers, &weekday(0)).replace("/accepts\" }", "/rejects\", later = true }");
    fs::write(switch.home.path().join("later.toml"), &book).unwrap();
    switch.run("book apply later.toml --force");
    switch.end("-TERM");
    switch.start();
    let phone = "+13055550133";
    let (_, told) = send(switch.address, &switch.token, "l1", &lead("x", phone)).unwrap();
    assert_eq!((&told["status"], &told["buyer"]), (&json!("sold"), &json!("b")), "{told}");
    buyers.came.wait("/rejects");
    switch.until("/v1/leads/dead", "/items/0/contract", &json!("c"));
    let dead = switch.run("leads dead");
    let id = told["id"].as_str().unwrap();
    assert!(dead.contains(id) && dead.contains("the buyer rejects it: not in our area"), "{dead}");
    assert!(!switch.run("postbacks dead").contains(id), "it is no postback");
    let unknown = switch.fails("leads resend d");
    assert!(unknown.contains("unknown contract `d`"), "{unknown}");
    fs::write(switch.home.path().join("now.toml"), book.replace("/rejects", "/accepts")).unwrap();
    let applied = switch.run("book apply now.toml --force");
    assert!(!applied.is_empty());
    switch.end("-TERM");
    switch.start();
    let resent = switch.run("leads resend c");
    assert!(resent.contains("1 delivery of c due again"), "{resent}");
    assert_eq!(buyers.came.wait("/accepts")["phone"], phone);
    switch.until("/v1/leads/dead", "/items", &json!([]));
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}
