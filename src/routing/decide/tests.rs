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
use crate::routing::Sequence;
use crate::routing::Turn;

/// Counters and turns as a test sets them.
#[derive(Default)]
struct World {
    counters: Counters,
    sequence: Sequence,
}

impl Usage for World {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.counters.full(ceiling, periods)
    }

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
    let waves = decision.picks.chunk_by(|a, b| a.wave == b.wave);
    let waves = waves.map(|wave| {
        wave.iter().map(|pick| pick.contract.to_string()).collect::<Vec<_>>().join(" ")
    });
    match waves.collect::<Vec<_>>().join(" | ") {
        none if none.is_empty() => "-".to_owned(),
        picks => picks,
    }
}

fn dq(decision: &Decision) -> String {
    match &decision.dq {
        Disqualified::Reject => "reject".to_owned(),
        Disqualified::Offer(offer) => format!("offer {offer}"),
        Disqualified::Buyer(pick) => format!("buyer {} by {}", pick.buyer, pick.contract),
        Disqualified::Recording(name) => format!("recording {name}"),
    }
}

/// Runs a file: a book in TOML, then cases. The whole answer is compared, so that a contract that
/// a case forgets makes it fail.
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
                    world.counters.raise(&key(account, period), units.parse().unwrap());
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
        for PassedOver { contract, reason, detail } in &decision.passed_over {
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
        ("tiers.txt", include_str!("../../../tests/cases/routing/tiers.txt")),
        ("caps-and-hours.txt", include_str!("../../../tests/cases/routing/caps-and-hours.txt")),
    ] {
        check(file, text);
    }
}
