//! The status of sold leads, asked of their buyers by the running program.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use strowger::demo::lead_buyers::LeadBuyers;
use strowger::demo::lead_buyers::Received;
use tokio::runtime::Runtime;

use crate::http;
use crate::leads::send;
use crate::switch::Switch;
use crate::until::until;

/// The first answer says that the buyer has the person on the phone, the second that it sold.
const STATUS: &str = "/generic/rejects+accepts/status";

/// What those answers mean.
const MARKS: &str = "converted = { path = \"status\", is = \"accepted\" }\n\
                     contacted = { path = \"status\", is = \"rejected\" }\n";

/// Starts a switch whose contract has these terms, and that asks for statuses at a path.
fn switch(buyers: &LeadBuyers, terms: &str, path: &str, marks: &str) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let book = format!(
        "[[source]]\nid = \"web\"\npayout = {{ share = \"50%\" }}\n[[offer]]\nid = \"o\"\n\
         [[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         {terms}\n\
         [contract.delivery]\npost = \"{}\"\n\
         [contract.delivery.status]\nurl = \"{}\"\nmethod = \"GET\"\ninterval = \"5m\"\n\
         fields = {{ id = \"{{reference}}\", lead = \"{{lead_id}}\", key = \"{{conversion_key}}\" }}\n\
         {marks}response = {{ reference = \"lead_id\", reason = \"message\" }}\n",
        buyers.url("/generic/accepts/post"),
        buyers.url(path),
    );
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

/// Returns how many questions are due, now or later.
fn questions(switch: &Switch) -> i64 {
    let db = rusqlite::Connection::open(switch.home.path().join("strowger.db")).unwrap();
    let due = "SELECT count(*) FROM lead_status WHERE due_at IS NOT NULL";
    db.query_one(due, [], |row| row.get(0)).unwrap()
}

/// Kills the switch, lets the next question be due, and starts it again.
fn pass_time(switch: &mut Switch) {
    // A lead is noted for its status after it is sold.
    until("a question is due", || questions(switch) > 0);
    switch.end("-KILL");
    let db = rusqlite::Connection::open(switch.home.path().join("strowger.db")).unwrap();
    db.execute("UPDATE lead_status SET due_at = 1 WHERE due_at IS NOT NULL", []).unwrap();
    drop(db);
    switch.start();
}

/// Waits until the buyer was asked so often, and returns the questions.
fn asked(runtime: &Runtime, buyers: &LeadBuyers, count: usize) -> Vec<Received> {
    let patience = Duration::from_secs(30);
    let asked = runtime
        .block_on(async { tokio::time::timeout(patience, buyers.wait(STATUS, count)).await });
    asked.unwrap_or_else(|_| panic!("asked {} times", buyers.received(STATUS).len()))
}

/// Waits until no status is due any more: what the buyer says is final.
fn is_final(switch: &Switch) {
    until("no question is due", || questions(switch) == 0);
}

#[test]
fn a_buyer_that_lost_or_returns_a_lead_is_believed() {
    let runtime = Runtime::new().unwrap();
    let buyers = runtime.block_on(LeadBuyers::start()).unwrap();
    let terms = "returns = { window = \"7d\", share = \"100%\" }";
    let marks = "converted = { path = \"status\", is = \"sold\" }\n\
                 lost = { path = \"message\", words = \"outside of coverage\" }\n\
                 returned = { path = \"message\", is = \"Duplicate lead\" }\n";
    let ask = |path: &str| {
        let mut switch = switch(&buyers, terms, path, marks);
        let lead = json!({ "offer": "o", "source": "web", "fields": { "phone": "3055550101" } });
        let (_, sold) = send(switch.address, &switch.token, None, &lead).unwrap();
        let id = sold["id"].as_str().unwrap().to_owned();
        pass_time(&mut switch);
        is_final(&switch);
        let (_, shown) = http::fetch(switch.address, &format!("/v1/leads/{id}"), &switch.token);
        let verified = switch.run("verify");
        assert!(verified.contains("no difference"), "{verified}");
        serde_json::from_str::<Value>(&shown).unwrap()
    };
    let lost = ask("/generic/rejects/status");
    let report = &lost["conversion"];
    let said = "Lead is not accepted: outside of coverage";
    assert_eq!((&report["sold"], &report["disposition"]), (&json!(false), &json!(said)), "{lost}");
    let returned = ask("/generic/duplicate/status");
    assert_eq!(returned["returned"]["reason"], "Duplicate lead", "{returned}");
}

#[test]
fn a_buyer_is_asked_until_the_status_is_final() {
    let runtime = Runtime::new().unwrap();
    let buyers = runtime.block_on(LeadBuyers::start()).unwrap();
    let terms = "conversion = { by = \"report\", window = \"30d\" }";
    let mut switch = switch(&buyers, terms, STATUS, MARKS);
    let lead = json!({ "offer": "o", "source": "web", "fields": { "phone": "3055550101" } });
    let (status, sold) = send(switch.address, &switch.token, "s1", &lead).unwrap();
    assert_eq!((status, &sold["status"]), (201, &json!("sold")), "{sold}");
    let path = format!("/v1/leads/{}", sold["id"].as_str().unwrap());
    assert!(buyers.received(STATUS).is_empty(), "the first question is due after the interval");

    pass_time(&mut switch);
    let first = asked(&runtime, &buyers, 1).remove(0);
    let query = &first.query;
    assert!(query.starts_with("id=1&key="), "the buyer's own id: {query}");
    assert!(query.contains(sold["id"].as_str().unwrap()), "{query}");
    assert!(query.contains("key=") && !query.contains("key=&"), "{query}");
    switch.until(&path, "/conversion/disposition", &json!("contacted"));
    let (_, shown) = http::fetch(switch.address, &path, &switch.token);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["conversion"]["sold"], &shown["billable"]), (&json!(false), &json!(false)));

    pass_time(&mut switch);
    asked(&runtime, &buyers, 2);
    switch.until(&path, "/conversion/sold", &json!(true));
    let (_, shown) = http::fetch(switch.address, &path, &switch.token);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["revenue"]["amount"], "10.00", "{shown}");
    assert_eq!(shown["payout"]["amount"], "5.00", "{shown}");
    assert_eq!(shown["conversion"]["reference"], "2", "{shown}");

    is_final(&switch);
    assert_eq!(buyers.received(STATUS).len(), 2);
    // The operator returns it: a lead is called a lead.
    let asked = json!({ "lead": sold["id"], "reason": "spam" });
    let token = Some(switch.token.as_str());
    let (status, body) = http::post(switch.address, "/v1/returns", token, &asked.to_string());
    let returned: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &returned["lead"]), (201, &sold["id"]), "{returned}");
    assert_eq!(returned.get("call"), None);
    let listed = switch.run("returns list --json");
    assert!(listed.contains("\"lead\": "), "{listed}");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}
