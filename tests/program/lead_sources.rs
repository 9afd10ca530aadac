//! Sources that send form leads to `/in/{key}` in the manner of their platforms, with curl.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::http;
use crate::leads::ACCEPTS;
use crate::leads::Buyers;
use crate::switch::Switch;

/// The names and answers of platforms, as sources of a book.
fn sources() -> String {
    let source = |id: &str, more: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\npayout = {{ share = \"50%\" }}\n\
             intake = [{{ key = \"{}\", offer = \"o\", {more} }}]\n",
            key(id)
        )
    };
    [
        source("plain", "live = true"),
        source("new", ""),
        source(
            "prosper",
            "live = true, answer = { preset = \"lead_prosper\" }, \
             names = { phone_number = \"phone\", zip_code = \"zip\" }",
        ),
        source("pedia", "live = true, answer = { preset = \"leadspedia\" }"),
        source("conduit", "live = true, answer = { preset = \"leadconduit\" }"),
        source(
            "boberdoo",
            "live = true, names = { Primary_Phone = \"phone\", First_Name = \"first_name\" }, \
             answer = { preset = \"boberdoo\", words = { rejected = \"No\" } }",
        ),
    ]
    .concat()
}

fn key(source: &str) -> String {
    format!("key-of-{source:-<12}")
}

/// Starts a switch whose one buyer accepts every lead.
fn switch(buyers: &Buyers) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let book = format!(
        "{}[[offer]]\nid = \"o\"\nduplicate = {{ fields = [\"phone\"] }}\n\
         fields = [{{ name = \"phone\", type = \"phone\", required = true }}, \
         {{ name = \"first_name\", type = \"text\" }}, \
         {{ name = \"cert\", type = \"trusted_form\" }}]\n\
         [[buyer]]\nid = \"secret-buyer\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"secret-buyer\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"http://{}{ACCEPTS}\", format = \"json\" }}\n",
        sources(),
        buyers.address
    );
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

/// Runs curl for a path; returns the status, the head, and the body of the answer.
pub(crate) fn curl(switch: &Switch, path: &str, arguments: &[&str]) -> (u16, String, String) {
    let url = format!("http://{}{path}", switch.address);
    let done = Command::new("curl").args(["-s", "-i"]).args(arguments).arg(url).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{said}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn each_platform_sends_and_is_answered_in_its_own_manner() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let at = |source: &str| format!("/in/{}", key(source));

    // Lead Prosper: JSON with names of its own; numbers tell what became of the lead.
    let body = r#"{"phone_number": "3055550101", "zip_code": 90210, "lp_subid1": "a"}"#;
    let sent = ["-H", "Content-Type: application/json", "-d", body];
    let (status, _, told) = curl(&switch, &format!("{}/post", at("prosper")), &sent);
    let answer = json(&told);
    assert_eq!(
        (status, &answer["status"], &answer["code"]),
        (200, &"ACCEPTED".into(), &"0".into())
    );
    assert!(told.contains("\"payout\":5.00"), "{told}");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 1);
    let (status, _, told) = curl(&switch, &format!("{}/post", at("prosper")), &sent);
    assert_eq!((status, &json(&told)["status"]), (200, &"DUPLICATED".into()));
    let sent = ["-H", "Content-Type: application/json", "-d", r#"{"zip_code": "1"}"#];
    let (status, _, told) = curl(&switch, &at("prosper"), &sent);
    assert_eq!((status, &json(&told)["code"]), (200, &"1001".into()));
    assert_eq!(json(&told)["errors"].as_array().unwrap().len(), 2, "{told}");

    // LeadsPedia: a form, answered in XML.
    let (status, head, told) = curl(&switch, &at("pedia"), &["-d", "phone=305-555-0102&lp_s1=x"]);
    assert_eq!(status, 200, "{told}");
    assert!(head.contains("content-type: application/xml"), "{head}");
    assert!(told.contains("<response><result>success</result><lead_id>"), "{told}");
    let (_, _, told) = curl(&switch, &at("pedia"), &["-d", "phone=nobody"]);
    assert!(told.contains("<result>failed</result>"), "{told}");
    assert!(told.contains("<errors><error><field>phone</field>"), "{told}");

    // LeadConduit: a form, and a page for the consumer's browser.
    let form = "phone=3055550103&xxTrustedFormCertUrl=https://cert.trustedform.com/0.a";
    let (status, _, told) = curl(&switch, &at("conduit"), &["-d", form]);
    let answer = json(&told);
    assert_eq!((status, &answer["outcome"]), (201, &"success".into()), "{told}");
    assert!(answer["lead"]["id"].is_string(), "{told}");
    let form = "phone=3055550104&redir_url=https%3A%2F%2Ft.example%2Fthanks";
    let (status, head, _) = curl(&switch, &at("conduit"), &["-d", form]);
    assert_eq!(status, 303);
    assert!(head.contains("location: https://t.example/thanks"), "{head}");
    let form = "phone=3055550105&redir_url=javascript:alert(1)";
    let (status, _, told) = curl(&switch, &at("conduit"), &["-d", form]);
    assert_eq!((status, &json(&told)["outcome"]), (400, &"error".into()));

    // boberdoo: a query, its own case of names, and a word of the book.
    let query = format!("{}?Primary_Phone=3055550106&First_Name=Ann&TYPE=19", at("boberdoo"));
    let (status, _, told) = curl(&switch, &query, &[]);
    assert_eq!(status, 200, "{told}");
    assert!(told.contains("<response><status>Matched</status>"), "{told}");
    let (_, _, told) = curl(&switch, &query, &["-H", "Accept: application/json"]);
    assert_eq!(json(&told)["status"], "Unmatched", "a duplicate: {told}");

    // Nobody is told who bought, and the amounts are the source's own.
    let (_, page) = http::fetch(switch.address, "/v1/leads?status=sold", &switch.token);
    assert_eq!(json(&page)["items"].as_array().unwrap().len(), 5, "{page}");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

#[test]
fn what_cannot_be_read_is_refused_in_the_format_of_the_source() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let plain = format!("/in/{}", key("plain"));
    for (arguments, status, code) in [
        (&["-X", "PUT"][..], 405, "method_not_allowed"),
        (&["-d", "{", "-H", "Content-Type: application/json"], 400, "malformed_body"),
        (&["-d", "x", "-H", "Content-Type: text/plain"], 415, "content_type_unsupported"),
        (&["-d", "x", "-H", "Content-Type:"], 415, "content_type_missing"),
        (&["-d", "phone=1", "-H", "Accept: image/png"], 406, "not_acceptable"),
        (&["-d", "phone=%FF"], 400, "not_utf8"),
        (&["-d", ""], 422, "invalid_lead"),
    ] {
        let (answered, head, told) = curl(&switch, &plain, arguments);
        assert_eq!((answered, &json(&told)["reason"]), (status, &code.into()), "{arguments:?}");
        assert!(status != 405 || head.contains("allow: get, options, post"), "{head}");
        assert!(!told.contains("secret-buyer"), "{told}");
    }
    let (status, head, told) = curl(&switch, &plain, &["-I"]);
    assert_eq!((status, told.as_str()), (405, ""), "{head}");
    let (status, _, _) = curl(&switch, "/in/no-such-key-0123456", &["-d", "phone=3055550101"]);
    assert_eq!(status, 404);
    let (_, page) = http::fetch(switch.address, "/v1/leads?status=sold", &switch.token);
    assert_eq!(json(&page)["items"], Value::Array(Vec::new()));
}

#[test]
fn a_test_and_a_new_source_sell_nothing() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let (new, plain) = (format!("/in/{}", key("new")), format!("/in/{}", key("plain")));
    for (path, form) in [
        (&new, "phone=3055550101"),
        (&plain, "phone=3055550101&lp_test=1"),
        (&plain, "phone=3055550101&lp_action=test"),
        (&plain, "phone=3055550101&Test_Lead=1"),
    ] {
        let (status, _, told) = curl(&switch, path, &["-d", form]);
        let answer = json(&told);
        assert_eq!((status, &answer["status"]), (201, &"sold".into()), "{form}: {told}");
        assert_eq!((&answer["test"], &answer["reason"]), (&true.into(), &"test_lead".into()));
        assert!(told.contains("\"price\":5.00"), "{told}");
        let id = answer["id"].as_str().unwrap();
        let (_, shown) = http::fetch(switch.address, &format!("/v1/leads/{id}"), &switch.token);
        let shown = json(&shown);
        assert_eq!(
            (&shown["reason"], &shown["sales"]),
            (&"test_lead".into(), &Value::Array(vec![]))
        );
    }
    let (status, _, told) = curl(&switch, &new, &["-d", "phone=1"]);
    assert_eq!((status, &json(&told)["test"]), (422, &true.into()), "{told}");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 0);
    // Tests are in no report, and no duplicate of what follows.
    let (_, _, told) = curl(&switch, &plain, &["-d", "phone=3055550101"]);
    assert_eq!(json(&told)["status"], "sold");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

#[test]
fn a_request_with_a_key_is_carried_out_once() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let path = format!("/in/{}", key("plain"));
    let sent = |phone: &str| {
        let form = format!("phone={phone}");
        curl(&switch, &path, &["-H", "Idempotency-Key: k", "-d", &form])
    };
    let (first, again, other) = (sent("3055550101"), sent("3055550101"), sent("3055550102"));
    assert_eq!((first.0, again.0, other.0), (201, 200, 422));
    assert_eq!(first.2, again.2);
    assert_eq!(json(&other.2)["reason"], "key_reused");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 1);
    assert_eq!(buyers.posts(ACCEPTS, "+13055550102"), 0);
}

#[test]
fn google_sends_a_lead_once_and_tests_sell_nothing() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let send = |id: &str, key: &str, phone: &str, test: bool| {
        let body = format!(
            r#"{{"lead_id": "{id}", "google_key": "{key}", "is_test": {test}, "api_version": "1.0",
                "form_id": 17841400000000123456789, "new_member": 1, "user_column_data":
                [{{"column_id": "PHONE_NUMBER", "string_value": "{phone}"}},
                 {{"column_id": "POSTAL_CODE", "string_value": "90210"}}]}}"#
        );
        let sent = ["-H", "Content-Type: application/json", "-d", &body];
        let (status, _, told) = curl(&switch, "/in/google", &sent);
        (status, told)
    };
    let taken = (200, "{}".to_owned());
    let plain = key("plain");
    assert_eq!(send("t", &plain, "+13055550101", true), taken);
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 0);
    assert_eq!(send("a", &plain, "+13055550101", false), taken);
    assert_eq!(send("a", &plain, "+13055550101", false), taken, "sent again");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 1);
    for (id, key, status) in [("b", "", 403), ("b", "no-such-key-01234", 403), ("", &*plain, 400)] {
        let (refused, told) = send(id, key, "+13055550102", false);
        assert_eq!(refused, status, "{told}");
        assert!(json(&told)["message"].is_string(), "{told}");
    }
    let (_, page) = http::fetch(switch.address, "/v1/leads?status=sold", &switch.token);
    let page = json(&page);
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!(page["items"][0]["fields"]["form_id"], "17841400000000123456789");
    assert_eq!(page["items"][0]["fields"]["zip"], "90210");
}

#[test]
fn the_specification_follows_the_live_book() {
    let buyers = Buyers::start();
    let switch = switch(&buyers);
    let path = format!("/in/{}/spec", key("prosper"));
    let (status, head, page) = curl(&switch, &path, &[]);
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/html"), "{head}");
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(page.contains("phone_number") && page.contains("DUPLICATED"), "{page}");
    assert!(!page.contains("secret-buyer"), "{page}");
    let (_, _, told) = curl(&switch, &path, &["-H", "Accept: application/json"]);
    let spec = json(&told);
    assert_eq!(spec["example"]["phone_number"], "3055550123");
    // The example of the page is a lead that is taken.
    let example: Vec<(String, String)> = spec["example"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let form: Vec<String> = example.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut arguments = vec!["-d".to_owned(), "test=1".to_owned()];
    arguments.extend(form.into_iter().flat_map(|pair| ["--data-urlencode".to_owned(), pair]));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (_, _, told) = curl(&switch, &format!("/in/{}", key("prosper")), &arguments);
    assert_eq!(json(&told)["status"], "ACCEPTED", "{told}");
}
