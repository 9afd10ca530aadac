//! Tests of pings: what they send, and what the answers of real bidders mean.

use super::*;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::SecretName;
use crate::book;
use crate::book::BodyFormat;
use crate::book::CallerId;
use crate::book::DeliveryBody;
use crate::book::Exchange;
use crate::book::RingbaBody;
use crate::book::SipOk;
use crate::book::XmlRoot;
use crate::delivery::Lead;
use crate::delivery::Secrets;
use crate::delivery::request;
use crate::delivery::tests::fields;

/// Settings without secrets.
struct Nothing;

impl Secrets for Nothing {
    fn secret(&self, _name: &SecretName) -> Option<&str> {
        None
    }
}

/// Returns the request of a ping with these keys.
fn ping(keys: &str) -> Exchange {
    let text = format!(
        "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n[[contract]]\nid = \"c\"\n\
         buyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"45.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"https://b.example/\", ping = {{ url = \"https://b.example/p\", {keys} }} }}\n"
    );
    let (book, faults) = book::parse("b", &text);
    let book = book.unwrap_or_else(|| panic!("{faults:?}"));
    book.contracts[0].delivery.clone().unwrap().ping.unwrap().ask
}

/// Returns the body that a ping sends of a lead; the contract recognizes duplicates by `hashed`.
fn sent(exchange: &Exchange, fields: &Fields, hashed: &[&str]) -> String {
    let hashed: Vec<_> = hashed.iter().map(|name| name.parse().unwrap()).collect();
    let lead = Lead {
        id: "l",
        offer: &"o".parse().unwrap(),
        source: &"s".parse().unwrap(),
        contract: &"c".parse().unwrap(),
        price: Money::parse("45.00", Currency::USD).unwrap(),
        at: Wall::default(),
        fields,
        test: false,
        ping_id: None,
        hashed: &hashed,
        conversion_url: None,
        reference: None,
    };
    request(exchange, &lead, &Nothing).unwrap().body
}

const PERSON: &[(&str, &str)] = &[
    ("zip", "90210"),
    ("state", "CA"),
    ("sub_id", "aff-7"),
    ("landing_page", "https://quotes.example/a?gclid=1"),
    ("first_name", "Wilhelmina"),
    ("last_name", "Doe"),
    ("phone", "+13055550123"),
    ("email", "Wilhelmina@mail.example"),
    ("address", "1 Main St"),
    ("ip", "198.51.100.7"),
    ("dob", "1984-02-29"),
    ("other_number", "(305) 555-0144"),
    ("x1", "w.doe@mail.example"),
    ("comment", "call me, wilhelmina"),
];

#[test]
fn a_ping_tells_of_no_person_unless_the_book_lists_it() {
    let all = fields(PERSON);
    assert_eq!(
        sent(&ping(""), &all, &[]),
        "{\"landing_page\":\"https://quotes.example/a?gclid=1\",\"state\":\"CA\",\
         \"sub_id\":\"aff-7\",\"zip\":\"90210\"}"
    );
    let listed = ping("format = \"form\", fields = { ip = \"{field.ip}\", z = \"{field.zip}\" }");
    assert_eq!(sent(&listed, &all, &[]), "ip=198.51.100.7&z=90210");
}

/// The score and the history of a person are the operator's, unless the book lists them.
#[test]
fn neither_post_nor_ping_has_what_the_switch_knows_of_a_person() {
    let mut all = fields(&[("zip", "90210")]);
    all.set("score".parse().unwrap(), "72", Origin::Score);
    all.set("earlier".parse().unwrap(), "3", Origin::History);
    assert_eq!(sent(&ping(""), &all, &[]), "{\"zip\":\"90210\"}");
    let listed = ping("fields = { s = \"{field.score.number}\" }");
    assert_eq!(sent(&listed, &all, &[]), "{\"s\":72}");
    let mut post = listed;
    post.body = DeliveryBody::All(BodyFormat::Json, XmlRoot::default());
    assert_eq!(sent(&post, &all, &[]), "{\"zip\":\"90210\"}");
}

#[test]
fn a_ping_has_hashes_where_the_contract_recognizes_duplicates() {
    let all = fields(&[("phone", "+13055550123"), ("email", "Ann@mail.example"), ("zip", "90210")]);
    let body = sent(&ping(""), &all, &["phone", "zip"]);
    assert!(body.starts_with("{\"zip\":\"90210\",\"phone_sha256\":\""), "{body}");
    assert!(!body.contains("email"), "it is not compared: {body}");
    let only = fields(&[("phone", "3055550123")]);
    let of_national = sent(&ping("fields = { h = \"{field.phone.national.sha256}\" }"), &only, &[]);
    let hash = of_national.trim_start_matches("{\"h\":\"").trim_end_matches("\"}").to_owned();
    assert!(body.contains(&hash), "the ten digits are hashed: {body}");
    let lower = fields(&[("email", "ann@mail.example")]);
    let of_lower = sent(&ping("fields = { h = \"{field.email.sha256}\" }"), &lower, &[]);
    let hash = of_lower.trim_start_matches("{\"h\":\"").trim_end_matches("\"}").to_owned();
    let body = sent(&ping(""), &all, &["email"]);
    assert!(body.contains("email_sha256") && body.contains(&hash), "{body}");
    assert!(!body.contains("phone"), "{body}");
}

/// Returns what an answer to a ping means, at noon.
fn answered(keys: &str, status: u16, body: &str) -> BidAnswered {
    let at = "2026-11-29T12:00:00Z".parse().unwrap();
    let answer = Answer { status, body: body.as_bytes() };
    bid(&ping(keys).response, Currency::USD, answer, at)
}

fn offered(amount: &str, ping_id: &str, expires_at: &str) -> BidAnswered {
    BidAnswered::Bid(Offered {
        amount: Money::parse(amount, Currency::USD).unwrap(),
        ping_id: Some(ping_id.to_owned()).filter(|id| !id.is_empty()),
        expires_at: expires_at.parse().ok(),
        ..Offered::of(Money::parse(amount, Currency::USD).unwrap())
    })
}

fn declined(reason: &str) -> BidAnswered {
    BidAnswered::Declined { reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()) }
}

/// Checks what answers mean.
#[track_caller]
fn check(cases: &[(&str, BidAnswered)]) {
    for (body, expected) in cases {
        assert_eq!(answered("", 200, body), *expected, "{body}");
    }
}

/// Answers as lead platforms document them, and what they mean.
#[test]
fn bids_are_read_in_the_dialects_of_lead_buyers() {
    check(&[
        (
            "{\"result\":\"success\",\"ping_id\":\"P1\",\"price\":\"12.50\"}",
            offered("12.50", "P1", ""),
        ),
        (
            "<response><result>success</result><ping_id>P1</ping_id><price>12.5</price></response>",
            offered("12.50", "P1", ""),
        ),
        (
            "{\"status\":\"ACCEPTED\",\"code\":0,\"ping_id\":\"lp-9\",\"payout\":31}",
            offered("31.00", "lp-9", ""),
        ),
        (
            "{\"status\":\"REJECTED\",\"code\":1013,\"message\":\"no buyers\"}",
            declined("no buyers"),
        ),
        (
            "{\"response\":{\"status\":\"Unmatched\",\"error\":\"no coverage\"}}",
            declined("no coverage"),
        ),
        (
            "{\"response\":{\"status\":\"Matched\",\"lead_id\":77,\"best_bid\":\"8\"}}",
            offered("8.00", "77", ""),
        ),
        (
            "{\"response\":\"success\",\"leadAuctionId\":123456,\"bid\":22,\"details\":\"Thank You\"}",
            offered("22.00", "123456", ""),
        ),
        (
            "{\"response\":\"failure\",\"leadAuctionId\":123456,\"details\":\"Quota Reached\"}",
            declined("Quota Reached"),
        ),
        (
            "<reply><code>1</code><comment>ok</comment><lead>t-5</lead><payout>6.10</payout></reply>",
            offered("6.10", "t-5", ""),
        ),
        (
            "<reply><code>1</code><comment>no offer</comment><lead>t-5</lead><payout>0.00</payout></reply>",
            declined("no offer"),
        ),
        ("{\"accepted\":true}", declined("")),
        ("{\"accepted\":true,\"price\":\"0.00\"}", declined("")),
        ("", declined("")),
    ]);
}

/// Answers as bidders for calls document them, and what they mean.
#[test]
fn bids_are_read_in_the_dialects_of_call_buyers() {
    check(&[
        (
            "{\"bidId\":\"RTB0123\",\"bidAmount\":20.25,\"expireInSeconds\":20,\
             \"bidExpireEpoch\":1795953620000,\"phoneNumber\":\"+13055550123\"}",
            offered("20.25", "RTB0123", "2026-11-29T12:00:20Z"),
        ),
        (
            "{\"bidId\":\"RTB0123\",\"bidAmount\":0,\"rejectReason\":\"Final capacity check (Code: 1006)\"}",
            declined("Final capacity check (Code: 1006)"),
        ),
        (
            "{\"uuid\":\"u-1\",\"status\":\"reserved\",\"retreaver_payout\":15.5,\
             \"expires_at\":\"2026-11-29T12:01:00.000Z\"}",
            offered("15.50", "u-1", "2026-11-29T12:01:00Z"),
        ),
        (
            "{\"success\":true,\"try_all_buyers_ping_id\":\"t-1\",\"ping_ids_expiry_in_seconds\":120,\
             \"buyers\":[{\"ping_id\":\"t-2\",\"bid_price\":\"9.10\"}]}",
            offered("9.10", "t-1", "2026-11-29T12:02:00Z"),
        ),
        ("{\"success\":false,\"errors\":[\"caller_id_required\"]}", declined("caller_id_required")),
        (
            "{\"id\":\"x\",\"price\":3,\"expires\":1795953630}",
            offered("3.00", "x", "2026-11-29T12:00:30Z"),
        ),
    ]);
}

/// Answers about calls: where the call goes, and from which time on it is billable.
#[test]
fn bids_on_calls_name_destination_and_duration_in_every_dialect() {
    for (body, destinations, seconds, repeat) in [
        (
            "{\"bidId\":\"RTB0123\",\"bidAmount\":20.25,\"phoneNumber\":\"+13055550123\",\
             \"phoneNumberNoPlus\":\"13055550123\",\"sipAddress\":\"RTB0123@sip.rtb.example\",\
             \"bidTerms\":[{\"code\":100,\"callMinDuration\":90}],\"warnings\":[]}",
            &["RTB0123@sip.rtb.example", "+13055550123", "13055550123"][..],
            Some(90),
            Repeat::New,
        ),
        (
            "{\"bidId\":\"RTB0123\",\"bidAmount\":20.25,\"phoneNumber\":\"+13055550123\",\
             \"warnings\":[{\"code\":230,\"description\":\"cached\"}]}",
            &["+13055550123"],
            None,
            Repeat::Earlier,
        ),
        (
            "{\"uuid\":\"u-1\",\"status\":\"reserved\",\"retreaver_payout\":15.5,\
             \"retreaver_seconds\":120.0,\"inbound_number\":\"+18005550100\",\
             \"retreaver_ping_shield\":true}",
            &["+18005550100"],
            Some(120),
            Repeat::Earlier,
        ),
        (
            "{\"success\":true,\"try_all_buyers_ping_id\":\"t-1\",\"min_duration\":60,\
             \"buyers\":[{\"ping_id\":\"t-2\",\"bid_price\":\"9.10\"}]}",
            &[],
            Some(60),
            Repeat::New,
        ),
        (
            "{\"status\":\"Accepted\",\"number\":\"8005550100\",\"payout\":\"7.00\",\"duration\":\"45\"}",
            &["8005550100"],
            Some(45),
            Repeat::New,
        ),
        // A clone of Ringba's bidders.
        (
            "{\"bidId\":\"RTB1754977156314\",\"accept\":true,\"bidAmount\":25.86,\
             \"bidCurrency\":\"USD\",\"expiresInSec\":60,\"requiredDuration\":45,\
             \"sipAddress\":\"sip:RTB1754977156314@sip.example\"}",
            &["sip:RTB1754977156314@sip.example"],
            Some(45),
            Repeat::New,
        ),
        ("{\"bid\":5,\"min_duration\":\"soon\",\"did\":\"\"}", &[], None, Repeat::New),
    ] {
        let answer = Answer { status: 200, body: body.as_bytes() };
        let answered = call_bid(&ping("").response, Currency::USD, answer, Wall::default());
        let BidAnswered::Bid(offered) = answered else { panic!("{body}: {answered:?}") };
        assert_eq!(offered.destinations, destinations, "{body}");
        assert_eq!(offered.buffer, seconds.map(Duration::from_secs), "{body}");
        assert_eq!(offered.repeat, repeat, "{body}");
    }
    let rule = ping("response = { destination = \"go.to\", duration = \"go.after\" }").response;
    let body = "{\"bid\":5,\"did\":\"+13055550123\",\"go\":{\"to\":\"a@b.example\",\"after\":30}}";
    let answer = Answer { status: 200, body: body.as_bytes() };
    let answered = call_bid(&rule, Currency::USD, answer, Wall::default());
    let BidAnswered::Bid(offered) = answered else { panic!("{answered:?}") };
    assert_eq!(offered.destinations, ["a@b.example"]);
    assert_eq!(offered.buffer, Some(Duration::from_secs(30)));
}

/// The caller's number is told only where the contract exposes it.
#[test]
fn a_bidder_for_calls_is_asked_in_ringbas_dialect() {
    let all = fields(&[
        ("phone", "+13055550123"),
        ("zip", "90210"),
        ("state", "CA"),
        ("insured", "yes"),
        ("first_name", "Ann"),
    ]);
    let mut hidden = ping("");
    let says = RingbaBody { caller_id: CallerId::Hidden, sip: SipOk::Yes };
    hidden.body = DeliveryBody::Ringba(BodyFormat::Json, XmlRoot::default(), says);
    assert_eq!(
        sent(&hidden, &all, &[]),
        "{\"sipOk\":\"yes\",\"zipcode\":\"90210\",\"State\":\"CA\",\"SubID\":\"s\",\
         \"publisherInboundCallId\":\"l\",\"insured\":\"yes\"}"
    );
    let mut exposed = hidden;
    let says = RingbaBody { caller_id: CallerId::Exposed, sip: SipOk::No };
    exposed.body = DeliveryBody::Ringba(BodyFormat::Form, XmlRoot::default(), says);
    assert_eq!(
        sent(&exposed, &all, &[]),
        "exposeCallerId=yes&CID=13055550123&zipcode=90210&State=CA&SubID=s&\
         publisherInboundCallId=l&insured=yes"
    );
    let withheld = fields(&[("zip", "90210")]);
    let body = sent(&exposed, &withheld, &[]);
    assert!(!body.contains("CID") && !body.contains("expose"), "{body}");
}

/// Prices that are no amounts are never guessed.
#[test]
fn bids_that_are_no_amounts_are_unreadable() {
    for price in ["\"12,50\"", "-5", "\"NaN\"", "\"1e3\"", "\"12.50 EUR\"", "\"free\""] {
        let body = format!("{{\"status\":\"accepted\",\"ping_id\":\"p\",\"price\":{price}}}");
        let price = price.trim_matches('"').to_owned();
        assert_eq!(answered("", 200, &body), BidAnswered::Unreadable { price }, "{body}");
    }
    let dollars = "{\"status\":\"accepted\",\"ping_id\":\"p\",\"price\":\"$12.50\"}";
    assert_eq!(answered("", 200, dollars), offered("12.50", "p", ""));
}

#[test]
fn an_answer_without_price_or_verdict_is_trouble() {
    for (status, body) in
        [(500, "{\"price\":9}"), (302, ""), (200, "<html>busy</html>"), (200, "hello")]
    {
        let got = answered("", status, body);
        assert!(matches!(got, BidAnswered::Trouble(_)), "{status} {body}: {got:?}");
    }
}

/// Marks and paths of the book decide, where it has them.
#[test]
fn a_rule_finds_verdict_price_id_and_end() {
    let keys = "response = { accepted = { path = \"v\", is = \"Y\" }, price = \"b.p\", \
                reference = \"b.i\", expires = \"b.e\", reason = \"why\" }";
    let body = "{\"v\":\"Y\",\"b\":{\"p\":\"7.25\",\"i\":\"q\",\"e\":30}}";
    assert_eq!(answered(keys, 200, body), offered("7.25", "q", "2026-11-29T12:00:30Z"));
    let body = "{\"v\":\"N\",\"price\":99,\"why\":\"full\"}";
    assert_eq!(answered(keys, 200, body), declined("full"));
}

/// A bid may say that it has ended, or live longer than any.
#[test]
fn the_end_of_a_bid_is_kept_within_bounds() {
    for (expires, expected) in [
        ("-5", "2026-11-29T11:59:55Z"),
        ("0", "2026-11-29T12:00:00Z"),
        ("\"2026-11-29T11:00:00Z\"", "2026-11-29T11:00:00Z"),
        ("\"2031-01-01T00:00:00Z\"", "2026-11-30T12:00:00Z"),
        ("9223372036854775807", "2026-11-30T12:00:00Z"),
        ("\"soon\"", ""),
        ("20.9", "2026-11-29T12:00:20Z"),
    ] {
        let body = format!("{{\"bid\":1,\"id\":\"x\",\"expires_at\":{expires}}}");
        assert_eq!(answered("", 200, &body), offered("1.00", "x", expected), "{body}");
    }
}
