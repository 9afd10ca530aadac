//! Tests of reading requests of sources.

use proptest::prelude::*;

use super::*;
use crate::base::tree::Tree;

const FORM: &str = "application/x-www-form-urlencoded";

fn post<'r>(content_type: &'r str, body: &'r str) -> Received<'r> {
    let content_type = Some(content_type).filter(|content_type| !content_type.is_empty());
    Received { method: "POST", query: "", content_type, accept: None, body: body.as_bytes() }
}

fn get(query: &str) -> Received<'_> {
    Received { method: "GET", query, content_type: None, accept: None, body: b"" }
}

/// Returns the values of a request as `name=value` with spaces between them.
fn values(received: Received<'_>) -> String {
    let sent = read(received).unwrap();
    let pairs: Vec<String> =
        sent.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(" ")
}

#[test]
fn every_format_gives_names_and_values() {
    for (received, expected) in [
        (get("zip=90210&first=A+B&first=C%26D&&=x&empty="), "zip=90210 first=A B first=C&D empty="),
        (post(FORM, "zip=90210&Zip=1"), "zip=90210 Zip=1"),
        (
            post(
                "application/json; charset=UTF-8",
                r#"{"zip": 90210, "id": 17841400000000123456789, "ok": true, "no": null,
                    "c": {"p": ["1", {"x": 2.50}], "e": {}}, "zip": "b"}"#,
            ),
            "zip=90210 id=17841400000000123456789 ok=true c.p.0=1 c.p.1.x=2.50 zip=b",
        ),
        (post("application/vnd.api+json", "\u{FEFF}{\"a\": \"b\"}"), "a=b"),
        (
            post(
                "text/xml",
                "<?xml version=\"1.0\"?><any id=\"7\"><zip>90210</zip><c k=\"v\">t</c><zip>1</zip>\
                 <n><m><![CDATA[<&>]]></m></n></any>",
            ),
            "id=7 zip=90210 c.k=v c=t zip=1 n.m=<&>",
        ),
        (post("application/xml", "<a/>"), ""),
        (post("", ""), ""),
        (Received { query: "a=1", ..post("image/png", "") }, "a=1"),
        (Received { body: b"zip=1", ..get("a=1") }, "a=1"),
    ] {
        assert_eq!(values(received), expected, "{received:?}");
    }
}

#[test]
fn the_query_is_merged_over_the_body() {
    let received = Received { query: "ZIP=2&x=3", ..post(FORM, "zip=1&y=4&x=5&y=6") };
    assert_eq!(values(received), "ZIP=2 x=3 y=4 y=6");
}

#[test]
fn refusals_have_status_and_code() {
    let long = "x".repeat(8 * 1024 + 1);
    let wide = format!("{long}=1");
    let name = format!("{}=1", "n".repeat(201));
    let value = format!("a={long}");
    for (received, status, code) in [
        (Received { method: "PUT", ..get("") }, 405, "method_not_allowed"),
        (Received { method: "get", ..get("") }, 405, "method_not_allowed"),
        (post("", "a=1"), 415, "content_type_missing"),
        (post("multipart/form-data; boundary=x", "a"), 415, "content_type_unsupported"),
        (post("text/plain", "a"), 415, "content_type_unsupported"),
        (post("application/json; charset=iso-8859-1", "{}"), 415, "content_type_unsupported"),
        (Received { accept: Some("image/png"), ..get("") }, 406, "not_acceptable"),
        (Received { accept: Some("application/json;q=0"), ..get("") }, 406, "not_acceptable"),
        (post("application/json", "{\"a\": 1"), 400, "malformed_body"),
        (post("application/json", "[1]"), 400, "not_an_object"),
        (post("application/json", "\"a\""), 400, "not_an_object"),
        (post("application/xml", "<a>"), 400, "malformed_body"),
        (
            post("application/xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
            400,
            "malformed_body",
        ),
        (post("application/xml", "plain"), 400, "malformed_body"),
        (post(FORM, "name=Jos%E9"), 400, "not_utf8"),
        (Received { body: b"{\"a\": \"\xe9\"}", ..post("application/json", "") }, 400, "not_utf8"),
        (post(FORM, &name), 400, "name_too_long"),
        (post(FORM, &wide), 400, "name_too_long"),
        (post(FORM, &value), 400, "value_too_long"),
        (get("redir_url=javascript:alert(1)"), 400, "invalid_redirect"),
    ] {
        let refusal = read(received).unwrap_err();
        assert_eq!((refusal.status(), refusal.code()), (status, code), "{received:?}");
    }
}

#[test]
fn bounds_hold_at_their_edges() {
    let pairs = |count: usize| vec!["a=1"; count].join("&");
    assert_eq!(read(post(FORM, &pairs(200))).unwrap().values.len(), 200);
    assert_eq!(read(post(FORM, &pairs(201))), Err(BodyRefusal::Many(200)));
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    assert!(read(post("application/json", &nested(8))).is_ok());
    assert_eq!(read(post("application/json", &nested(9))), Err(BodyRefusal::Deep(8)));
    let name = format!("{}=1", "n".repeat(200));
    assert!(read(post(FORM, &name)).is_ok());
    let value = format!("a={}", "v".repeat(8 * 1024));
    assert!(read(post(FORM, &value)).is_ok());
    let spaces = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
    assert!(read(post("application/json", &spaces(BODY_BYTES_MAX))).is_ok());
    let large = spaces(BODY_BYTES_MAX + 1);
    assert_eq!(read(post("application/json", &large)), Err(BodyRefusal::Large));
    let query = |bytes: usize| format!("a={}", "&".repeat(bytes - 2));
    assert!(read(get(&query(QUERY_BYTES_MAX))).is_ok());
    assert_eq!(read(get(&query(QUERY_BYTES_MAX + 1))), Err(BodyRefusal::LongQuery));
}

#[test]
fn the_answer_has_the_format_that_is_asked_for() {
    use ReplyFormat as F;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let xml = post("text/xml", "<a/>");
    for (received, accept, expected) in [
        (get(""), None, F::Json),
        (xml, None, F::Xml),
        (xml, Some("*/*"), F::Xml),
        (get(""), Some("*/*"), F::Json),
        (xml, Some("application/json"), F::Json),
        (get(""), Some("text/xml, application/json;q=0.5"), F::Xml),
        (get(""), Some("application/xml;q=0.2, */*;q=0.1"), F::Xml),
        (get(""), Some("application/json;q=0, */*"), F::Xml),
        (get(""), Some("text/plain"), F::Text),
        (get(""), Some(browser), F::Text),
        (get(""), Some(" "), F::Json),
    ] {
        let sent = read(Received { accept, ..received }).unwrap();
        assert_eq!(sent.format, expected, "{accept:?}");
    }
}

#[test]
fn the_next_page_is_an_url_of_the_web() {
    for (url, good) in [
        ("https://t.example/thanks?a=1", true),
        ("HTTP://t.example", true),
        ("javascript:alert(1)", false),
        ("data:text/html,x", false),
        ("//t.example", false),
        ("https://", false),
        ("https:///t.example", false),
        ("https://t.example/\r\nSet-Cookie: a=b", false),
    ] {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("Redir_URL", url).append_pair("zip", "1").finish();
        let sent = read(get(&query));
        match good {
            true => {
                let sent = sent.unwrap();
                assert_eq!(sent.redirect.as_deref(), Some(url));
                assert_eq!(sent.values, [("zip".to_owned(), "1".to_owned())]);
            }
            false => assert_eq!(sent, Err(BodyRefusal::Redirect), "{url}"),
        }
    }
    assert_eq!(read(get("redir_url=")).unwrap().redirect, None);
}

#[test]
fn answers_are_written_in_their_format() {
    let text = |text: &str| Tree::Text(text.to_owned());
    let values = Tree::Named(vec![
        ("outcome".to_owned(), text("failure")),
        ("reason".to_owned(), text("a <b>\r\nc: d")),
        ("price".to_owned(), Tree::Number("0.00".to_owned())),
        ("bids".to_owned(), Tree::List(vec![text("x"), text("y")])),
    ]);
    for (format, media, expected) in [
        (
            ReplyFormat::Json,
            "application/json",
            r#"{"outcome":"failure","reason":"a <b>\r\nc: d","price":0.00,"bids":["x","y"]}"#,
        ),
        (
            ReplyFormat::Xml,
            "application/xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><result><outcome>failure</outcome>\
             <reason>a &lt;b&gt;&#13;\nc: d</reason><price>0.00</price><bids>x</bids>\
             <bids>y</bids></result>",
        ),
        (
            ReplyFormat::Text,
            "text/plain; charset=utf-8",
            "outcome: failure\nreason: a <b>  c: d\nprice: 0.00\nbids.0: x\nbids.1: y\n",
        ),
    ] {
        let reply = document_text(format, "result", &values);
        assert_eq!(reply, (media, expected.to_owned()));
    }
}

proptest! {
    /// No request panics, and what is read is within the bounds.
    #[test]
    fn any_request_is_read_or_refused(
        media in prop_oneof![Just(FORM), Just("application/json"), Just("text/xml"), Just("x")],
        query in "\\PC{0,60}",
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..120),
            "([\\[\\]{}\":,<>/=&%a0]|<a>|</a>|null|%C3){0,40}".prop_map(String::into_bytes),
        ],
    ) {
        let received = Received { query: &query, body: &body, ..post(media, "") };
        if let Ok(sent) = read(received) {
            prop_assert!(sent.values.len() <= 200);
        }
    }

    #[test]
    fn forms_come_back(pairs in prop::collection::vec(("[a-z]{1,5}", "[^\u{FFFD}]{0,8}"), 0..6)) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(&pairs).finish();
        prop_assert_eq!(read(post(FORM, &body)).unwrap().values, pairs);
    }
}
