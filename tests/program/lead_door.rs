//! Form leads at the door: what is refused before any buyer gets it, over HTTP and as the program
//! stores it.

use std::fs;
use std::thread;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::leads::ACCEPTS;
use crate::leads::Buyers;
use crate::leads::send;
use crate::switch::Switch;

/// Starts a switch with a book whose one buyer accepts every lead.
fn switch(buyers: &Buyers) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let book = format!(
        "[[source]]\nid = \"web\"\n[[source]]\nid = \"ads\"\nspam = {{ max = 2, per = \"1d\" }}\n\
         [[offer]]\nid = \"o\"\nduplicate = [{{ fields = [\"phone\"] }}, {{ fields = [\"email\"] }}]\n\
         fields = [{{ name = \"phone\", type = \"phone\", required = true }}, \
         {{ name = \"dob\", type = \"birth_date\", min = 18 }}, \
         {{ name = \"agreed\", type = \"consent_time\", max_age = \"30d\" }}, \
         {{ name = \"cert\", type = \"trusted_form\" }}]\n\
         [[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\ncaps = {{ day = 4 }}\n\
         delivery = {{ post = \"http://{}{ACCEPTS}\", format = \"json\" }}\n",
        buyers.address
    );
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

fn lead(source: &str, fields: &Value) -> Value {
    json!({ "offer": "o", "source": source, "fields": fields })
}

/// Returns the status and the reason, or the status, of what became of a lead.
fn told(answer: &(u16, Value)) -> (u16, &str) {
    let (status, document) = answer;
    let words = [&document["reason"], &document["status"]];
    (*status, words.iter().find_map(|word| word.as_str()).unwrap_or_default())
}

#[test]
fn what_is_refused_at_the_door_uses_no_cap_and_is_listed() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    switch.run("suppress add +13055550199 --list dnc");
    let cert = |n: u32| format!("https://cert.trustedform.com/0.{n}");
    let mut keys = 0..;
    let mut ask = |source: &str, fields: Value| {
        let key = format!("d{}", keys.next().unwrap());
        send(switch.address, &switch.token, key.as_str(), &lead(source, &fields)).unwrap()
    };
    for (source, fields, expected) in [
        (
            "web",
            json!({ "dob": "2020-01-01", "zip": "10001", "state": "CA" }),
            (422, "invalid_lead"),
        ),
        ("web", json!({ "phone": "305-555-0199" }), (201, "suppressed_lead")),
        ("web", json!({ "phone": "3055550101", "cert": cert(1) }), (201, "delivered")),
        // The same person, written differently, and from another source.
        ("ads", json!({ "phone": "(305) 555-0101" }), (201, "duplicate_lead")),
        ("web", json!({ "phone": "3055550102", "cert": cert(1) }), (201, "certificate_reused")),
        ("web", json!({ "phone": "3055550103", "email": "a@example.com" }), (201, "delivered")),
        (
            "web",
            json!({ "phone": "3055550104", "email": "A@example.com" }),
            (201, "duplicate_lead"),
        ),
        // An empty field makes no duplicate.
        ("web", json!({ "phone": "3055550105", "email": "" }), (201, "delivered")),
        ("web", json!({ "phone": "3055550106", "email": " " }), (201, "delivered")),
        // The cap is four, and only sold leads used it.
        ("web", json!({ "phone": "3055550107" }), (201, "no_contract")),
    ] {
        let answer = ask(source, fields.clone());
        assert_eq!(told(&answer), expected, "{fields}: {answer:?}");
    }
    let faults = ask("web", json!({ "dob": "2020-01-01", "zip": "10001", "state": "CA" })).1;
    let codes: Vec<&str> = faults["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["missing", "age_below_min", "state_zip_mismatch"], "{faults}");
    let (_, page) = http::fetch(switch.address, "/v1/leads?status=rejected", &switch.token);
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!(page["items"].as_array().unwrap().len(), 7, "{page}");
    let explained = switch.told(
        "route explain --offer o --channel form --field phone=+13055550199 --field dob=2020-01-01",
    );
    assert!(explained.contains("suppression list dnc"), "{explained}");
    assert!(explained.contains("age_below_min"), "{explained}");
    // On another day, when the cap is free.
    let printed = switch.run(
        "route explain --offer o --source web --channel form --field phone=3055550142 \
         --at 2036-11-20T15:00:00Z",
    );
    assert!(printed.contains("If c buys, its buyer owes 10.00 USD"), "{printed}");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

/// Several clients send one person at one moment.
#[test]
fn the_same_lead_twice_at_one_moment_is_sold_once() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let (address, token) = (switch.address, switch.token.clone());
            thread::spawn(move || {
                let body = lead("web", &json!({ "phone": "+13055550101" }));
                send(address, &token, format!("c{client}").as_str(), &body).unwrap()
            })
        })
        .collect();
    let answers: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    let mut told: Vec<&str> = answers.iter().map(|answer| told(answer).1).collect();
    told.sort_unstable();
    assert_eq!(told, ["delivered", "duplicate_lead", "duplicate_lead", "duplicate_lead"]);
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 1);
}

/// A flood of one address is refused, and others are not.
#[test]
fn leads_of_one_address_are_limited() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let mut keys = 0..;
    let mut ask = |source: &str, phone: &str, ip: Option<&str>| {
        let key = format!("s{}", keys.next().unwrap());
        let mut fields = json!({ "phone": phone });
        if let Some(ip) = ip {
            fields["ip_address"] = json!(ip);
        }
        send(switch.address, &switch.token, key.as_str(), &lead(source, &fields)).unwrap()
    };
    let flood = Some("198.51.100.7");
    for (source, phone, ip, expected) in [
        ("ads", "3055550101", flood, (201, "delivered")),
        ("ads", "3055550101", flood, (201, "duplicate_lead")),
        ("ads", "3055550102", flood, (429, "too_many_leads")),
        ("ads", "3055550102", Some("198.51.100.8"), (201, "delivered")),
        ("ads", "3055550103", None, (201, "delivered")),
        ("web", "3055550104", flood, (201, "delivered")),
    ] {
        let answer = ask(source, phone, ip);
        assert_eq!(told(&answer), expected, "{source} {phone} {ip:?}: {answer:?}");
    }
    let (_, metrics) = http::fetch(switch.address, "/metrics", &switch.token);
    assert!(metrics.contains("strowger_leads_total{what=\"limited\"} 1"), "{metrics}");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550102"), 1);
}

#[test]
fn a_consent_that_is_old_or_ahead_is_refused() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    for (key, agreed, code) in [
        ("a", "2020-01-01T00:00:00Z", "consent_expired"),
        ("b", "2999-01-01T00:00:00Z", "consent_in_future"),
        ("c", "yesterday", "invalid_time"),
    ] {
        let fields = json!({ "phone": "3055550101", "tcpa_timestamp": agreed });
        let (status, told) =
            send(switch.address, &switch.token, key, &lead("web", &fields)).unwrap();
        assert_eq!((status, &told["fields"][0]["code"]), (422, &json!(code)), "{told}");
    }
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 0);
}
