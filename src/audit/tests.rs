//! Tests of each finding: a book that has it, and the same book corrected.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::caps::CapKey;
use crate::caps::Level;

/// A book without findings.
const SOUND: &str = r#"
[[source]]
id = "ads"
[[buyer]]
id = "acme"
timezone = "America/New_York"
caps = { day = 50, month = 900 }
[[buyer]]
id = "blue"
timezone = "America/Chicago"
caps = { month = 500 }
[[buyer]]
id = "dune"
timezone = "America/New_York"
caps = { total = 1000 }
[[offer]]
id = "auto"
dq = { recording = "sorry" }
duplicate = { fields = ["phone"], window = "30d" }
[[contract]]
id = "acme-auto"
buyer = "acme"
offer = "auto"
price = { amount = "40.00", currency = "USD" }
destination = { sip = "sip:a@198.51.100.7" }
caps = { day = 20 }
[contract.filters]
states = ["CA", "NV"]
zips = ["90210", "90211", "89101"]
fields = [{ field = "age", min = 25 }, { field = "intent", in = ["new", "compare"] }]
[contract.schedule]
weekly = { mon-fri = ["09:00-18:00"] }
holidays = "us-federal"
[[contract]]
id = "blue-auto"
buyer = "blue"
offer = "auto"
tier = "secondary"
price = { amount = "30.00", currency = "USD" }
destination = { sip = "sip:b@198.51.100.8" }
filters = { states = ["TX"] }
[[contract]]
id = "dune-auto"
buyer = "dune"
offer = "auto"
tier = "overflow"
price = { amount = "20.00", currency = "USD" }
destination = { sip = "sip:d@198.51.100.9" }
filters = { area_codes = ["480"] }
[[number]]
number = "+18005550100"
offer = "auto"
source = "ads"
flow = "auto"
"#;

fn now() -> Wall {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn parsed(text: &str) -> Book {
    let (book, faults) = book::parse("b", text);
    book.unwrap_or_else(|| panic!("{faults:#?}\n{text}"))
}

fn kinds(found: &[Finding]) -> BTreeSet<Kind> {
    found.iter().map(|finding| finding.kind).collect()
}

#[test]
fn nothing_is_found_in_a_sound_book() {
    let book = parsed(SOUND);
    assert_eq!(audit(&Evidence::of_book(&book, now())), vec![]);
    assert_eq!(audit(&Evidence::of_book(&Book::default(), now())), vec![]);
}

/// Text of the book above, its replacement, and the finding that it causes.
const CASES: &[(&str, &str, &str)] = &[
    (
        "id = \"ads\"",
        "id = \"ads\"\npayout = { amount = \"25.00\", currency = \"USD\" }",
        "warning: contract dune-auto: pays 20.00 USD, and source ads, whose calls or leads \
          reach it, is paid 25.00 USD: each of them is sold at a loss (lower the payout of ads, or deny it \
          in the contract's `sources`) [payout_above_price]",
    ),
    (
        "states = [\"TX\"]",
        "required = [\"zip\"]",
        "hint: contract blue-auto: takes calls from every state (list the states or zips that \
          the buyer serves in `filters`) [open_everywhere]",
    ),
    (
        "caps = { month = 500 }\n",
        "",
        "warning: contract blue-auto: neither it nor its buyer blue has any cap (set `caps` to \
          what the buyer has agreed to pay for) [uncapped]",
    ),
    (
        "caps = { day = 50, month = 900 }",
        "caps = { day = 50 }",
        "hint: contract acme-auto: its month is not capped: up to 620 in one (set `month` in \
          `caps`, of the contract or of its buyer) [month_uncapped]",
    ),
    (
        "America/Chicago",
        "America/New_York",
        "warning: book: all 3 buyers are in America/New_York (set each buyer's `timezone` to \
          where its people are) [one_zone]",
    ),
    (
        "holidays = \"us-federal\"\n",
        "",
        "hint: contract acme-auto: has hours, and is open on every holiday (add `holidays = \
          \"us-federal\"` to its schedule, or dates to `closed`) [no_holidays]",
    ),
    (
        "dq = { recording = \"sorry\" }",
        "dq = { reject = true }",
        "warning: offer auto: whoever fits no contract is turned away (add a contract with `tier \
          = \"fallback\"`, or say in `dq` what happens) [no_fallback]",
    ),
    (
        "30.00",
        "41.00",
        "hint: offer auto: blue-auto pays 41.00 USD in tier secondary, more than anyone in tier \
          primary (40.00 USD at most, acme-auto) (move blue-auto to an earlier tier, or lower its \
          price) [tier_prices]",
    ),
    (
        "tier = \"secondary\"",
        "enabled = false",
        "hint: offer auto: goes from primary straight to overflow (check whether a contract was \
          switched off by mistake) [tier_gaps]",
    ),
    (
        "caps = { day = 20 }",
        "caps = { day = 20, hour = 0 }",
        "error: contract acme-auto: its own hour cap is 0 (raise the cap, or switch it off: \
          enabled = false) [never_wins]",
    ),
    (
        "duplicate = { fields = [\"phone\"], window = \"30d\" }\n",
        "",
        "hint: offer auto: the same caller is sold again and again: to acme-auto, for one (set \
          `duplicate = { fields = [\"phone\"], window = \"30d\" }`) [duplicate_unset]",
    ),
    (
        "caps = { day = 20 }",
        "caps = { day = 20, budget = { week = { amount = \"39.99\", currency = \"USD\" } } }",
        "error: contract acme-auto: its own week budget of 39.99 USD is below its price 40.00 USD \
          (raise the budget, or switch it off: enabled = false) [never_wins]",
    ),
    (
        "caps = { month = 500 }",
        "caps = { month = 0 }",
        "error: contract blue-auto: buyer blue's month cap is 0 (raise the cap, or switch it \
          off: enabled = false) [never_wins]",
    ),
    (
        "weekly = { mon-fri = [\"09:00-18:00\"] }",
        "weekly = { mon-fri = [] }",
        "error: contract acme-auto: its week has no hours: it never opens (write its hours, or \
          switch it off: enabled = false) [never_wins]",
    ),
    (
        "caps = { total = 1000 }",
        "caps = { total = 1000 }\nenabled = false",
        "hint: contract dune-auto: is switched on, and its buyer dune is switched off (switch \
          the buyer on, or the contract off) [never_wins]",
    ),
    (
        "\"90210\", \"90211\", \"89101\"",
        "\"75001\", \"10001\"",
        "error: contract acme-auto: no zip of its list lies in its states CA, NV: 75001 of TX is \
          the first (remove one of the two: filters combine with AND) [impossible_filters]",
    ),
    (
        "\"90210\", \"90211\", \"89101\"",
        "\"90210\", \"10001\"",
        "warning: contract acme-auto: 1 of its 2 zips lie outside its states CA, NV: 10001 of NY \
          is the first (remove one of the two: filters combine with AND) [impossible_filters]",
    ),
    (
        "\"90210\", \"90211\", \"89101\"",
        "\"90210\", \"00000\"",
        "warning: contract acme-auto: lists zips that do not exist: 00000 (1 of 2) (correct or \
          remove them) [unknown_zips]",
    ),
    (
        "\"90210\", \"90211\", \"89101\"",
        "\"00000\"",
        "error: contract acme-auto: lists zips that do not exist: 00000 (1 of 1) (correct or \
          remove them) [unknown_zips]",
    ),
    (
        "{ field = \"age\", min = 25 }",
        "{ field = \"age\", min = 25 }, { field = \"age\", max = 20 }",
        "error: contract acme-auto: no value of field age passes all of its tests (remove one of \
          the two: filters combine with AND) [impossible_filters]",
    ),
    (
        "in = [\"new\", \"compare\"] }",
        "in = [\"new\"] }, { field = \"intent\", equals = \"old\" }",
        "error: contract acme-auto: no value of field intent passes all of its tests (remove one \
          of the two: filters combine with AND) [impossible_filters]",
    ),
    (
        "{ field = \"age\", min = 25 }",
        "{ field = \"state\", equals = \"TX\" }",
        "error: contract acme-auto: none of its states passes its test of field state (remove \
          one of the two: filters combine with AND) [impossible_filters]",
    ),
    (
        "filters = { states = [\"TX\"] }",
        "filters = { states = [\"TX\"], sources = { deny = [\"ads\"] } }",
        "error: contract blue-auto: it denies every source of the book (remove one of the two: \
          filters combine with AND) [impossible_filters]",
    ),
    (
        "[[source]]\nid = \"ads\"",
        "[[source]]\nid = \"ads\"\n[[source]]\nid = \"radio\"",
        "hint: source radio: has no number (give it a number, or remove it) [unused]",
    ),
    (
        "[[offer]]\n",
        "[[offer]]\nid = \"home\"\n[[offer]]\n",
        "hint: offer home: no number and no `dq` leads to it (intended if a flow routes to it by \
          name) [unused]",
    ),
    (
        "[[source]]\n",
        "[[trunk]]\nid = \"out\"\noutbound = \"sip:192.0.2.1\"\n[[source]]\n",
        "hint: trunk out: takes no calls in, and no contract dials through it (remove it, or \
          dial through it) [unused]",
    ),
    (
        "[[offer]]\n",
        "[[buyer]]\nid = \"idle\"\ntimezone = \"America/Denver\"\n[[offer]]\n",
        "hint: buyer idle: has no contract (give it a contract, or remove it) [unused]",
    ),
];

#[test]
fn each_finding_comes_of_its_fault_alone() {
    let mut seen = BTreeSet::new();
    for (from, to, expected) in CASES {
        let text = SOUND.replacen(from, to, 1);
        assert_ne!(text, SOUND, "{from}");
        let book = parsed(&text);
        let found = audit(&Evidence::of_book(&book, now()));
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(lines.iter().any(|line| line == expected), "{expected}\n{lines:#?}");
        seen.extend(kinds(&found));
    }
    // Cases of these need a history, or flows.
    seen.extend([Kind::StaleZips, Kind::AlwaysFull, Kind::BalanceLow, Kind::UnaskedFilters]);
    assert_eq!(seen.len(), 18, "every kind has its case: {seen:?}");
}

#[test]
fn overflow_behind_a_contract_without_limits_is_never_reached() {
    let open = r#"
[[buyer]]
id = "b"
timezone = "America/Denver"
[[contract]]
id = "all"
buyer = "b"
offer = "auto"
channels = ["call", "form"]
price = { amount = "50.00", currency = "USD" }
destination = { sip = "sip:a@198.51.100.3" }
"#;
    for (more, never) in [
        ("", true),
        ("caps = { concurrent = 5 }", false),
        ("schedule = { weekly = { mon = [\"09:00-18:00\"] }, holidays = \"us-federal\" }", false),
        ("filters = { required = [\"zip\"] }", false),
        ("tier = \"secondary\"", true),
        ("tier = \"fallback\"", false),
        ("enabled = false", false),
    ] {
        let book = parsed(&format!("{SOUND}{open}{more}\n"));
        let found = audit(&Evidence::of_book(&book, now()));
        let expected = found.iter().find(|finding| finding.kind == Kind::NeverWins);
        assert_eq!(expected.is_some(), never, "{more}: {found:#?}");
        if let Some(expected) = expected {
            assert_eq!(expected.subject, "contract dune-auto");
            assert!(expected.sentence.contains("all takes everything"), "{expected}");
        }
    }
}

#[test]
fn a_balance_that_runs_out_is_reported() {
    let book = parsed(&SOUND.replacen("caps = { month = 500 }", "prepaid = true", 1));
    for (left, expected) in [
        (None, Some((Grade::Warning, "has 0.00 USD left"))),
        (Some(29_999_999), Some((Grade::Warning, "has 29.999999 USD left"))),
        (Some(30_000_000), Some((Grade::Hint, "has 30.00 USD left"))),
        (Some(300_000_000), None),
    ] {
        let mut evidence = Evidence::of_book(&book, now());
        assert_eq!(audit(&evidence), vec![], "nothing is known of balances");
        let balance = left.map(|left| ("blue".parse().unwrap(), left));
        evidence.balances = Some(balance.into_iter().collect());
        let found = audit(&evidence);
        let found = found.iter().find(|finding| finding.kind == Kind::BalanceLow);
        let Some((grade, words)) = expected else {
            assert_eq!(found, None);
            continue;
        };
        let found = found.unwrap();
        assert_eq!((found.grade, found.subject.as_str()), (grade, "buyer blue"));
        assert!(found.sentence.contains(words), "{found}");
    }
}

#[test]
fn lists_of_zips_grow_stale_after_sixty_days() {
    let book = parsed(SOUND);
    for (days, stale) in [(0, false), (60, false), (61, true), (400, true)] {
        let since = Wall::from_micros(now().micros() - days * 86_400_000_000);
        let mut evidence = Evidence::of_book(&book, now());
        evidence.zips_since.insert("acme-auto".parse().unwrap(), since);
        let found = audit(&evidence);
        assert_eq!(kinds(&found).contains(&Kind::StaleZips), stale, "{days}: {found:?}");
    }
}

#[test]
fn a_cap_that_is_full_most_days_is_reported() {
    let book = parsed(SOUND);
    let key = |level: &Level, day: u64| {
        let start: Wall = "2026-02-01T12:00:00Z".parse().unwrap();
        let wall = start + Duration::from_secs(day * 86_400);
        let date = wall.timestamp().to_string()[..10].to_owned();
        CapKey { level: level.clone(), period: date.parse().unwrap() }
    };
    let level = Level::Contract("acme-auto".parse().unwrap());
    for (used, expected) in [
        (vec![20, 20], false),
        (vec![20, 20, 20], true),
        (vec![20, 3, 20], false),
        (vec![20, 20, 20, 20, 19], true),
        (vec![20, 20, 20, 19, 19], false),
        (vec![25, 25, 25], true),
        (vec![1, 2, 3], false),
    ] {
        let mut evidence = Evidence::of_book(&book, now());
        evidence.used = (0..).zip(&used).map(|(day, used)| (key(&level, day), *used)).collect();
        let found = audit(&evidence);
        assert_eq!(kinds(&found).contains(&Kind::AlwaysFull), expected, "{used:?}: {found:?}");
    }
    // A cap over all time stays full.
    let spent = Level::Buyer("dune".parse().unwrap());
    let total = CapKey { level: spent, period: "total".parse().unwrap() };
    for (used, expected) in [(999, false), (1_000, true), (1_001, true)] {
        let mut evidence = Evidence::of_book(&book, now());
        evidence.used = vec![(total.clone(), used)];
        let found = audit(&evidence);
        assert_eq!(kinds(&found).contains(&Kind::NeverWins), expected, "{used}: {found:?}");
    }
}

#[test]
fn the_gravest_come_first_and_the_json_is_flat() {
    let text = SOUND.replace("states = [\"TX\"]", "required = [\"zip\"]");
    let text = text.replace("caps = { day = 20 }", "caps = { day = 0 }");
    let book = parsed(&text);
    let found = audit(&Evidence::of_book(&book, now()));
    assert!(found.is_sorted_by_key(|finding| finding.grade), "{found:?}");
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!(json["kind"], "never_wins");
    assert_eq!(json["subject"], "contract acme-auto");
    for kind in found.iter().map(|finding| finding.kind) {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
    }
}
