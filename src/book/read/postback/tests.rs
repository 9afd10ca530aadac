//! Tests of the reader of postbacks.

use crate::base::Reach;
use crate::book::Concern;
use crate::book::EventKind;
use crate::book::Receiver;
use crate::book::Surroundings;
use crate::book::parse_with;
use crate::book::read::book::tests::book;
use crate::book::read::book::tests::check;

fn with(keys: &str) -> String {
    format!("[[postback]]\nid = \"p\"\n{keys}")
}

#[test]
fn a_postback_is_read_whole() {
    let keys = r#"
        source = "s"
        event = ["call.completed", "call.missed"]
        filter = [{ field = "zip", regex = "^9" }]
        url = "https://t.example/{field.zip}?c={call_id}&p={payout}"
        headers = { "X-Click" = "{tag.click_id}" }
        body = '{"p": {payout}}'
        enabled = false"#;
    let book = book(&with(keys));
    let own = &book.postbacks[0];
    assert_eq!(own.of, Concern::Source("s".parse().unwrap()));
    assert_eq!(own.events, [EventKind::CallCompleted, EventKind::CallMissed]);
    assert_eq!((own.filter.len(), own.enabled), (1, false));
    let Receiver::Http(receiver) = &own.receiver else { panic!("{own:?}") };
    assert_eq!(receiver.headers[0].0, "x-click");
    assert_eq!(receiver.body.as_ref().unwrap().text.as_str(), r#"{"p": {payout}}"#);
    let mail = with("event = \"cap.reached\"\nemail = [\"ops@example.com\"]");
    let book = crate::book::read::book::tests::book(&mail);
    assert!(matches!(&book.postbacks[0].receiver, Receiver::Email(to) if to.len() == 1));
}

#[test]
fn faults() {
    let url = "url = \"https://t.example/\"";
    for (keys, expected) in [
        (
            format!("event = \"call.complete\"\n{url}"),
            "3:9: error: `event` cannot be `call.complete` (did you mean `call.completed`?)",
        ),
        (
            format!("event = []\n{url}"),
            "3:9: error: `event` is empty: nothing is sent (name one or more events)",
        ),
        (
            format!("event = [\"call.missed\", \"call.missed\"]\n{url}"),
            "3:25: error: `call.missed` is listed twice",
        ),
        (
            format!("source = \"s\"\nbuyer = \"acme\"\nevent = \"call.completed\"\n{url}"),
            "4:1: error: `buyer` beside `source` (a postback is for one of source, buyer and \
             offer, or for all: keep one)",
        ),
        (
            format!("source = \"z\"\nevent = \"call.completed\"\n{url}"),
            "3:10: error: source `z` is unknown (declare it in a [[source]], or name one that is)",
        ),
        (
            format!("buyer = \"acme\"\nevent = \"call.missed\"\n{url}"),
            "4:9: error: `call.missed` is never reported here (a call belongs to a buyer only \
             when it is connected)",
        ),
        (
            format!(
                "event = \"cap.reached\"\nfilter = [{{ field = \"zip\", present = true }}]\n{url}"
            ),
            "4:1: error: `filter` beside the event `cap.reached`, which has no fields (make two \
             postbacks)",
        ),
        (
            "event = \"call.missed\"".to_owned(),
            "1:1: error: postback `p` has no receiver (add `url`, or `email`)",
        ),
        (
            format!("event = \"call.missed\"\nemail = [\"a@example.com\"]\n{url}"),
            "4:1: error: `email` beside `url` (make two postbacks)",
        ),
        (
            "event = \"call.missed\"\nemail = [\"ops\"]".to_owned(),
            "4:10: error: `ops` is not an e-mail address, like ops@example.com",
        ),
    ] {
        check(&with(&keys), &[expected]);
    }
}

#[test]
fn faults_of_requests() {
    let url = "url = \"https://t.example/\"";
    for (keys, expected) in [
        (
            "event = \"call.missed\"\nurl = \"https://t.example/{cal_id}\"".to_owned(),
            "4:7: error: `url` has the unknown token `{cal_id}` (did you mean `call_id`?)",
        ),
        (
            "event = \"call.missed\"\nurl = \"https://t.example/{click}\"".to_owned(),
            "4:7: error: `url` has the unknown token `{click}` (for what the caller or the flow \
             said: {field.click}, {tag.click})",
        ),
        (
            "source = \"s\"\nevent = \"call.missed\"\nurl = \"https://t.example/{revenue}\""
                .to_owned(),
            "5:7: error: a source's postback cannot show {revenue} (it belongs to the other side \
             of the sale; remove it)",
        ),
        (
            format!(
                "buyer = \"acme\"\nevent = \"call.completed\"\n{url}\nbody = '{{\"p\": {{payout}}}}'"
            ),
            "6:8: error: a buyer's postback cannot show {payout} (it belongs to the other side of \
             the sale; remove it)",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nbody = '{{\"p\": }}'"),
            "5:8: error: `body` is not JSON: expected value at line 1 column 7 (mend it, or \
             choose another `format`: form, xml, text)",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nformat = \"xml\""),
            "5:1: error: `format` without `body` (add `body`, or remove it)",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nmethod = \"GET\"\nbody = '{{}}'"),
            "6:1: error: `body` of a GET (use POST, or put it into the `url`)",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nheaders = {{ Host = \"x\" }}"),
            "5:13: error: the switch sets the header `host` itself (remove it)",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nheaders = {{ \"x y\" = \"x\" }}"),
            "5:13: error: `x y` is not the name of a header",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nheaders = {{ x = \"a\\nb\" }}"),
            "5:17: error: the header `x` has other than printable ASCII characters",
        ),
        (
            format!("event = \"call.missed\"\n{url}\nsecret = \"x\""),
            "5:1: error: unknown key `secret` in postback `p` (known keys: id, source, buyer, \
             offer, event, filter, url, method, headers, body, format, email, enabled)",
        ),
    ] {
        check(&with(&keys), &[expected]);
    }
    check(
        "[[postback]]\nid = \"dead\"\nevent = \"call.missed\"\nurl = \"https://t.example/\"",
        &["2:6: error: a postback cannot be called `dead` (the path /v1/postbacks/dead lists \
           failed deliveries; use another id)"],
    );
}

/// Ways to write an address, and whether a postback may be sent there.
const FORMS: &[(&str, bool)] = &[
    ("https://t.example/", true),
    ("https://8.8.8.8/", true),
    ("https://[2606:4700::1111]:8443/x?y={call_id}", true),
    ("https://0.0.0.0/", false),
    ("https://10.0.0.1/", false),
    ("https://10.0.0.1./", false),
    ("https://100.64.0.1/", false),
    ("https://127.0.0.1/", false),
    ("https://127.0.0.1:8443/", false),
    ("https://127.1/", false),
    ("https://127.0.1/", false),
    ("https://0177.0.0.1/", false),
    ("https://0x7f.0.0.1/", false),
    ("https://0x7f000001/", false),
    ("https://127.0.0.0x1/", false),
    ("https://2130706433/", false),
    ("https://017700000001/", false),
    ("https://169.254.169.254/latest/meta-data/", false),
    ("https://172.16.0.1/", false),
    ("https://192.168.0.1/", false),
    ("https://192.0.2.1/", false),
    ("https://198.18.0.1/", false),
    ("https://224.0.0.1/", false),
    ("https://255.255.255.255/", false),
    ("https://[::]/", false),
    ("https://[::1]/", false),
    ("https://[::1%25lo]/", false),
    ("https://[::ffff:127.0.0.1]/", false),
    ("https://[::ffff:7f00:1]/", false),
    ("https://[0:0:0:0:0:ffff:10.0.0.1]/", false),
    ("https://[64:ff9b::10.0.0.1]/", false),
    ("https://[2002:7f00:1::]/", false),
    ("https://[fc00::1]/", false),
    ("https://[fe80::1]/", false),
    ("https://[fd00:ec2::254]/", false),
    ("https://localhost/", false),
    ("https://LOCALHOST./", false),
    ("https://a.localhost/", false),
    ("https://nas.home.arpa/", false),
    ("https://１２７.0.0.1/", false),
    ("https://127。0。0。1/", false),
    ("https://user@t.example/", false),
    ("https://t.example@127.0.0.1/", false),
    ("https://127.0.0.1\\\\@t.example/", false),
    ("https://t.example#@127.0.0.1/", false),
    ("https://{field.zip}.example/", false),
    ("https://t.example:{field.zip}/", false),
    ("https://t.example:0/", false),
    ("https:///x", false),
    ("https://t.example /", false),
    ("http://t.example/", false),
    ("http://8.8.8.8/", false),
    ("file:///etc/passwd", false),
    ("gopher://t.example/", false),
    ("//t.example/", false),
];

fn reads(url: &str, reach: Reach) -> bool {
    let text = format!("[[postback]]\nid = \"p\"\nevent = \"call.missed\"\nurl = \"{url}\"");
    parse_with("b", &text, Surroundings { areas: None, reach }).0.is_some()
}

#[test]
fn no_way_of_writing_an_address_reaches_the_private_network() {
    assert!(FORMS.len() >= 40);
    for (url, public) in FORMS {
        assert_eq!(reads(url, Reach::Public), *public, "{url}");
    }
    for network in ["local", "internal", "lan", "home"] {
        assert!(!reads(&format!("https://host.{network}/"), Reach::Public), "{network}");
    }
    check(
        &with("event = \"call.missed\"\nurl = \"https://10.0.0.1/\""),
        &["4:7: error: `10.0.0.1` is not a public address ([outbound] allow_private would allow \
           it)"],
    );
}

#[test]
fn the_private_network_is_reached_where_that_is_allowed() {
    for (url, allowed) in [
        ("http://127.0.0.1:8080/x", true),
        ("http://[::1]:8080/x", true),
        ("https://localhost/", true),
        ("http://t.example/", false),
        ("http://8.8.8.8/", false),
        ("https://0x7f000001/", false),
    ] {
        assert_eq!(reads(url, Reach::Anywhere), allowed, "{url}");
    }
}
