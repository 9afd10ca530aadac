//! Pings for calls in the dialect of Ringba's bidders: formats, repetitions, refusals, and a kill.

use std::fs;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::lead_sources::curl;
use crate::leads::Buyers;
use crate::leads::HIGH_PING;
use crate::leads::LOW_PING;
use crate::switch::Switch;

const JSON: [&str; 2] = ["-H", "Content-Type: application/json"];
const XML: [&str; 2] = ["-H", "Content-Type: text/xml"];

fn path(source: &str, format: &str) -> String {
    format!("/in/key-of-{source:-<12}/rtb.{format}")
}

/// Starts a switch with two bidders, 12.00 and 30.00, whose calls come to +18005550100; the source
/// gets four fifths.
fn switch(buyers: &Buyers) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = text.replace("[media]", "host = \"sip.example\"\n[media]");
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    fs::write(switch.home.path().join("flows/direct.xml"), "<Flow name='direct'><Route/></Flow>")
        .unwrap();
    let source = |id: &str, more: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nmargin = {{ share = \"20%\" }}\n{more}\n\
             intake = [{{ key = \"key-of-{id:-<12}\", offer = \"o\", live = true }}]\n"
        )
    };
    let mut book = [
        source("pub", "call_pings = { life = \"10m\" }"),
        source("strict", "call_pings = { caller_id_required = true }"),
        source("limited", "pings = { max = 1, per = \"1d\" }"),
        source("homeless", ""),
    ]
    .concat();
    book += "[[offer]]\nid = \"o\"\nstrategy = \"auction\"\n\
             fields = [{ name = \"zip\", type = \"zip\", required = true }]\n";
    for (place, source) in ["pub", "strict", "limited"].iter().enumerate() {
        book += &format!(
            "[[number]]\nnumber = \"+1800555010{place}\"\noffer = \"o\"\nsource = \"{source}\"\n\
             flow = \"direct\"\n"
        );
    }
    for (name, ping) in [("low", LOW_PING), ("high", HIGH_PING)] {
        book += &format!(
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"o\"\nbuffer = \"90s\"\n\
             price = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             filters = {{ states = [\"CA\"] }}\n\
             destination = {{ sip = \"sip:{name}@198.51.100.7\" }}\n\
             bidder = {{ url = \"http://{}{ping}\", expose_caller_id = true }}\n",
            buyers.address
        );
    }
    fs::write(switch.home.path().join("calls.toml"), book).unwrap();
    switch.run("book apply calls.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

/// Sends a ping that is answered in JSON.
fn ask(switch: &Switch, source: &str, arguments: &[&str]) -> Value {
    let (status, head, told) = curl(switch, &path(source, "json"), arguments);
    assert_eq!(status, 200, "{arguments:?}: {told}");
    assert!(head.contains("content-type: application/json"), "{head}");
    read(&told)
}

#[test]
fn a_call_is_bid_for_in_every_format_and_a_repeated_ping_gets_the_same_bid() {
    let buyers = Buyers::start();
    let mut switch = switch(&buyers);
    let told = ask(&switch, "pub", &["-G", "-d", "CID=13055550123&zipcode=90210&SubID=7"]);
    let id = told["bidId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("RTB") && id.len() == 35, "{told}");
    assert_eq!(told["bidAmount"], json!(24.00), "{told}");
    assert_eq!(told["phoneNumber"], "+18005550100");
    assert_eq!(told["phoneNumberNoPlus"], "18005550100");
    assert_eq!(told["bidTerms"], json!([{ "code": 100, "callMinDuration": 90 }]), "{told}");
    // The bid of the winner lasts for a minute, less than those of the source.
    let seconds = told["expireInSeconds"].as_u64().unwrap();
    assert!((30..=60).contains(&seconds), "{told}");
    assert!(told["bidExpireEpoch"].is_u64() && told.get("warnings").is_none(), "{told}");
    // The contracts may know the caller, and the source did not allow it.
    let asked = buyers.body(HIGH_PING);
    assert!(asked.get("CID").is_none(), "{asked}");
    assert_eq!((&asked["zipcode"], &asked["State"]), (&json!("90210"), &json!("CA")), "{asked}");
    let times = buyers.posts(HIGH_PING, "");

    // The same caller in XML, and the same id in a form: the same bid, and nobody is asked.
    let body = "<bid_request><cid>+13055550123</cid><zipcode>90210</zipcode></bid_request>";
    let (status, head, xml) =
        curl(&switch, &path("pub", "xml"), &[&XML[..], &["-d", body]].concat());
    assert_eq!(status, 200, "{xml}");
    assert!(head.contains("content-type: application/xml"), "{head}");
    assert!(xml.contains(&format!("<bidId>{id}</bidId>")), "{xml}");
    assert!(xml.contains("<code>230</code>") && xml.contains("<code>100</code>"), "{xml}");
    // A kill loses no promise.
    switch.end("-KILL");
    switch.start();
    let again = ask(&switch, "pub", &["-d", "caller_id=(305) 555-0123&zip=90210"]);
    assert_eq!((&again["bidId"], &again["bidAmount"]), (&json!(id), &json!(24.00)), "{again}");
    assert_eq!(again["warnings"][0]["code"], 230, "{again}");
    assert_eq!(buyers.posts(HIGH_PING, ""), times, "nobody was asked again");

    // JSON, to a SIP address, by the source's own id, and with the caller's number for the bidders.
    let body = r#"{"publisherInboundCallId": "call-1", "sipOk": true, "zipcode": 90210,
        "State": "CA", "CID": "3055550124", "exposeCallerId": "yes"}"#;
    let told = ask(&switch, "pub", &[&JSON[..], &["-d", body]].concat());
    let address = format!("{}@sip.example", told["bidId"].as_str().unwrap());
    assert_eq!(told["sipAddress"], json!(address), "{told}");
    assert!(told.get("phoneNumber").is_none(), "{told}");
    assert_eq!(buyers.body(HIGH_PING)["CID"], "13055550124");
    let body = r#"{"publisherInboundCallId": "call-1", "zipcode": "90210", "CID": "3055550125"}"#;
    let again = ask(&switch, "pub", &[&JSON[..], &["-d", body]].concat());
    assert_eq!(again["bidId"], told["bidId"], "{again}");

    // One person clicks often: pings that come while the first is answered wait for its bid.
    let times = buyers.posts(LOW_PING, "");
    let url = format!("http://{}{}", switch.address, path("pub", "json"));
    let form = ["-s", "-d", "CID=13055550126&zipcode=90210"];
    let start = |_| Command::new("curl").args(form).arg(&url).stdout(Stdio::piped()).spawn();
    let clients: Vec<_> = (0..6).map(start).collect();
    let said =
        |client: Child| String::from_utf8(client.wait_with_output().unwrap().stdout).unwrap();
    let ids = clients.into_iter().map(|client| read(&said(client.unwrap()))["bidId"].clone());
    let ids: Vec<Value> = ids.collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(buyers.posts(LOW_PING, ""), times + 1);

    let report = http::fetch(switch.address, "/v1/reports/pings", &switch.token).1;
    let row = &read(&report)["items"][0];
    assert_eq!(
        (&row["source"], &row["pings"], &row["bids"]),
        (&json!("pub"), &json!(3), &json!(3))
    );
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

#[test]
fn a_refusal_has_ringbas_code_and_status_200() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    switch.run("suppress add +13055550199 --list dnc");
    let zip = "zipcode=90210";
    let code = |source: &str, form: &str| {
        let told = ask(&switch, source, &["-d", form]);
        assert_eq!(told["bidAmount"], json!(0), "{form}: {told}");
        assert!(told.get("phoneNumber").is_none(), "{told}");
        let reason = told["rejectReason"].as_str().unwrap();
        reason.rsplit_once("(Code: ").unwrap().1.trim_end_matches(')').to_owned()
    };
    for (source, form, expected) in [
        // Without a number of the source for the offer there is nowhere to call.
        ("homeless", "CID=13055550123&zipcode=90210", "1001"),
        ("pub", "CID=13055550123&zipcode=", "1002"),
        ("pub", "CID=13055550123&zipcode=9021x", "1002"),
        ("pub", "CID=13055550123&zipcode=10001", "1002"),
        ("pub", "CID=13055550123&zipcode=90210&zipcode=90211", "1002"),
        ("pub", "CID=13055550199&zipcode=90210", "1004"),
        ("pub", "CID=anonymous&zipcode=90210", "1004"),
        ("pub", zip, "1100"),
        ("strict", "sipOk=yes&zipcode=90210", "1100"),
    ] {
        assert_eq!(code(source, form), expected, "{source} {form}");
    }
    let told = ask(&switch, "limited", &["-d", "CID=13055550123&zipcode=90210"]);
    assert_eq!(told["bidAmount"], json!(24.00), "{told}");
    assert_eq!(code("limited", "CID=13055550124&zipcode=90210"), "1024");
    // A SIP address needs no caller: the id of the bid is the address.
    let told = ask(&switch, "pub", &["-d", "sipOk=yes&zipcode=90210"]);
    assert!(told["sipAddress"].is_string(), "{told}");
}

#[test]
fn what_cannot_be_read_gets_one_clear_answer() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let large = switch.home.path().join("large.json");
    fs::write(&large, vec![b' '; 10 << 20]).unwrap();
    let large = format!("@{}", large.display());
    let deep = format!("{}{}", "<a>".repeat(64), "</a>".repeat(64));
    let bomb = "<!DOCTYPE a [<!ENTITY b \"xxxxxxxxxx\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>\
                <a>&c;</a>";
    let many = format!("{{{}\"z\":1}}", "\"a\":[1,2,3,4],".repeat(500));
    for (arguments, statuses) in [
        ([&JSON[..], &["--data-binary", &large]].concat(), [413, 413]),
        ([&JSON[..], &["-d", &many]].concat(), [400, 413]),
        ([&JSON[..], &["-d", "[1]"]].concat(), [400, 422]),
        ([&JSON[..], &["-d", "{\"CID\":"]].concat(), [400, 400]),
        ([&XML[..], &["-d", &deep]].concat(), [400, 413]),
        ([&XML[..], &["-d", bomb]].concat(), [400, 400]),
        (vec!["-d", "CID=%FF"], [400, 400]),
        (vec!["-d", "x", "-H", "Content-Type: image/png"], [415, 415]),
    ] {
        let (status, _, told) = curl(&switch, &path("pub", "json"), &arguments);
        assert!(statuses.contains(&status), "{status} {:.60?}: {told:.300}", arguments);
        assert!(read(&told).is_object() && told.len() < 1_000, "{told:.300}");
    }
    // Values of other types than texts are read as what they are.
    let body = r#"{"CID": 13055550123, "zipcode": 90210, "exposeCallerId": null, "sipOk": 1,
        "nested": {"tag": [true, 2]}}"#;
    let told = ask(&switch, "pub", &[&JSON[..], &["-d", body]].concat());
    assert!(told["sipAddress"].is_string(), "{told}");
    let (status, _, _) = curl(&switch, "/in/no-such-key-0123456/rtb.json", &["-d", "zip=90210"]);
    assert_eq!(status, 404);
    let (status, _, _) = curl(&switch, &path("pub", "yaml"), &["-d", "zip=90210"]);
    assert_eq!(status, 404);
}

/// What publishers' programs really send, from public repositories, with fictitious persons.
#[test]
fn pings_of_real_publishers_are_understood() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let send = |format: &str, arguments: &[&str]| {
        let (status, _, told) = curl(&switch, &path("pub", format), arguments);
        assert_eq!(status, 200, "{arguments:?}: {told}");
        told
    };
    // A service of home repairs: the zip under two spellings, and a whole person. No buyer is told
    // of the person, whom nothing of the ping tells later.
    let body = r#"{"CID": "13055550101", "exposeCallerId": "yes", "zipcode": "90210",
        "Zipcode": "90210", "SubID": "gads-17", "FirstName": "Quillon", "LastName": "Fenwick",
        "Email": "quillon@example.com", "Address": "1 Example Way", "City": "Beverly Hills",
        "State": "California"}"#;
    let told = read(&send("json", &[&JSON[..], &["-d", body]].concat()));
    // What that program checks before it uses a bid.
    assert!(told["bidId"].is_string() && told["phoneNumber"].is_string(), "{told}");
    assert!(told["expireInSeconds"].as_u64().unwrap() > 0 && told["bidAmount"].is_number());
    let asked = buyers.body(HIGH_PING).to_string();
    for of_person in ["Quillon", "Fenwick", "Example Way", "quillon@"] {
        assert!(!asked.contains(of_person), "{asked}");
    }
    assert!(asked.contains("13055550101"), "the source exposes the caller: {asked}");
    // An exchange that reads JSON and sends XML, and one that does the contrary.
    let xml = "<?xml version=\"1.0\"?><BidRequest><CID>+1 (305) 555-0102</CID>\
               <exposeCallerId>no</exposeCallerId><zipcode>90210</zipcode></BidRequest>";
    let told = read(&send("json", &[&XML[..], &["-d", xml]].concat()));
    assert_eq!(told["bidAmount"], json!(24.00), "{told}");
    let body = r#"{"cid": "+13055550103", "zipcode": "90210"}"#;
    let told = send("xml", &[&JSON[..], &["-d", body]].concat());
    assert!(told.contains("<bidAmount>24.00</bidAmount>"), "{told}");
    assert!(told.contains("<callMinDuration>90</callMinDuration>"), "{told}");
    // A report of a cached bid: 39 s left, and the warning 230. The second answer has less time.
    let ask = || read(&send("json", &["-d", "CID=13055550104&zipcode=90210"]));
    let (first, second) = (ask(), ask());
    assert_eq!((&second["bidId"], &second["warnings"][0]["code"]), (&first["bidId"], &json!(230)));
    assert!(second["expireInSeconds"].as_u64() <= first["expireInSeconds"].as_u64());
    assert_eq!(second["bidExpireEpoch"], first["bidExpireEpoch"]);
    // A test of a bid log: a caller that is no number.
    let told = read(&send("json", &[&JSON[..], &["-d", r#"{"caller_id": "123"}"#]].concat()));
    assert!(told["rejectReason"].as_str().unwrap().ends_with("(Code: 1004)"), "{told}");
    // In the manner of Retreaver: the caller's number under its name, and everything else a tag.
    let form = "key=abc&publisher_id=77&caller_number=%2B13055550105&zip=90210&debt_amount=15000";
    let told = read(&send("json", &["-d", form]));
    assert_eq!(told["bidAmount"], json!(24.00), "{told}");
    assert_eq!(buyers.body(HIGH_PING)["debt_amount"], "15000");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}
