use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Mono;
use crate::book;
use crate::routing::Bid;
use crate::routing::BidAnswer;
use crate::routing::BidTerms;
use crate::routing::Unused;

fn compiled(offer: &str, more: &str) -> Snapshot {
    let mut text = format!("[[offer]]\nid = \"auto\"\n{offer}\n");
    for id in ["a", "b", "c"] {
        text += &format!(
            "[[buyer]]\nid = \"b-{id}\"\ntimezone = \"America/New_York\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"b-{id}\"\noffer = \"auto\"\n\
             channels = [\"call\", \"form\"]\ncaps = {{ day = 20 }}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n{more}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
        );
    }
    let (book, faults) = book::parse("b", &text);
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}"))), 12)
}

/// A document from before caps counted money.
const OF_UNITS: &str = r#"{"id":"019b93e6-3f80-7c13-8a41-5e2a7e1d9b02","book":12,
    "seed":"000000000000002a","at":"2026-01-06T15:00:00Z","offer":"auto","channel":"call",
    "source":"ads","caller":"+13055550123","told":{"zip":["90210","ivr"]},
    "picks":[["b",1],["c",2]],"passed":{"cap_day":["a"]},
    "full":[[{"contract":"a"},"day",20,20]],"turns":{"b":[3,7]}}"#;

/// A document from before bids were stored.
const OF_BIDS: &str = r#"{"id":"019b93e6-3f80-7c13-8a41-5e2a7e1d9b02","book":12,
    "seed":"000000000000002a","at":"2026-01-06T15:00:00Z","offer":"auto","channel":"form",
    "picks":[["c",1],["a",2],["b",3]],
    "full":[[{"buyer":"b"},{"budget":{"window":"day","spent":5,"limit":6,"price":2}}]],
    "bids":true}"#;

#[test]
fn old_documents_are_read() {
    let trace: Trace = serde_json::from_str(OF_UNITS).unwrap();
    let cap = Cap::Units { window: Window::Day, used: 20, limit: 20 };
    assert_eq!(trace.full, [(Level::Contract("a".parse().unwrap()), cap)]);
    let decision = trace.replay(&compiled("strategy = \"round_robin\"", ""));
    let details: Vec<String> = decision.passed_over().map(|p| p.detail.to_string()).collect();
    assert_eq!(details, ["day cap 20 of 20 used"]);
    let json = serde_json::to_value(&trace).unwrap();
    assert_eq!(serde_json::from_value::<Trace>(json).unwrap(), trace);

    let trace: Trace = serde_json::from_str(OF_BIDS).unwrap();
    assert_eq!(trace.bids, Some(Bidding::Unknown(true)));
    assert!(!trace.agrees(&trace.replay(&compiled("strategy = \"auction\"", ""))));
    assert_eq!(trace.as_json()["picks"][0]["contract"], "c");
}

/// An auction as it was decided, some time after the machine's clock started.
struct Auction(Bids);

impl Usage for Auction {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        Unused.full(ceiling, periods)
    }

    fn bids(&self) -> &Bids {
        &self.0
    }
}

impl Standing for Auction {}

#[test]
fn an_auction_is_decided_alike_again() {
    let snapshot = compiled("strategy = \"auction\"", "");
    let up = Mono::from_nanos(9_000_000_000_000_000);
    let bid = |contract: &str, dollars: i64, at: u64| Bid {
        contract: contract.parse().unwrap(),
        answer: match dollars {
            0 => BidAnswer::Declined,
            _ => BidAnswer::Amount(Money::from_micros(dollars * 1_000_000, Currency::USD)),
        },
        received_at: up + Duration::from_millis(at),
        terms: BidTerms::NONE,
    };
    let floor = Some(Money::from_micros(8_000_000, Currency::USD));
    let until = Some(up + Duration::from_millis(100));
    for (bids, picks) in [
        (vec![bid("c", 20, 5), bid("b", 30, 101), bid("a", 20, 4)], "a c"),
        (vec![bid("c", 0, 5), bid("b", 9, 7)], "a b"),
        (vec![bid("c", 7, 5)], "a b"),
        (vec![], "a b c"),
    ] {
        let usage = Auction(Bids { bids, until, floor });
        let now = Now { mono: up, wall: "2026-01-06T15:00:00Z".parse().unwrap() };
        let inquiry = Inquiry {
            offer: "auto".parse().unwrap(),
            channel: Channel::Form,
            source: None,
            caller: None,
            fields: Fields::default(),
        };
        let decision = decide::replay(&snapshot, &inquiry, &usage, now, 5);
        let names: Vec<String> = decision.picks().map(|p| p.contract.to_string()).collect();
        assert_eq!(names.join(" "), picks);
        let document = serde_json::to_string(&Trace::of(&decision)).unwrap();
        let trace: Trace = serde_json::from_str(&document).unwrap();
        let again = trace.replay(&snapshot);
        assert!(trace.agrees(&again), "{document}");
        let whole = |decision| serde_json::to_string(decision).unwrap();
        assert_eq!(whole(&again), whole(&decision), "{document}");
    }
}

#[test]
fn a_form_waits_for_a_contract_that_parks_and_a_call_does_not() {
    let hours = |outside: &str| {
        format!(
            "schedule = {{ weekly = {{ mon-fri = [\"09:00-18:00\"] }}, outside = \"{outside}\" }}"
        )
    };
    let now = |at: &str| Now::at(at.parse().unwrap());
    // A Saturday, and the next Monday at nine in New York.
    let (closed, opens) = ("2026-01-10T15:00:00Z", "2026-01-12T14:00:00Z");
    for (outside, channel, at, opens_at, parked) in [
        ("park", Channel::Form, closed, Some(opens), Some(opens)),
        ("park", Channel::Call, closed, Some(opens), None),
        ("skip", Channel::Form, closed, Some(opens), None),
        ("park", Channel::Form, opens, None, None),
    ] {
        let snapshot = compiled("", &hours(outside));
        let inquiry = Inquiry {
            offer: "auto".parse().unwrap(),
            channel,
            source: None,
            caller: None,
            fields: Fields::default(),
        };
        let decision = decide::replay(&snapshot, &inquiry, &Unused, now(at), 5);
        let wall = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let case = format!("{outside} {channel} {at}");
        assert_eq!(decision.opens_at(), wall(opens_at), "{case}");
        assert_eq!(decision.parked_until(), wall(parked), "{case}");
        let trace = Trace::of(&decision);
        let stored = serde_json::to_string(&trace).unwrap();
        assert_eq!(stored.contains("parked_until"), parked.is_some(), "{case}");
        assert!(serde_json::from_str::<Trace>(&stored).unwrap().agrees(&trace.replay(&snapshot)));
        let json = serde_json::to_value(&decision).unwrap();
        assert_eq!(json["parked_until"].as_str(), parked, "{case}");
        assert_eq!(json["opens_at"].as_str(), opens_at, "{case}");
    }
}
