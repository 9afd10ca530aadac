//! Tests of reading deliveries: defaults, every key there and back, and faults with their remedies.

use std::time::Duration;

use super::*;
use crate::base::Method;
use crate::base::Reach;
use crate::book::AnswerFormat;
use crate::book::BodyFormat;
use crate::book::Book;
use crate::book::DeliveryBody;
use crate::book::Judge;
use crate::book::Mark;
use crate::book::MarkTest;
use crate::book::Otherwise;
use crate::book::StatusAsk;
use crate::book::Surroundings;
use crate::book::XmlRoot;
use crate::book::parse;
use crate::book::parse_with;
use crate::book::read::book::tests::book;
use crate::book::read::book::tests::check;
use crate::book::read::book::tests::contract;
use crate::book::to_toml;

/// Returns the text of a form contract with a delivery.
fn form(delivery: &str) -> String {
    let keys = format!("delivery = {delivery}\nchannels = [\"form\"]");
    format!("[[contract]]\n{}", contract(&keys))
}

fn delivery(book: &Book) -> &Delivery {
    book.contracts[0].delivery.as_deref().unwrap()
}

const EVERYTHING: &str = r#"{ post = "https://buyer.example/in/{field.zip}", method = "PUT", format = "xml",
    root = "Lead", headers = { X-Key = "{secret.acme_key}", x-id = "{lead_id}" },
    auth = { username = "us", password = "{secret.acme}" }, timeout = "2500ms",
    fields = { "Contact.Phone" = "{field.phone.national.sha1}", "Contact.@kind" = "home",
        "Phones.0" = "{field.phone}", "Phones.1" = { value = "{field.mobile}", default = "" },
        Own = { value = "{field.owner}", words = { yes = "1", no = "0" }, default = "0" } },
    response = { format = "json", accepted = [{ path = "status", is = ["ok", "sold"] }, { status = [201] }],
        rejected = { words = "no thanks" }, duplicate = [{ regex = "dup" }],
        error = [{ path = "errors", present = true }], otherwise = "unknown",
        reason = ["message", { regex = "why=(.*)" }], reason_default = "no reason",
        price = "price", reference = "id", redirect = "next.url" } }"#;

#[test]
fn missing_keys_have_defaults() {
    let book = book(&form(r#"{ post = "https://buyer.example/leads" }"#));
    let delivery = delivery(&book);
    assert_eq!(delivery.posted().unwrap().method, Method::Post);
    assert_eq!(
        delivery.posted().unwrap().body,
        DeliveryBody::All(BodyFormat::Json, XmlRoot::default())
    );
    assert_eq!(delivery.timeout, Duration::from_secs(10));
    assert_eq!(
        (&delivery.posted().unwrap().headers, &delivery.posted().unwrap().auth),
        (&Vec::new(), &None)
    );
    assert_eq!(delivery.posted().unwrap().response.judge, Judge::Words);
}

#[test]
fn a_ping_outside_an_auction_is_warned_of() {
    let text = form(r#"{ post = "https://buyer.example/", ping = "https://buyer.example/ping" }"#);
    let warning = "2:47: warning: `ping` of a contract for offer `o`, which is no auction (add \
                   `strategy = \"auction\"` to the offer; until then no bid is asked for)";
    check(&text, &[warning]);
    check(&format!("{text}\nstrategy = \"auction\""), &[]);
}

#[test]
fn every_key_is_read_and_written() {
    let text = form(EVERYTHING);
    let first = book(&text);
    let read = delivery(&first);
    assert_eq!(read.timeout, Duration::from_millis(2_500));
    let DeliveryBody::Fields(BodyFormat::Xml, root, fields) = &read.posted().unwrap().body else {
        panic!("{read:?}")
    };
    assert_eq!((root.0.as_str(), fields.len()), ("Lead", 5));
    assert_eq!(read.posted().unwrap().response.format, Some(AnswerFormat::Json));
    let Judge::Marks(marks) = &read.posted().unwrap().response.judge else { panic!("{read:?}") };
    assert_eq!(marks.accepted[1], Mark::Status(vec![201]));
    let words = MarkTest::Words(vec!["no thanks".to_owned()]);
    assert_eq!(marks.rejected, [Mark::Text { path: None, test: words }]);
    assert_eq!(marks.otherwise, Otherwise::Unknown);
    for delivery in [
        EVERYTHING,
        r#"{ post = "https://buyer.example/", method = "GET", response = { verdict = false } }"#,
        r#"{ post = "https://buyer.example/", auth = { bearer = "{secret.x}" }, format = "form" }"#,
        r#"{ post = "https://buyer.example/", body = "{\"a\": {field.age.number}}" }"#,
        r#"{ post = "https://buyer.example/", format = "xml", body = "<a b=\"{field.zip}\"/>" }"#,
        r#"{ post = "https://buyer.example/", response = { reason = { path = "a.b" } } }"#,
        r#"{ post = "https://buyer.example/", ping = "https://buyer.example/ping" }"#,
        r#"{ post = "https://buyer.example/", fields = { lp_ping_id = "{ping_id}" }, timeout = "9s",
            ping = { url = "https://buyer.example/ping", method = "GET", max = { amount = "80.00", currency = "USD" },
            counts = "92.5%", headers = { x-id = "{lead_id}" }, auth = { bearer = "{secret.x}" },
            fields = { ip = "{field.ip}", phone_hash = "{field.phone.digits.sha1}", md5 = "{field.phone.national.md5}" },
            response = { expires = "valid.until", price = "bid" } } }"#,
        r#"{ post = "https://buyer.example/", ping = { url = "https://buyer.example/ping", format = "xml", root = "Ping" } }"#,
        r#"{ post = "https://buyer.example/", later = true, timeout = "30s" }"#,
        r#"{ post = "https://buyer.example/", auth = { token_url = "https://b.example/token", client_id = "{secret.id}",
            client_secret = "{secret.x}", scope = "leads", credentials = "body" } }"#,
        r#"{ email = { to = "a@b.example" } }"#,
        r#"{ timeout = "20s", email = { to = ["a@b.example", "c@d.example"], subject = "{field.zip}", text = "x {price}",
            html = "<p title=\"{field.zip}\">{field.zip}</p>" } }"#,
        r#"{ sheet = { spreadsheet = "1a_B-c", account = "{secret.google}", columns = ["{time}", ""] } }"#,
        r#"{ sheet = { spreadsheet = "x", range = "My Leads!B2", account = "{secret.google}", columns = ["{price}"],
            url = "https://sheets.example" } }"#,
    ] {
        let book = book(&form(delivery));
        let again = parse("again", &to_toml(&book));
        assert_eq!(again.0.as_ref(), Some(&book), "{delivery}: {:?}", again.1);
    }
}

/// Deliveries and their faults.
const FAULTS: &[(&str, &str)] = &[
    (
        r#"{ post = "https://buyer.example/", email = { to = "a@b.example" } }"#,
        "2:14: error: `post` beside `email` (remove one of them)",
    ),
    (
        r#"{ email = { to = "a@b.example" }, sheet = { } }"#,
        "2:46: error: `sheet` beside `email` (make two contracts)",
    ),
    (r#"{ email = { to = [] } }"#, "2:29: error: `to` has from 1 to 20 mailboxes"),
    (
        r#"{ email = { to = "a@b.example", subject = "{field.}" } }"#,
        "2:54: error: `subject` has the unknown token `{field.}` (for a field of the lead: \
         {field.field.})",
    ),
    (
        r#"{ email = { to = "{field.email}" } }"#,
        "2:29: error: `{field.email}` is not an e-mail address, like ops@example.com",
    ),
    (
        r#"{ sheet = { spreadsheet = "a/b", account = "{secret.x}", columns = ["x"] } }"#,
        "2:38: error: `a/b` is not the id of a spreadsheet (copy what stands between /d/ and \
         /edit in its address)",
    ),
    (
        r#"{ sheet = { spreadsheet = "a", account = "{secret.x}", columns = [] } }"#,
        "2:77: error: `columns` has from 1 to 100 items",
    ),
    (
        r#"{ sheet = { spreadsheet = "a", account = "x", columns = ["x"] } }"#,
        "2:53: warning: `account` stands in the book, which its readers see (put it under \
         [secrets] of the settings, and write {secret.name})",
    ),
    (
        r#"{ sheet = { spreadsheet = "a", account = "{secret.x}", columns = ["x"], url = "https://a.example/b" } }"#,
        "2:90: error: `url` has more than a host (leave out the path)",
    ),
    (
        r#"{ post = "https://buyer.example/", later = true, ping = "https://buyer.example/" }"#,
        "2:61: error: `ping` beside `later` (remove one of them: in an auction, the answer to the \
         post decides the sale)",
    ),
    (
        r#"{ post = "https://b.example/", auth = { token_url = "https://b.example/t", client_id = "{field.zip}", client_secret = "{secret.x}" } }"#,
        "2:99: error: `client_id` has `{field.zip}`, which differs between leads (only \
         {secret.name} may stand here)",
    ),
    (
        r#"{ post = "https://b.example/", auth = { bearer = "{secret.x}", scope = "a" } }"#,
        "2:50: error: `auth` is neither user and password nor a token (write { token_url = \
         \"https://…\", client_id = \"…\", client_secret = \"{secret.name}\" })",
    ),
    ("{}", "2:12: error: `post` is missing in `delivery`"),
    (
        r#"{ post = "ftp://buyer.example" }"#,
        "2:21: error: `ftp://buyer.example` is not a web address (write https:// and a host \
         that has no tokens; no user, no fragment, no spaces)",
    ),
    (
        r#"{ post = "http://buyer.example" }"#,
        "2:21: error: `http://` sends data of callers in clear (use https://)",
    ),
    (
        r#"{ post = "https://10.0.0.1/x" }"#,
        "2:21: error: `10.0.0.1` is not a public address ([outbound] allow_private would \
         allow it)",
    ),
    (
        r#"{ post = "https://b.example/{feild.zip}" }"#,
        "2:21: error: `post` has the unknown token `{feild.zip}` (for a field of the lead: \
         {field.feild.zip})",
    ),
    (
        r#"{ post = "https://b.example", fields = { a = "{field.phone.ten}" } }"#,
        "2:57: error: `a` has the unknown token `{field.phone.ten}` (forms of {field.phone}: \
         national, digits, number, flag, upper, lower, mdy, sha256, sha1, md5)",
    ),
    (
        r#"{ post = "https://b.example", format = "soap" }"#,
        "2:51: error: `format` cannot be `soap` (use json, form, xml)",
    ),
    (
        r#"{ post = "https://b.example", timeout = "90s" }"#,
        "2:52: error: `timeout` must be from 1s to 1m, not 90s",
    ),
    (
        r#"{ post = "https://b.example", ping = "ftp://b.example" }"#,
        "2:49: error: `ftp://b.example` is not a web address (write https:// and a host that has \
         no tokens; no user, no fragment, no spaces)",
    ),
    (
        r#"{ post = "https://b.example", ping = { method = "GET" } }"#,
        "2:49: error: `url` is missing in `ping`",
    ),
    (
        r#"{ post = "https://b.example", ping = { url = "https://b.example", counts = "0%" } }"#,
        "2:87: error: `counts` must be above 0%",
    ),
    (
        r#"{ post = "https://b.example", ping = { url = "https://b.example/{field.phone}" } }"#,
        "2:49: error: the ping sends `{field.phone}`, which identifies the person (send its \
         hash, such as {field.phone.sha256})",
    ),
    (
        r#"{ post = "https://b.example", ping = { url = "https://b.example", fields = { n = "{field.first_name.upper}" } } }"#,
        "2:49: error: the ping sends `{field.first_name.upper}`, which identifies the person \
         (send its hash, such as {field.phone.sha256})",
    ),
    (
        r#"{ post = "https://b.example", ping = { url = "https://b.example", body = "{\"id\": \"{ping_id}\"}" } }"#,
        "2:49: error: the ping sends `{ping_id}`, which is known after the ping (use it in the \
         post)",
    ),
    (
        r#"{ post = "https://b.example", auth = { username = "u" } }"#,
        "2:49: error: `auth` is neither user and password nor a token (write { username = \
         \"…\", password = \"{secret.name}\" } or { bearer = \"{secret.name}\" })",
    ),
    (
        r#"{ post = "https://b.example", auth = { username = "a:b", password = "{secret.p}" } }"#,
        "2:62: error: `username` has a colon",
    ),
    (
        r#"{ post = "https://b.example", auth = { bearer = "{secret.b}" }, headers = { Authorization = "x" } }"#,
        "2:88: error: the header `authorization` beside `auth` (remove one of them)",
    ),
    (
        r#"{ post = "https://b.example", headers = { Host = "x" } }"#,
        "2:54: error: the switch sets the header `host` itself (remove it)",
    ),
    (
        r#"{ post = "https://b.example", headers = { X-Id = "x", x-id = "y" } }"#,
        "2:66: error: the header `x-id` is listed twice: case does not matter (remove one of \
         them)",
    ),
    (
        r#"{ post = "https://b.example", fields = {} }"#,
        "2:51: error: `fields` is empty: nothing is sent (remove it to send all fields by \
         their own names)",
    ),
    (
        r#"{ post = "https://b.example", fields = { a = "1", "a.b" = "2" } }"#,
        "2:62: error: `a.b` cannot be sent: `a` is a value and cannot hold others",
    ),
    (
        r#"{ post = "https://b.example", format = "xml", fields = { "a b" = "1" } }"#,
        "2:69: error: `a b` cannot be the name of a value: `a b` is not the name of an XML \
         element",
    ),
    (
        r#"{ post = "https://b.example", body = "{}", fields = { a = "1" } }"#,
        "2:42: error: `body` beside `fields` (remove one of them)",
    ),
    (
        r#"{ post = "https://b.example", body = "{\"a\": x}" }"#,
        "2:49: error: `body` is not JSON: expected value at line 1 column 7 (mend it, or \
         choose another `format`: form, xml, text)",
    ),
    (
        r#"{ post = "https://b.example", method = "GET", body = "{}" }"#,
        "2:58: error: `body` of a GET (use POST, or put it into `post`)",
    ),
    (
        r#"{ post = "https://b.example", root = "a" }"#,
        "2:42: error: `root` without `format = \"xml\"` (remove it)",
    ),
    (
        r#"{ post = "https://b.example", response = { rejected = { words = "no" } } }"#,
        "2:55: error: `rejected` without `accepted` (say which answers accept a lead; no other \
         lead counts as sold)",
    ),
    (
        r#"{ post = "https://b.example", response = { verdict = false, accepted = { words = "a" } } }"#,
        "2:72: error: `accepted` beside `verdict = false` (remove one of them)",
    ),
    (
        r#"{ post = "https://b.example", response = { accepted = { path = "a" } } }"#,
        "2:66: error: `accepted` has no test (give one of is, words, regex, present, or status)",
    ),
    (
        r#"{ post = "https://b.example", response = { accepted = { is = "a", words = "b" } } }"#,
        "2:78: error: `words` beside `is` (make two marks: any of them counts)",
    ),
    (
        r#"{ post = "https://b.example", response = { accepted = { status = 500 } } }"#,
        "2:77: error: `status` must be from 200 to 499, not 500",
    ),
    (
        r#"{ post = "https://b.example", response = { accepted = { regex = "(" } } }"#,
        "2:76: error: `(` is not a pattern: unclosed group",
    ),
    (
        r#"{ post = "https://b.example", response = { accepted = { present = true } } }"#,
        "2:78: error: `present` is true, and needs a `path` (write { path = \"…\", present = \
         true })",
    ),
    (
        r#"{ post = "https://b.example", response = { price = "a..b" } }"#,
        "2:63: error: `a..b` has an empty step: write names with single dots, like \
         `response.status`",
    ),
    (
        r#"{ post = "https://b.example", response = { words = "ok" } }"#,
        "2:55: error: unknown key `words` in `response` (known keys: format, verdict, \
         accepted, rejected, duplicate, error, otherwise, reason, reason_default, price, \
         reference, redirect, expires, destination, duration)",
    ),
];

#[test]
fn faults() {
    for (delivery, expected) in FAULTS {
        check(&form(delivery), &[expected]);
    }
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    check(
        &form(r#"{ post = "https://b.example", auth = { bearer = "s3cr3t" } }"#),
        &["2:60: warning: `bearer` stands in the book, which its readers see (put it under \
           [secrets] of the settings, and write {secret.name})"],
    );
    let keys = r#"delivery = { post = "https://b.example" }
        destination = { sip = "sip:x" }"#;
    check(
        &format!("[[contract]]\n{}", contract(keys)),
        &["2:1: warning: `delivery` of a contract that takes no form leads (add \"form\" to its \
           `channels`)"],
    );
}

#[test]
fn private_addresses_are_as_the_settings_say() {
    for url in ["http://10.0.0.1/x", "http://127.0.0.1:8080/x", "https://buyer.example"] {
        let text = form(&format!("{{ post = \"{url}\" }}"));
        let text = format!("{text}\n[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"");
        let beside = Surroundings { reach: Reach::Anywhere, ..Surroundings::default() };
        assert!(parse_with("b", &text, beside).0.is_some(), "{url}");
        assert_eq!(parse("b", &text).0.is_some(), url.starts_with("https"), "{url}");
    }
}

#[test]
fn bounds_hold_at_their_edges() {
    let fields = |count: usize| {
        let fields: Vec<String> = (0..count).map(|at| format!("f{at} = \"x\"")).collect();
        form(&format!("{{ post = \"https://b.example\", fields = {{ {} }} }}", fields.join(", ")))
    };
    assert_eq!(delivery(&book(&fields(100))).posted().unwrap().body.format(), BodyFormat::Json);
    check(&fields(101), &["2:51: error: `fields` has over 100 items"]);
    let value = |bytes: usize| {
        let value = "x".repeat(bytes);
        form(&format!("{{ post = \"https://b.example\", fields = {{ a = \"{value}\" }} }}"))
    };
    book(&value(1_024));
    check(&value(1_025), &["2:57: error: `a` is over 1024 bytes"]);
    let marks = |count: usize| {
        let marks = vec!["{ words = \"a\" }"; count].join(", ");
        let response = format!("response = {{ accepted = [{marks}] }}");
        form(&format!("{{ post = \"https://b.example\", {response} }}"))
    };
    book(&marks(20));
    check(&marks(21), &["2:66: error: `accepted` has from 1 to 20 marks"]);
    let texts = |count: usize| {
        let texts = vec!["\"a\""; count].join(", ");
        let response = format!("response = {{ accepted = {{ words = [{texts}] }} }}");
        form(&format!("{{ post = \"https://b.example\", {response} }}"))
    };
    book(&texts(20));
    check(&texts(21), &["2:76: error: `words` has from 1 to 20 items"]);
}

/// Every key of a status, there and back.
#[test]
fn a_status_is_read_and_written() {
    let status = r#"{ url = "https://buyer.example/s/{reference}", method = "GET",
        headers = { x-key = "{conversion_key}" }, fields = { id = "{lead_id}" },
        converted = { path = "state", is = "sold" }, contacted = [{ path = "state", is = "called" }],
        lost = { status = [410] }, returned = { words = "returned" },
        response = { price = "paid", reason = "why" }, interval = "5m", for = "90d" }"#;
    let text = form(&format!(r#"{{ post = "https://buyer.example/", status = {status} }}"#));
    let first = book(&text);
    let asked = delivery(&first).status.as_deref().unwrap();
    assert_eq!((asked.interval, asked.converted.len()), (Duration::from_secs(300), 1));
    let written = |book: &Book| {
        let (again, faults) = parse("b", &to_toml(book));
        again.unwrap_or_else(|| panic!("{faults:#?}"))
    };
    assert_eq!(delivery(&written(&first)), delivery(&first));
    let plain = r#"{ url = "https://buyer.example/s", converted = { words = "sold" } }"#;
    let plain = book(&form(&format!(r#"{{ post = "https://buyer.example/", status = {plain} }}"#)));
    let asked = delivery(&plain).status.as_deref().unwrap();
    assert_eq!((asked.interval, asked.within), (StatusAsk::INTERVAL, StatusAsk::WITHIN));
    let nothing = DeliveryBody::Fields(BodyFormat::Json, XmlRoot::default(), Vec::new());
    assert_eq!(asked.ask.body, nothing, "no field is sent unless it is named");
    assert_eq!(delivery(&written(&plain)), delivery(&plain));
}

#[test]
fn faults_of_a_status_are_reported() {
    let url = r#"url = "https://buyer.example/s""#;
    let sold = r#"converted = { words = "sold" }"#;
    for (status, fault) in [
        (format!("{{ {url} }}"), "`converted` is missing"),
        (format!("{{ {sold} }}"), "`url` is missing"),
        (format!(r#"{{ {url}, {sold}, interval = "4m" }}"#), "interval"),
        (format!(r#"{{ {url}, {sold}, for = "91d" }}"#), "for"),
        (
            format!(r#"{{ {url}, {sold}, response = {{ accepted = {{ words = "yes" }} }} }}"#),
            "`response` of `status` gives a verdict",
        ),
    ] {
        let text = form(&format!(r#"{{ post = "https://buyer.example/", status = {status} }}"#));
        let (_, faults) = parse("b", &text);
        assert!(
            faults.iter().any(|found| found.to_string().contains(fault)),
            "{status}: {faults:#?}"
        );
    }
}
