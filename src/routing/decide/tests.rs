use std::time::Duration;

use super::*;
use crate::base::ContractId;
use crate::base::Fields;
use crate::base::Origin;
use crate::book;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Periods;
use crate::routing::Disqualified;
use crate::routing::PassedOver;
use crate::routing::Sequence;
use crate::routing::Turn;

/// Counters and turns that a test sets.
#[derive(Default)]
struct World {
    counters: Counters,
    sequence: Sequence,
}

impl Usage for World {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.counters.full(ceiling, periods)
    }
}

impl Standing for World {
    fn turn(&self, contract: &ContractId) -> Turn {
        self.sequence.turn(contract)
    }
}

fn compiled(text: &str) -> Snapshot {
    let (book, faults) = book::parse("book.toml", text);
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}"))), 12)
}

/// `OFFER [at:TIME] [channel:NAME] [source:ID] [@CALLER] [field=value]…`
fn question(text: &str) -> (Inquiry, Now) {
    let mut words = text.split_whitespace();
    let mut inquiry = Inquiry {
        offer: words.next().unwrap().parse().unwrap(),
        channel: crate::book::Channel::Call,
        source: None,
        caller: None,
        fields: Fields::default(),
    };
    let mut at = "2026-01-06T15:00:00Z".parse().unwrap();
    for word in words {
        if let Some(time) = word.strip_prefix("at:") {
            at = time.parse().unwrap();
        } else if let Some(channel) = word.strip_prefix("channel:") {
            inquiry.channel = channel.parse().unwrap();
        } else if let Some(source) = word.strip_prefix("source:") {
            inquiry.source = Some(source.parse().unwrap());
        } else if let Some(caller) = word.strip_prefix('@') {
            inquiry.caller = Some(caller.parse().unwrap());
        } else {
            let (name, value) = word.split_once('=').unwrap();
            assert!(inquiry.fields.set(name.parse().unwrap(), value, Origin::Ivr));
        }
    }
    (inquiry, Now::at(at))
}

fn key(text: &str, period: &str) -> CapKey {
    let (level, id) = text.split_once(':').unwrap();
    let level = match level {
        "contract" => Level::Contract(id.parse().unwrap()),
        "buyer" => Level::Buyer(id.parse().unwrap()),
        _ => Level::Offer(id.parse().unwrap()),
    };
    CapKey { level, period: period.parse().unwrap() }
}

fn picks(decision: &Decision) -> String {
    let list: Vec<_> = decision.picks().collect();
    let waves = list.chunk_by(|a, b| a.wave == b.wave);
    let waves = waves.map(|wave| {
        wave.iter().map(|pick| pick.contract.to_string()).collect::<Vec<_>>().join(" ")
    });
    match waves.collect::<Vec<_>>().join(" | ") {
        none if none.is_empty() => "-".to_owned(),
        picks => picks,
    }
}

fn dq(decision: &Decision) -> String {
    match &decision.dq() {
        Disqualified::Reject => "reject".to_owned(),
        Disqualified::Offer(offer) => format!("offer {offer}"),
        Disqualified::Buyer(pick) => format!("buyer {} by {}", pick.buyer, pick.contract),
        Disqualified::Recording(name) => format!("recording {name}"),
    }
}

/// Runs a file: a book in TOML, then cases. The whole answer is compared, so that a contract that
/// a case omits makes it fail.
fn check(file: &str, text: &str) {
    let (book, cases) = text.split_once("\ncase").unwrap();
    let snapshot = compiled(book);
    let mut count = 0;
    for case in cases.split("\ncase") {
        let (title, lines) = case.split_once('\n').unwrap();
        let mut world = World::default();
        let mut expected = Vec::new();
        let mut decision = None;
        for line in lines.lines().filter(|line| !line.is_empty()) {
            match line.split_once(' ').unwrap() {
                ("used", rest) => {
                    let [account, period, units] =
                        rest.split(' ').collect::<Vec<_>>().try_into().unwrap();
                    world.counters.raise(&key(account, period), units.parse().unwrap(), 0);
                }
                ("ask", rest) => {
                    let (inquiry, now) = question(rest);
                    decision = Some(replay(&snapshot, &inquiry, &world, now, 7));
                }
                ("picks" | "skip" | "dq", _) => expected.push(line.to_owned()),
                _ => panic!("{file}: {line}"),
            }
        }
        let decision = decision.unwrap();
        let mut found = vec![format!("picks {}", picks(&decision))];
        for PassedOver { contract, reason, detail } in decision.passed_over() {
            found.push(format!("skip {contract} {reason} {detail}"));
        }
        if expected.last().is_some_and(|line| line.starts_with("dq")) {
            found.push(format!("dq {}", dq(&decision)));
        }
        assert_eq!(found, expected, "{file}: {title}");
        count += 1;
    }
    assert!(count > 5, "{file} was cut short");
}

#[test]
fn tables() {
    for (file, text) in [
        ("filters.txt", include_str!("../../../tests/cases/routing/filters.txt")),
        ("places.txt", include_str!("../../../tests/cases/routing/places.txt")),
        ("tiers.txt", include_str!("../../../tests/cases/routing/tiers.txt")),
        ("caps-and-hours.txt", include_str!("../../../tests/cases/routing/caps-and-hours.txt")),
        ("pacing-and-hours.txt", include_str!("../../../tests/cases/routing/pacing-and-hours.txt")),
    ] {
        check(file, text);
    }
}

const SMALL: &str = r#"
[[buyer]]
id = "acme"
timezone = "America/New_York"
[[buyer]]
id = "blue"
timezone = "America/Chicago"
[[offer]]
id = "auto-quote"
strategy = "priority"
ring = "simultaneous"
ring_width = 3
dq = { recording = "sorry" }
[[contract]]
id = "acme-auto-ca"
buyer = "acme"
offer = "auto-quote"
price = { amount = "45.00", currency = "USD" }
buffer = "90s"
filters = { states = ["CA"] }
destination = { sip = "sip:sales@198.51.100.7:5060" }
[[contract]]
id = "blue-tx"
buyer = "blue"
offer = "auto-quote"
price = { amount = "40.00", currency = "USD" }
filters = { fields = [{ field = "phone", regex = "^.1212" }] }
destination = { sip = "sip:sales@198.51.100.8:5060" }
"#;

#[test]
fn a_decision_is_this_json() {
    let (inquiry, now) = question("auto-quote zip=90210 @+13055550123");
    let decision = replay(&compiled(SMALL), &inquiry, &World::default(), now, 0xfeed);
    let json = serde_json::to_string(&decision).unwrap();
    let expected = format!(
        "{}{}{}{}{}{}{}{}{}{}",
        format_args!(r#"{{"id":"{}","offer":"auto-quote","book_version":12,"#, decision.id),
        r#""ring":"simultaneous","ring_width":3,"picks":[{"contract":"acme-auto-ca","#,
        r#""tier":"primary","price":{"amount":"45.00","currency":"USD"}}],"#,
        r#""passed_over":[{"contract":"blue-tx","reason":"field_mismatch","#,
        r#""detail":"phone +1305•••••23 does not match /^.1212/"}],"#,
        r#""fields":{"area_code":{"value":"305","from":"phone"},"city":{"value":"#,
        r#""Beverly Hills","from":"zip"},"country":{"value":"US","from":"zip"},"county":"#,
        r#"{"value":"Los Angeles County","from":"zip"},"phone":{"value":"+13055550123","from":"#,
        r#""caller"},"state":{"value":"CA","from":"zip"},"time_zone":{"value":"America/"#,
        r#"Los_Angeles","from":"zip"},"zip":{"value":"90210","from":"ivr"}},"#,
    );
    let expected = expected + r#""at":"2026-01-06T15:00:00Z","seed":"000000000000feed"}"#;
    assert_eq!(json, expected);
}

#[test]
fn an_explanation_is_this_table() {
    let (inquiry, now) = question("auto-quote zip=90210 @+13055550123");
    let decision = replay(&compiled(SMALL), &inquiry, &World::default(), now, 1);
    let expected = "\
auto-quote at 2026-01-06T15:00:00Z, book version 12

wave  contract      buyer  tier     price
1     acme-auto-ca  acme   primary  45.00 USD

passed over  reason          detail
blue-tx      field_mismatch  phone +1305•••••23 does not match /^.1212/

field      value                from
area_code  305                  phone
city       Beverly Hills        zip
country    US                   zip
county     Los Angeles County   zip
phone      +1305•••••23         caller
state      CA                   zip
time_zone  America/Los_Angeles  zip
zip        90210                ivr

If no buyer takes it: the recording sorry is played
";
    assert_eq!(crate::routing::explain(&decision), expected);
    let (inquiry, now) = question("nothing");
    let decision = replay(&compiled(SMALL), &inquiry, &World::default(), now, 1);
    let expected = "\
nothing at 2026-01-06T15:00:00Z, book version 12

No contract can take it.

If no buyer takes it: the caller is turned away
";
    assert_eq!(crate::routing::explain(&decision), expected);
}

#[test]
fn a_pick_has_everything_the_call_needs() {
    let (inquiry, now) = question("auto-quote zip=90210");
    let decision = replay(&compiled(SMALL), &inquiry, &World::default(), now, 1);
    let pick = &decision.first().unwrap();
    assert_eq!(pick.buyer.as_str(), "acme");
    assert_eq!(pick.buffer, Duration::from_secs(90));
    assert_eq!(pick.zone.iana_name(), Some("America/New_York"));
    let levels: Vec<String> = pick.caps.iter().map(|cap| cap.level.to_string()).collect();
    assert_eq!(levels, ["contract acme-auto-ca", "buyer acme", "offer auto-quote"]);
    assert!(pick.destination.is_some());
}
