//! Form leads at the door: what is refused before any buyer gets it, over HTTP and as the program
//! stores it.

use std::fs;
use std::thread;

use serde_json::Value;
use serde_json::json;

use crate::http;
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
        "[[source]]\nid = \"web\"\n[[source]]\nid = \"ads\"\n\
         [[offer]]\nid = \"o\"\nduplicate = [{{ fields = [\"phone\"] }}, {{ fields = [\"email\"] }}]\n\
         fields = [{{ name = \"phone\", type = \"phone\", required = true }}, \
         {{ name = \"dob\", type = \"birth_date\", min = 18 }}, \
         {{ name = \"cert\", type = \"trusted_form\" }}]\n\
         [[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\ncaps = {{ day = 4 }}\n\
         delivery = {{ post = \"http://{}/accepts\", format = \"json\" }}\n",
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
        send(switch.address, &switch.token, &key, &lead(source, &fields)).unwrap()
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
                send(address, &token, &format!("c{client}"), &body).unwrap()
            })
        })
        .collect();
    let answers: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    let mut told: Vec<&str> = answers.iter().map(|answer| told(answer).1).collect();
    told.sort_unstable();
    assert_eq!(told, ["delivered", "duplicate_lead", "duplicate_lead", "duplicate_lead"]);
    assert_eq!(buyers.posts("/accepts", "+13055550101"), 1);
}
