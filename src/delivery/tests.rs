//! Tests of requests and verdicts: what stands where, the traps of real answers, and any input.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::Fields;
use crate::base::HttpRequest;
use crate::base::Method;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::SecretName;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::tree::Tree;
use crate::base::tree::TreeBounds;
use crate::base::tree::from_json;
use crate::base::tree::from_xml;
use crate::book;
use crate::book::Contract;
use crate::book::Exchange;

const BOUNDS: TreeBounds = TreeBounds { depth: 16, values: 1_000 };
pub(in crate::delivery) const NASTY: &str =
    "a b&c=\"d\"'<e>/\\%2F?#\r\nX-Bad: y\u{0}é{field.zip}{{7*7}}]]>";

struct Kept(BTreeMap<SecretName, String>);

impl Secrets for Kept {
    fn secret(&self, name: &SecretName) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

pub(in crate::delivery) fn secrets() -> impl Secrets {
    let pairs = [("acme_key", "k&y:1"), ("acme", "p@ss \"word\"")];
    Kept(pairs.map(|(name, secret)| (name.parse().unwrap(), secret.to_owned())).into())
}

/// Settings without secrets.
pub(in crate::delivery) struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _name: &SecretName) -> Option<&str> {
        None
    }
}

/// Returns how leads of a contract are posted whose book says so.
fn delivery(keys: &str) -> Exchange {
    let contract = contract_with(&format!("post = \"https://buyer.example/in\", {keys}"));
    contract.delivery.as_ref().unwrap().posted().unwrap().clone()
}

/// Returns a contract whose delivery has these keys.
pub(in crate::delivery) fn contract_with(keys: &str) -> Contract {
    let text = format!(
        "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n[[contract]]\nid = \"c\"\n\
         buyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"45.00\", currency = \"USD\" }}\n\
         delivery = {{ {keys} }}\n"
    );
    let (book, faults) = book::parse("b", &text);
    let book = book.unwrap_or_else(|| panic!("{faults:?}"));
    book.contracts[0].clone()
}

pub(in crate::delivery) fn fields(pairs: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.set(name.parse().unwrap(), value, Origin::Form);
    }
    fields
}

/// Returns the request that posts a lead with these fields.
fn sent(delivery: &Exchange, fields: &Fields) -> HttpRequest {
    sent_with(delivery, fields, &secrets()).unwrap()
}

pub(in crate::delivery) fn sent_with(
    delivery: &Exchange,
    fields: &Fields,
    secrets: &dyn Secrets,
) -> Result<HttpRequest, Unsendable> {
    posted(delivery, fields, secrets, false)
}

/// Returns the request that posts a test lead without fields.
pub(in crate::delivery) fn test_lead(
    delivery: &Exchange,
    secrets: &dyn Secrets,
) -> Result<HttpRequest, Unsendable> {
    posted(delivery, &Fields::default(), secrets, true)
}

fn posted(
    delivery: &Exchange,
    fields: &Fields,
    secrets: &dyn Secrets,
    test: bool,
) -> Result<HttpRequest, Unsendable> {
    let lead = Lead { test, ..lead_of(fields) };
    request(delivery, &lead, secrets)
}

/// Returns a lead with these fields.
pub(in crate::delivery) fn lead_of(fields: &Fields) -> Lead<'_> {
    static OFFER: LazyLock<OfferId> = LazyLock::new(|| "o".parse().unwrap());
    static SOURCE: LazyLock<SourceId> = LazyLock::new(|| "s".parse().unwrap());
    static CONTRACT: LazyLock<ContractId> = LazyLock::new(|| "c".parse().unwrap());
    Lead {
        id: "0190a0b0-0000-7000-8000-000000000001",
        offer: &OFFER,
        source: &SOURCE,
        contract: &CONTRACT,
        price: Money::parse("45.00", Currency::USD).unwrap(),
        at: Wall::from_micros(1_764_385_200_000_000),
        fields,
        test: false,
        ping_id: None,
        hashed: &[],
        conversion_url: None,
        reference: None,
    }
}

#[test]
fn all_fields_are_sent_by_their_own_names() {
    let mut all = fields(&[("zip", "90210"), ("first_name", "Ann & Bob")]);
    all.set("state".parse().unwrap(), "CA", Origin::Zip);
    all.set("score".parse().unwrap(), "77", Origin::Score);
    all.set("earlier_inquiries".parse().unwrap(), "2", Origin::History);
    for (keys, media, body) in [
        ("", "application/json", "{\"first_name\":\"Ann & Bob\",\"zip\":\"90210\"}"),
        (
            "format = \"form\"",
            "application/x-www-form-urlencoded",
            "first_name=Ann+%26+Bob&zip=90210",
        ),
        (
            "format = \"xml\"",
            "application/xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><lead><first_name>Ann &amp; Bob</first_name>\
             <zip>90210</zip></lead>",
        ),
    ] {
        let request = sent(&delivery(keys), &all);
        assert_eq!(
            (request.method, request.url.as_str()),
            (Method::Post, "https://buyer.example/in")
        );
        assert_eq!(request.headers, [("content-type".to_owned(), media.to_owned())]);
        assert_eq!(request.body, body);
    }
    let request = sent(&delivery("method = \"GET\""), &all);
    assert_eq!(request.url, "https://buyer.example/in?first_name=Ann+%26+Bob&zip=90210");
    assert_eq!((request.headers, request.body), (Vec::new(), String::new()));
}

#[test]
fn values_are_sent_in_the_buyers_names_forms_and_words() {
    let keys = r#"fields = { "Request.Key" = "{secret.acme_key}", "Request.Mode" = "post",
        "Request.Phone" = "{field.phone.national}", "Request.Age" = "{field.age.number}",
        "Request.Owner" = "{field.owner.flag}", "Request.Bad" = "{field.zip.flag}",
        "Request.None" = "{field.none}", "Request.Empty" = { value = "{field.none}", default = "" },
        "Request.Kind" = { value = "{field.kind}", words = { House = "1", flat = "2" } },
        "Request.Other" = { value = "{field.other}", words = { x = "1" }, default = "9" },
        "Request.Test" = { value = "{test}", words = { true = "1" } },
        "Request.List.0" = "{field.none}", "Request.List.1" = "b", "Request.List.10" = "never" }"#;
    let keys = keys.replace(", \"Request.List.10\" = \"never\"", "");
    let lead = fields(&[
        ("phone", "+13055550123"),
        ("age", "42"),
        ("owner", "yes"),
        ("zip", "90210"),
        ("kind", "HOUSE"),
        ("other", "y"),
    ]);
    let body: serde_json::Value =
        serde_json::from_str(&sent(&delivery(&keys), &lead).body).unwrap();
    let expected = serde_json::json!({"Request": {"Key": "k&y:1", "Mode": "post",
        "Phone": "3055550123", "Age": 42, "Owner": true, "Empty": "", "Kind": "1", "Other": "9",
        "List": ["b"]}});
    assert_eq!(body, expected);
}

#[test]
fn credentials_come_from_the_settings() {
    let basic = delivery(r#"auth = { username = "us", password = "{secret.acme}" }"#);
    let value = ("authorization".to_owned(), "Basic dXM6cEBzcyAid29yZCI=".to_owned());
    assert!(sent(&basic, &fields(&[])).headers.contains(&value));
    let bearer = delivery(r#"auth = { bearer = "{secret.acme_key}" }"#);
    let value = ("authorization".to_owned(), "Bearer k&y:1".to_owned());
    assert!(sent(&bearer, &fields(&[])).headers.contains(&value));
}

#[test]
fn nothing_is_sent_without_a_secret() {
    for keys in [
        r#"auth = { bearer = "{secret.other}" }"#,
        r#"headers = { x = "{secret.other}" }"#,
        r#"fields = { x = "{secret.other}" }"#,
        r#"body = "{\"x\": {secret.other}}""#,
    ] {
        let sent = sent_with(&delivery(keys), &Fields::default(), &secrets());
        assert_eq!(sent, Err(Unsendable::Secret("other".parse().unwrap())), "{keys}");
    }
}

#[test]
fn a_request_has_a_bound() {
    let text = "{field.a}".repeat(1_800);
    let large = delivery(&format!("format = \"form\", body = \"{text}\""));
    for (bytes, fits) in [(100, true), (512, false)] {
        let fields = fields(&[("a", &"x".repeat(bytes))]);
        let sent = sent_with(&large, &fields, &secrets());
        assert_eq!(sent.is_ok(), fits);
        assert!(fits || sent == Err(Unsendable::Large));
    }
}

/// Returns the requests of every format with a value in every place, and the value as it is read
/// back from each.
fn places(value: &str) -> Vec<(HttpRequest, Option<String>)> {
    let lead = fields(&[("a", value)]);
    let head = r#"headers = { x-a = "{field.a}" }"#;
    let named = r#"fields = { "p.a" = "{field.a}" }"#;
    let json = |request: HttpRequest| {
        let read = from_json(&request.body, BOUNDS).unwrap();
        let read = read.named("p").and_then(|p| p.named("a")).and_then(Tree::text);
        let read = read.map(|text| text.into_owned());
        (request, read)
    };
    let xml = |request: HttpRequest| {
        let (_, read) = from_xml(&request.body, BOUNDS).unwrap();
        let read = read.named("p").and_then(|p| p.named("a")).and_then(Tree::text);
        let read = read.map(|text| text.into_owned());
        (request, read)
    };
    let form = |request: HttpRequest| {
        let text = match request.url.split_once('?') {
            Some((_, query)) => query,
            None => &request.body,
        };
        let read: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
        assert!(read.len() <= 1, "{request:?}");
        let read = read.first().map(|(_, value)| value.clone().into_owned());
        (request, read)
    };
    let of = |keys: String| sent(&delivery(&keys), &lead);
    vec![
        json(of(format!("{head}, {named}"))),
        json(of(format!("{head}, body = \"{{\\\"p\\\": {{\\\"a\\\": \\\"{{field.a}}\\\"}}}}\""))),
        xml(of(format!("{head}, format = \"xml\", {named}"))),
        xml(of(format!("{head}, format = \"xml\", body = \"<r><p><a>{{field.a}}</a></p></r>\""))),
        form(of(format!("{head}, format = \"form\", {named}"))),
        form(of(format!("{head}, format = \"form\", body = \"p.a={{field.a}}\""))),
        form(of(format!("{head}, method = \"GET\", {named}"))),
    ]
}

#[track_caller]
fn check_places(value: &str) {
    for (request, read) in places(value) {
        let media = request.headers.iter().find(|(name, _)| name == "content-type");
        let is_xml = media.is_some_and(|(_, media)| media == "application/xml");
        let kept = |text: &str| -> String {
            let allowed = |c: &char| crate::base::xml::is_kept(crate::base::xml::Kind::Words, *c);
            text.chars().filter(allowed).collect::<String>().trim().to_owned()
        };
        match is_xml {
            // XML drops the characters that it forbids, and the reader trims.
            true => assert_eq!(kept(&read.unwrap_or_default()), kept(value), "{request:?}"),
            false => assert_eq!(read.unwrap_or_default(), value, "{request:?}"),
        }
        assert_eq!(request.url.split('?').next(), Some("https://buyer.example/in"));
        let (_, header) = request.headers.iter().find(|(name, _)| name == "x-a").unwrap();
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header:?}");
    }
}

#[test]
fn no_value_breaks_out_of_its_place() {
    for value in [
        NASTY,
        "\",\"admin\":true,\"x\":\"",
        "</a></p><p><a>x",
        "&x=1&y=2",
        "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>&x;",
        "{secret.acme_key}{field.a}{{ lead }}{% raw %}",
        "=HYPERLINK(\"http://x\")",
    ] {
        check_places(value);
    }
}

/// Returns the verdict on an answer by the response rule of a delivery.
fn judged(response: &str, status: u16, body: &str) -> Verdict {
    let keys = if response.is_empty() { String::new() } else { format!("response = {response}") };
    let rule = delivery(&keys).response;
    verdict(&rule, Currency::USD, Answer { status, body: body.as_bytes() })
}

/// Returns a verdict in one word and its particulars.
pub(in crate::delivery) fn shown(verdict: &Verdict) -> String {
    let taken = |word: &str, taken: &Acceptance| {
        let Acceptance { reference, price, redirect } = taken;
        let price = match price {
            AnsweredPrice::Unsaid => String::new(),
            AnsweredPrice::Amount(amount) => format!(" for {amount}"),
            AnsweredPrice::Unreadable(text) => format!(" for unreadable {text}"),
        };
        let reference = reference.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
        let redirect = redirect.as_ref().map(|url| format!(" to {url}")).unwrap_or_default();
        format!("{word}{reference}{price}{redirect}")
    };
    let because = |word: &str, reason: &Option<String>| match reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    match verdict {
        Verdict::Accepted(acceptance) => taken("accepted", acceptance),
        Verdict::Delivered(acceptance) => taken("delivered", acceptance),
        Verdict::Rejected { reason } => because("rejected", reason),
        Verdict::Duplicate { reason } => because("duplicate", reason),
        Verdict::Trouble(trouble) => format!("trouble: {trouble}"),
    }
}

const MARKED: &str = r#"{ accepted = [{ path = "status", is = "accepted" }],
    duplicate = [{ path = "status", is = "duplicated" }, { status = 409 }],
    error = [{ path = "status", is = "error" }], reason = ["message", "errors"], price = "payout",
    reference = "lead_id", redirect = "next" }"#;

const WHOLE: &str = r#"{ accepted = { words = "accepted" } }"#;
const EXACT: &str = r#"{ accepted = { path = "response.status", is = "Matched" } }"#;
const ERRORS: &str = r#"{ rejected = { path = "errors", present = true },
    accepted = { path = "lead_id", present = true } }"#;
const INNER: &str = r#"{ accepted = { path = "d.status", is = "ok" }, price = "d.price" }"#;
const SALESFORCE: &str = "{ verdict = false }";
const JSON: &str = r#"{ format = "json", accepted = { path = "ok", is = "true" } }"#;
const TEXT: &str =
    r#"{ format = "text", accepted = { regex = "^OK" }, reference = { regex = "id=(\\d+)" } }"#;

/// A trap, the response rule, the status and text of an answer, and what it means.
const TRAPS: &[(&str, &str, u16, &str, &str)] = &[
    // 1. Whole words or an exact field.
    ("unmatched", "", 200, "Unmatched", "rejected"),
    ("not accepted", "", 200, "Lead not accepted", "rejected"),
    ("not accepted, by a word", WHOLE, 200, "Lead not accepted", "rejected"),
    ("unaccepted, by a word", WHOLE, 200, "unaccepted", "rejected"),
    ("accepted, by a word", WHOLE, 200, "Lead: Accepted!", "accepted"),
    ("exact field", EXACT, 200, "<response><status>Unmatched</status></response>", "rejected"),
    ("exact field", EXACT, 200, "<response><status> matched </status></response>", "accepted"),
    // 2. A lead id comes back with errors too.
    ("id with errors", "", 200, r#"{"lead_id": "7", "errors": ["bad zip"]}"#, "rejected: bad zip"),
    (
        "id with errors",
        ERRORS,
        200,
        r#"{"lead_id": "7", "errors": [["bad", "zip"]]}"#,
        "rejected: bad; zip",
    ),
    ("id without errors", ERRORS, 200, r#"{"lead_id": "7", "errors": []}"#, "accepted as 7"),
    ("no errors said", "", 200, r#"{"success": true, "error": null, "id": 12}"#, "accepted as 12"),
    // 3. Salesforce answers 200 to everything.
    ("salesforce", SALESFORCE, 200, "<html><body>Error: invalid oid</body></html>", "delivered"),
    ("salesforce", SALESFORCE, 200, "", "delivered"),
    ("salesforce down", SALESFORCE, 503, "", "trouble: the answer has status 503"),
    // 4. Formats within formats.
    (
        "json in a string",
        INNER,
        200,
        r#"{"d": "{\"status\": \"OK\", \"price\": 3.10}"}"#,
        "accepted for 3.10 USD",
    ),
    (
        "json as a string",
        "",
        200,
        r#""{\"status\": \"sold\", \"lead_id\": \"a\"}""#,
        "accepted as a",
    ),
    (
        "cdata",
        "",
        200,
        "<r><result><![CDATA[success]]></result><price>12.5</price></r>",
        "accepted for 12.50 USD",
    ),
    ("byte order mark", "", 200, "\u{FEFF}{\"status\": \"accepted\"}", "accepted"),
    ("a list at the root", "", 200, r#"[{"status": "accepted", "id": 5}]"#, "accepted as 5"),
    (
        "jsonp",
        "",
        200,
        "cb({\"success\": true, \"nextPage\": \"https://t.example/\"});",
        "accepted to https://t.example/",
    ),
    (
        "json within text",
        JSON,
        200,
        "<html>maintenance</html>",
        "trouble: the answer is not json: expected value at line 1 column 1",
    ),
    ("text that is json", TEXT, 200, "OK id=42", "accepted as 42"),
    ("text override", TEXT, 200, "{\"ok\": 1}", "rejected"),
    // 5. Prices.
    ("dollars", "", 200, r#"{"status": "ok", "price": "$12.50"}"#, "accepted for 12.50 USD"),
    ("comma", "", 200, r#"{"status": "ok", "price": "12,50"}"#, "accepted for unreadable 12,50"),
    ("negative", "", 200, r#"{"status": "ok", "price": -3}"#, "accepted for unreadable -3"),
    ("not a number", "", 200, r#"{"status": "ok", "price": "NaN"}"#, "accepted for unreadable NaN"),
    ("exact", "", 200, r#"{"status": "ok", "price": 0.29}"#, "accepted for 0.29 USD"),
    (
        "bids",
        "",
        200,
        r#"{"status": "success", "bids": [{"bid_id": "b", "payout": "9.05"}]}"#,
        "accepted for 9.05 USD",
    ),
    // Statuses.
    (
        "rejected with 200",
        "",
        200,
        r#"{"status": "Rejected", "message": "sold out"}"#,
        "rejected: sold out",
    ),
    ("rejected with 400", "", 400, r#"{"error": "zip"}"#, "rejected: zip"),
    ("conflict", "", 409, "", "duplicate"),
    ("conflict by a mark", MARKED, 409, "{}", "duplicate"),
    ("unauthorized", "", 401, "{}", "trouble: the answer has status 401"),
    ("success with 404", "", 404, "ok", "trouble: the answer has status 404"),
    (
        "accepted with 500",
        "",
        500,
        r#"{"status": "accepted"}"#,
        "trouble: the answer has status 500",
    ),
    ("accepted with 400 by a mark", MARKED, 400, r#"{"status": "Accepted"}"#, "accepted"),
    ("moved", "", 302, "", "trouble: the answer has status 302 and leads elsewhere"),
    ("empty", "", 200, "", "delivered"),
    ("empty with marks", MARKED, 200, "", "trouble: the answer says neither yes nor no"),
    (
        "page",
        "",
        200,
        "<!DOCTYPE html><html><p>accepted</html>",
        "trouble: the answer says neither yes nor no",
    ),
    (
        "page",
        MARKED,
        200,
        "<html><p>accepted</p></html>",
        "trouble: the answer says neither yes nor no",
    ),
    ("garbage", MARKED, 200, "%&$", "trouble: the answer says neither yes nor no"),
    ("nothing said", "", 200, r#"{"id": "7"}"#, "trouble: the answer says neither yes nor no"),
    // Marks.
    (
        "all parts",
        MARKED,
        201,
        r#"{"status": "ACCEPTED", "lead_id": 17841400000000123456789, "payout": "4.5", "next": "https://t.example/?a=1"}"#,
        "accepted as 17841400000000123456789 for 4.50 USD to https://t.example/?a=1",
    ),
    ("duplicate", MARKED, 200, r#"{"status": "DUPLICATED", "message": "seen"}"#, "duplicate: seen"),
    (
        "error",
        MARKED,
        200,
        r#"{"status": "ERROR", "message": "no key", "errors": {"lp_key": ["bad"]}}"#,
        "trouble: the buyer reports an error: no key; bad",
    ),
    ("otherwise", MARKED, 200, r#"{"status": "REJECTED"}"#, "rejected"),
    (
        "javascript as a redirect",
        MARKED,
        200,
        r#"{"status": "accepted", "next": "javascript:alert(1)"}"#,
        "accepted",
    ),
    (
        "line breaks in a reason",
        "",
        200,
        "{\"status\": \"rejected\", \"reason\": \"a\\r\\nSet-Cookie: b\"}",
        "rejected: a Set-Cookie: b",
    ),
    (
        "duplicate in the message",
        "",
        200,
        r#"{"success": false, "message": "Duplicate lead"}"#,
        "duplicate: Duplicate lead",
    ),
    (
        "success without match",
        "",
        200,
        "<response><status>Success</status><result>Unmatched</result></response>",
        "rejected",
    ),
    ("numbers", "", 200, "1", "accepted"),
    ("numbers", "", 200, "0", "rejected"),
    ("numbers", "", 200, r#"{"Result": 2, "Errors": "no coverage"}"#, "rejected: no coverage"),
];

#[test]
fn traps_of_real_answers() {
    for (trap, response, status, body, expected) in TRAPS {
        assert_eq!(shown(&judged(response, *status, body)), *expected, "{trap}: {body}");
    }
}

#[test]
fn an_answer_has_a_bound() {
    let body = |bytes: usize| format!("accepted{}", " ".repeat(bytes - "accepted".len()));
    assert_eq!(shown(&judged("", 200, &body(ANSWER_BYTES_MAX))), "accepted");
    let long = judged("", 200, &body(ANSWER_BYTES_MAX + 1));
    assert_eq!(long, Verdict::Trouble(Trouble::Long));
    let nested = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(judged("", 200, &nested), Verdict::Trouble(Trouble::Unclear));
    let reason = format!("{{\"status\": \"rejected\", \"reason\": \"{}\"}}", "é".repeat(400));
    let Verdict::Rejected { reason: Some(reason) } = judged("", 200, &reason) else { panic!() };
    assert_eq!(reason.len(), 300);
}

#[test]
fn a_buyer_may_have_a_lead_unless_it_says_otherwise() {
    for (trouble, may) in [
        (Trouble::Status(503), true),
        (Trouble::Status(401), false),
        (Trouble::Status(429), false),
        (Trouble::Redirected(302), true),
        (Trouble::Reported(None), false),
        (Trouble::Unreadable("json", String::new()), true),
        (Trouble::Unclear, true),
        (Trouble::Long, true),
    ] {
        assert_eq!(trouble.may_have_it(), may, "{trouble:?}");
    }
}

proptest! {
    #[test]
    fn any_value_stays_in_its_place(value in "(\\PC|[\\x00-\\x1f\"'<>&=%{}\\\\]){1,40}") {
        check_places(&value);
    }

    /// No answer panics, and none is accepted with a status that refuses it.
    #[test]
    fn any_answer_is_judged(
        status in 0_u16..700,
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "([\\[\\]{}\",:0-9<>/=]|status|accepted|not|error|price|<a>|</a>|null|true){0,40}"
                .prop_map(String::into_bytes),
        ],
        marked in any::<bool>(),
    ) {
        let rule = delivery(&format!("response = {}", if marked { MARKED } else { "{}" })).response;
        let verdict = verdict(&rule, Currency::USD, Answer { status, body: &body });
        if !(200..500).contains(&status) {
            prop_assert_eq!(&verdict, &Verdict::Trouble(Trouble::Status(status)));
        }
        if let (Verdict::Accepted(_), false) = (&verdict, marked) {
            prop_assert!(status < 300);
        }
    }
}
