//! Ping and post of sources: in the manner of their platforms, with curl, and with a kill between.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::lead_sources::curl;
use crate::leads::Buyers;
use crate::leads::HIGH_PING;
use crate::leads::LOW_PING;
use crate::switch::Switch;

const JSON: [&str; 2] = ["-H", "Content-Type: application/json"];

fn key(source: &str) -> String {
    format!("key-of-{source:-<12}")
}

/// The names and answers of platforms, as sources of a book; a fifth of each price is kept.
fn sources() -> String {
    let source = |id: &str, of_source: &str, more: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nmargin = {{ share = \"20%\" }}\n{of_source}\n\
             intake = [{{ key = \"{}\", offer = \"o\", live = true, {more} }}]\n",
            key(id)
        )
    };
    [
        source("plain", "", ""),
        source("other", "", ""),
        source("limited", "pings = { max = 2, per = \"1d\" }", ""),
        source(
            "prosper",
            "",
            "answer = { preset = \"lead_prosper\" }, names = { phone_number = \"phone\", \
             zip_code = \"zip\" }",
        ),
        source("pedia", "", "answer = { preset = \"leadspedia\" }"),
        source(
            "boberdoo",
            "",
            "names = { Primary_Phone = \"phone\", Zip = \"zip\" }, \
             answer = { preset = \"boberdoo\" }",
        ),
        // Phonexa: JSON in camel case, and its own name for the id of the ping.
        source(
            "phonexa",
            "",
            "names = { homePhone = \"phone\", zipCode = \"zip\", promise = \"ping_id\" }, \
             answer = { names = { ping_id = \"promise\", expires_at = \"validUntil\" }, \
             words = { bid = \"success\", no_bid = \"failed\", sold = \"success\" } }",
        ),
    ]
    .concat()
}

/// The post of the lower bidder, who takes every lead, and that of the higher one, who takes none.
const LOW_POST: &str = "/generic/accepts/post";
const HIGH_POST: &str = "/generic/rejects/post";

/// Starts a switch with two bidders, of which the higher one refuses the post.
fn switch(buyers: &Buyers) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let mut book = format!(
        "{}[[offer]]\nid = \"o\"\nstrategy = \"auction\"\n\
         fields = [{{ name = \"phone\", type = \"phone\", required = true }}, \
         {{ name = \"zip\", type = \"zip\", required = true }}]\n",
        sources()
    );
    for (name, bids, does) in [("low", "bids-12.00", "accepts"), ("high", "bids-30", "rejects")] {
        book += &format!(
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"o\"\n\
             channels = [\"form\"]\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             caps = {{ day = 20 }}\n\
             delivery = {{ post = \"http://{0}/generic/{does}/post\", \
             ping = \"http://{0}/generic/{bids}/ping\", \
             fields = {{ id = \"{{ping_id}}\", phone = \"{{field.phone}}\", \
             zip = \"{{field.zip}}\" }} }}\n",
            buyers.address
        );
    }
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

/// Returns the content of an element of XML.
fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let from = xml.find(&open).unwrap_or_else(|| panic!("{name}: {xml}")) + open.len();
    xml[from..].split(&close).next().unwrap()
}

fn verify(switch: &Switch) {
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

#[test]
fn each_platform_pings_and_posts_in_its_own_manner() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let send = |source: &str, what: &str, arguments: &[&str]| {
        let (status, _, told) = curl(&switch, &format!("/in/{}/{what}", key(source)), arguments);
        assert_eq!(status, 200, "{source} {what}: {told}");
        told
    };
    // Lead Prosper: JSON, with an id under `lp_ping_id`. The highest bid is 30.00, of which the
    // source gets four fifths; that buyer refuses the post, and the next one bid 12.00.
    let ping = r#"{"zip_code": "90210", "lp_subid1": "a", "state": "CA"}"#;
    let told = read(&send("prosper", "ping", &[&JSON[..], &["-d", ping]].concat()));
    assert_eq!((&told["status"], &told["code"]), (&json!("ACCEPTED"), &json!("0")), "{told}");
    assert_eq!(told["payout"], json!(24.00));
    let post = json!({ "lp_ping_id": told["ping_id"], "zip_code": "90210",
        "phone_number": "3055550101" })
    .to_string();
    let told = read(&send("prosper", "post", &[&JSON[..], &["-d", &post]].concat()));
    assert_eq!((&told["status"], &told["payout"]), (&json!("ACCEPTED"), &json!(9.60)), "{told}");
    assert_eq!(buyers.posts(HIGH_POST, "+13055550101"), 1, "the winner comes first");
    assert_eq!(buyers.body(LOW_POST)["id"], "P-12.00-1");

    // LeadsPedia: a form, answered in XML. The post leaves out what the ping had.
    let told = send("pedia", "ping", &["-d", "zip=90210&lp_campaign_id=1"]);
    assert_eq!((element(&told, "result"), element(&told, "price")), ("success", "24.00"));
    let form = format!("lp_ping_id={}&phone=305-555-0102", element(&told, "ping_id"));
    let told = send("pedia", "post", &["-d", &form]);
    assert_eq!((element(&told, "result"), element(&told, "price")), ("success", "9.60"));
    assert_eq!(buyers.body(LOW_POST)["zip"], "90210");

    // boberdoo: queries, answered in XML, with the id as `lead_id` and `Lead_ID`.
    let told = send("boberdoo", "ping?Zip=90210&Mode=ping&TYPE=19", &[]);
    assert_eq!((element(&told, "status"), element(&told, "price")), ("Matched", "24.00"));
    let query = format!("post?Lead_ID={}&Primary_Phone=3055550103", element(&told, "lead_id"));
    let told = send("boberdoo", &query, &[]);
    assert_eq!((element(&told, "status"), element(&told, "price")), ("Matched", "9.60"));

    // Phonexa: JSON in camel case, with names and words of the book.
    let told =
        read(&send("phonexa", "ping", &[&JSON[..], &["-d", r#"{"zipCode": "90210"}"#]].concat()));
    assert_eq!((&told["status"], &told["price"]), (&json!("success"), &json!(24.00)), "{told}");
    assert!(told["validUntil"].is_string(), "{told}");
    let post = json!({ "promise": told["promise"], "homePhone": "3055550104" }).to_string();
    let (status, _, told) = curl(
        &switch,
        &format!("/in/{}/post", key("phonexa")),
        &[&JSON[..], &["-d", &post]].concat(),
    );
    assert_eq!((status, &read(&told)["status"]), (201, &json!("success")), "{told}");

    // No buyer was told of a person before the post, and each was asked once for each lead.
    for path in [LOW_PING, HIGH_PING] {
        assert_eq!(buyers.posts(path, ""), 4, "{path}");
        let ping = buyers.body(path);
        assert_eq!(ping.as_object().unwrap().keys().next_back().unwrap(), "zip", "{ping}");
        assert!(ping.get("phone").is_none(), "{ping}");
    }
    let (_, page) = http::fetch(switch.address, "/v1/leads?status=sold", &switch.token);
    let page = read(&page);
    assert_eq!(page["items"].as_array().unwrap().len(), 4, "{page}");
    assert_eq!(page["items"][0]["steps"][1]["step"], "pinged", "{page}");
    verify(&switch);
}

#[test]
fn a_ping_has_one_post_of_the_same_place_and_source() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let plain = |what: &str, form: &str| {
        let (status, _, told) =
            curl(&switch, &format!("/in/{}/{what}", key("plain")), &["-d", form]);
        (status, read(&told))
    };
    // What tells of a person is not needed; what the offer wants to know besides, is.
    let (status, told) = plain("ping", "zip=nowhere");
    assert_eq!((status, &told["reason"]), (422, &json!("invalid_lead")), "{told}");
    let (status, told) = plain("ping", "phone=3055550101");
    assert_eq!((status, &told["errors"][0]["field"]), (422, &json!("zip")), "{told}");
    let (status, told) = plain("ping", "zip=90210&phone=3055550101");
    assert_eq!((status, &told["status"], &told["price"]), (200, &json!("bid"), &json!(24.00)));
    let id = told["ping_id"].as_str().unwrap();
    for (form, code) in [
        (format!("ping_id={id}&phone=3055550101&zip=10001"), "ping_mismatch"),
        (
            "ping_id=0190a0b0-0000-7000-8000-000000000001&phone=3055550101".to_owned(),
            "ping_unknown",
        ),
        ("ping_id=nonsense&phone=3055550101".to_owned(), "ping_unknown"),
    ] {
        let (status, told) = plain("post", &form);
        assert_eq!((status, &told["reason"]), (422, &json!(code)), "{form}: {told}");
    }
    let others = format!("ping_id={id}&phone=3055550101");
    let path = format!("/in/{}/post", key("other"));
    let (status, _, told) = curl(&switch, &path, &["-d", &others]);
    assert_eq!((status, &read(&told)["reason"]), (422, &json!("ping_unknown")), "{told}");
    assert_eq!(buyers.posts(LOW_POST, "+13055550101"), 0, "nothing was sold");
    // A lead with wrong fields leaves the ping to a right one.
    let (status, _) = plain("post", &format!("ping_id={id}&phone=1"));
    assert_eq!(status, 422);
    let (status, first) = plain("post", &others);
    assert_eq!((status, &first["status"]), (201, &json!("sold")), "{first}");
    // Another lead on the same ping is answered with the first.
    let (status, again) = plain("post", &format!("ping_id={id}&phone=3055550102"));
    assert_eq!((status, &again["id"]), (200, &first["id"]), "{again}");
    assert_eq!(buyers.posts(LOW_POST, "+13055550101"), 1);
    assert_eq!(buyers.posts(LOW_POST, "+13055550102"), 0);
    // A test asks no buyer, and its post is one too.
    let asked = buyers.posts(LOW_PING, "");
    let (_, test) = plain("ping", "zip=90210&test=1");
    assert_eq!((&test["status"], &test["test"]), (&json!("bid"), &json!(true)), "{test}");
    assert_eq!(buyers.posts(LOW_PING, ""), asked);
    let form = format!("ping_id={}&phone=3055550103", test["ping_id"].as_str().unwrap());
    let (_, told) = plain("post", &form);
    assert_eq!(told["reason"], "test_lead", "{told}");
    assert_eq!(buyers.posts(LOW_POST, "+13055550103"), 0);
    verify(&switch);
}

#[test]
fn pings_are_limited_and_those_never_used_are_reported() {
    let buyers = Buyers::start();
    let mut switch = switch(&buyers);
    let path = format!("/in/{}/ping", key("limited"));
    let ping = |switch: &Switch| {
        let (status, _, told) = curl(switch, &path, &["-d", "zip=90210"]);
        (status, read(&told))
    };
    let (status, first) = ping(&switch);
    assert_eq!((status, &first["status"]), (200, &json!("bid")));
    assert_eq!(ping(&switch).0, 200);
    let (status, told) = ping(&switch);
    assert_eq!((status, &told["reason"]), (429, &json!("too_many_pings")), "{told}");
    let (_, metrics) = http::fetch(switch.address, "/metrics", &switch.token);
    assert!(metrics.contains("strowger_pings_total{answer=\"limited\"} 1"), "{metrics}");
    assert!(metrics.contains("strowger_pings_total{answer=\"bid\"} 2"), "{metrics}");
    let form = format!("ping_id={}&phone=3055550101", first["ping_id"].as_str().unwrap());
    let post = format!("/in/{}/post", key("limited"));
    assert_eq!(curl(&switch, &post, &["-d", &form]).0, 201);
    // What a source has used counts on after a restart.
    switch.end("-KILL");
    switch.start();
    assert_eq!(ping(&switch).0, 429);
    let (_, report) = http::fetch(switch.address, "/v1/reports/pings", &switch.token);
    assert_eq!(
        read(&report)["items"],
        json!([{ "source": "limited", "offer": "o", "pings": 2, "bids": 2, "posted": 1,
            "unused": 0 }])
    );
    let printed = switch.run("pings --source limited");
    let row = printed.lines().nth(1).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells, ["2", "2", "1", "0", "limited", "/", "o"], "{printed}");
}

#[test]
fn a_kill_between_ping_and_post_loses_nothing() {
    let buyers = Buyers::start();
    let mut switch = switch(&buyers);
    let ask = |switch: &Switch, path: &str, body: &Value| {
        let (status, told) =
            http::post(switch.address, path, Some(&switch.token), &body.to_string());
        (status, read(&told))
    };
    let ping = json!({ "offer": "o", "source": "plain", "fields": { "zip": "90210" } });
    let (status, told) = ask(&switch, "/v1/leads/ping", &ping);
    assert_eq!((status, &told["status"]), (200, &json!("bid")), "{told}");
    assert_eq!(told["bid"], json!({ "amount": "24.00", "currency": "USD" }));
    assert!(told["expires_at"].is_string(), "{told}");
    switch.end("-KILL");
    switch.start();
    let post = json!({ "ping_id": told["ping_id"], "fields": { "phone": "3055550101" } });
    let (status, sold) = ask(&switch, "/v1/leads/post", &post);
    assert_eq!((status, &sold["status"]), (201, &json!("sold")), "{sold}");
    assert_eq!((&sold["buyer"], &sold["price"]["amount"]), (&json!("low"), &json!("12.00")));
    assert_eq!(buyers.posts(HIGH_POST, "+13055550101"), 1, "at the bid of before the kill");
    assert_eq!(buyers.posts(HIGH_PING, ""), 1, "asked once");
    switch.end("-KILL");
    switch.start();
    let (status, again) = ask(&switch, "/v1/leads/post", &post);
    assert_eq!((status, &again["id"]), (200, &sold["id"]));
    assert_eq!(buyers.posts(LOW_POST, "+13055550101"), 1);
    for (path, body, expected) in [
        ("/v1/leads/ping", json!({ "offer": "o", "source": "plain", "fields": {} }), 422),
        ("/v1/leads/ping", json!({ "offer": "x", "source": "plain", "fields": {} }), 404),
        ("/v1/leads/post", json!({ "ping_id": told["offer"], "fields": {} }), 400),
    ] {
        let (status, told) = ask(&switch, path, &body);
        assert_eq!(status, expected, "{told}");
    }
    switch.end("-TERM");
    verify(&switch);
}
