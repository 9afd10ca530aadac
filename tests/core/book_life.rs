//! The life of a book as text: written, read back, compared, merged, rejected.

use std::sync::Arc;
use std::time::Duration;

use strowger::base::Currency;
use strowger::base::Money;
use strowger::base::Percent;
use strowger::base::Rng;
use strowger::base::Severity;
use strowger::book;
use strowger::book::AnswerPreset;
use strowger::book::AnswerValue;
use strowger::book::AnswerWord;
use strowger::book::AutoPause;
use strowger::book::Book;
use strowger::book::CallPings;
use strowger::book::CapLimits;
use strowger::book::Duplicate;
use strowger::book::Entrance;
use strowger::book::EntranceKey;
use strowger::book::FieldTest;
use strowger::book::Outside;
use strowger::book::Pacing;
use strowger::book::Payout;
use strowger::book::PayoutCaps;
use strowger::book::PayoutLimits;
use strowger::book::PayoutShare;
use strowger::book::Rate;
use strowger::book::RepeatAfter;
use strowger::book::RepeatThen;
use strowger::book::Source;
use strowger::book::SourceAnswer;
use strowger::book::SourceFormat;
use strowger::book::Strategy;
use strowger::book::Surroundings;
use strowger::book::Unanswered;
use strowger::routing;
use strowger::routing::Snapshot;
use strowger::routing::Trace;
use strowger::routing::Unused;

use crate::random_book;
use crate::random_book::Shape;
use crate::random_trunk::trunk;
use jiff::tz::TimeZone;

/// Number of books that are written and read back.
const BOOKS: usize = 300;

const SAMPLE: &str = include_str!("../../deploy/book.toml");

fn parsed(text: &str) -> Book {
    let (book, faults) = book::parse("b", text);
    book.unwrap_or_else(|| panic!("{faults:#?}\n{text}"))
}

/// Only daily units can be paced.
fn lawful_caps(caps: &mut CapLimits) {
    if caps.day.is_none() {
        caps.pacing = Pacing::Asap;
    }
}

/// Returns a source with a random payout.
fn source(n: usize, rng: &mut Rng) -> Source {
    let money = |micros| Money::from_micros(micros, Currency::USD);
    let share = PayoutShare {
        share: format!("{}.5%", rng.below(99)).parse().unwrap(),
        min: rng.chance(1, 2).then(|| money(1_500_000)),
        max: rng.chance(1, 2).then(|| money(9_000_001)),
        less: None,
    };
    let fixed = Payout::Fixed(money(20_000_000));
    let kept = PayoutShare { less: Some(money(1_500_000)), ..PayoutShare::of(Percent::WHOLE) };
    let rules = [None, Some(fixed), Some(Payout::Share(share)), Some(Payout::Share(kept))];
    let limit = |rng: &mut Rng| rng.chance(1, 3).then(|| rng.below(50));
    Source {
        id: format!("s{n}").parse().unwrap(),
        payout: rules[usize::try_from(rng.below(4)).unwrap()],
        pings: rate(rng),
        spam: rate(rng),
        call_pings: CallPings {
            life: Duration::from_secs(rng.below(3_596) + 5),
            caller_id_required: rng.chance(1, 2),
        },
        payouts: Vec::new(),
        intake: (0..rng.below(3)).map(|at| entrance(n, at, rng)).collect(),
        payout_caps: PayoutCaps {
            zone: TimeZone::get(if rng.chance(1, 2) { "America/Denver" } else { "UTC" }).unwrap(),
            limits: PayoutLimits { day: limit(rng), total: limit(rng), ..PayoutLimits::NONE },
        },
    }
}

fn rate(rng: &mut Rng) -> Option<Rate> {
    rng.chance(1, 3).then(|| Rate {
        max: u32::try_from(rng.below(99) + 1).unwrap(),
        per: Duration::from_secs(rng.below(3600) + 1),
    })
}

/// Returns a random entrance of a source.
fn entrance(source: usize, at: u64, rng: &mut Rng) -> Entrance {
    let plain = format!("key-{source}-{at}-0123456789");
    let digest = EntranceKey::Plain(plain.clone()).digest();
    let key = if rng.chance(1, 2) { plain } else { format!("sha256:{digest}") };
    let preset = AnswerPreset::ALL[usize::try_from(rng.below(5)).unwrap()].0;
    let format = [None, Some(SourceFormat::Xml)][usize::try_from(rng.below(2)).unwrap()];
    let mut answer = SourceAnswer { preset, format, ..SourceAnswer::default() };
    if rng.chance(1, 2) {
        answer.names.insert(AnswerValue::Id, "lead.id".to_owned());
        answer.words.insert(AnswerWord::Sold, "Say \"yes\"".to_owned());
    }
    let origin = "https://www.example.com:8443".to_owned();
    let form = format!("meta:{source}-{at}").parse().unwrap();
    let names = vec![("Contact.First Name".to_owned(), "first_name".parse().unwrap())];
    Entrance {
        key: key.parse().unwrap(),
        offer: random_book::offer(),
        live: rng.chance(1, 2),
        names: if rng.chance(1, 2) { names } else { Vec::new() },
        answer,
        origins: if rng.chance(1, 2) { vec![origin] } else { Vec::new() },
        forms: if rng.chance(1, 2) { vec![form] } else { Vec::new() },
    }
}

/// Returns a random book that passes the reader's rules; the generator's own may break a few.
fn lawful(rng: &mut Rng) -> Book {
    let shape = Shape { filtered: rng.below(90), zips: 60, special: rng.below(60), rare: 0 };
    let size = usize::try_from(rng.below(25)).unwrap();
    let mut book = random_book::book(rng, shape, size);
    book.trunks = (0..usize::try_from(rng.below(4)).unwrap()).map(|n| trunk(n, rng)).collect();
    book.sources = (0..6).map(|n| source(n, rng)).collect();
    for caps in book.buyers.iter_mut().map(|buyer| &mut buyer.caps) {
        lawful_caps(caps);
    }
    for buyer in &mut book.buyers {
        buyer.prepaid = rng.chance(1, 4);
        buyer.balance_low = (buyer.prepaid && rng.chance(1, 2))
            .then(|| Money::from_micros(500_000_000, Currency::USD));
    }
    for offer in &mut book.offers {
        lawful_caps(&mut offer.caps);
        offer.share += u8::try_from(rng.below(3)).unwrap();
        let fields = vec!["phone".parse().unwrap(), "name".parse().unwrap()];
        let rule = Duplicate {
            fields,
            window: Duration::from_secs(30 * 86_400),
            after: RepeatAfter::Connected,
            then: RepeatThen::Refuse,
        };
        offer.duplicate = vec![rule; usize::try_from(rng.below(3)).unwrap()];
        offer.show_buyer = rng.chance(1, 4);
        match rng.below(6) {
            0 => offer.strategy = Strategy::Performance,
            1 => offer.strategy = Strategy::Auction,
            _ => {}
        }
    }
    for contract in &mut book.contracts {
        lawful_caps(&mut contract.caps);
        let (window, pause) = (Duration::from_secs(5_400), Duration::from_secs(600));
        let unanswered = Some(Unanswered { calls: 3, window, pause });
        let rest = AutoPause { unanswered, returns: None };
        contract.auto_pause = rng.chance(1, 4).then_some(rest);
        contract.weight += 1;
        contract.filters.fields.retain(|rule| match rule.tests.as_slice() {
            [FieldTest::Min(min), FieldTest::Max(max)] => min <= max,
            _ => true,
        });
        if let Some(schedule) = &mut contract.schedule
            && rng.chance(1, 3)
        {
            schedule.outside = Outside::Park;
        }
        if rng.chance(1, 4) {
            let text = "Say \"hello\",\\ then\ttab\nand naïve \u{7f}";
            let whisper = contract.destination.as_mut().unwrap();
            whisper.whisper = Some(text.to_owned());
        }
    }
    book
}

#[test]
fn a_written_book_reads_back_equal() {
    let mut rng = Rng::seeded(1891);
    let mut contracts = 0;
    for _ in 0..BOOKS {
        let book = lawful(&mut rng);
        contracts += book.contracts.len();
        let text = book::to_toml(&book);
        let again = parsed(&text);
        assert_eq!(again, book, "{text}");
        assert_eq!(book::to_toml(&again), text);
        let (from_json, faults) = book::parse_json(&book::to_json(&book), Surroundings::default());
        let (from_json, _) = from_json.unwrap_or_else(|| panic!("{faults:#?}"));
        assert_eq!(from_json, book);
        assert_eq!(book::changes(&book, &again), vec![]);
        decides_alike(&mut rng, book, again);
    }
    assert!(contracts > 1_000, "{contracts}");
}

fn decides_alike(rng: &mut Rng, book: Book, again: Book) {
    let (one, other) =
        (Snapshot::compile(Arc::new(book), 1), Snapshot::compile(Arc::new(again), 1));
    let (inquiry, now) = random_book::inquiry(rng);
    let decide = |snapshot| {
        let decision = routing::replay(snapshot, &inquiry, &Unused, now, 1);
        serde_json::to_string(&decision).unwrap()
    };
    assert_eq!(decide(&one), decide(&other));
}

/// Compares the stored part of a decision with the full decision.
#[test]
fn a_stored_decision_is_small_and_gives_all_of_it_again() {
    const DECISIONS: usize = 200;
    let mut rng = Rng::seeded(30);
    let (mut full, mut kept) = (0, 0);
    for _ in 0..DECISIONS {
        let book =
            random_book::book(&mut rng, Shape { filtered: 30, zips: 40, special: 30, rare: 0 }, 30);
        let snapshot = Snapshot::compile(Arc::new(book), 1);
        let (inquiry, now) = random_book::inquiry(&mut rng);
        let decision = routing::replay(&snapshot, &inquiry, &Unused, now, rng.next_u64());
        let whole = serde_json::to_string(&decision).unwrap();
        let row = serde_json::to_string(&Trace::of(&decision)).unwrap();
        let trace: Trace = serde_json::from_str(&row).unwrap();
        let again = trace.replay(&snapshot);
        assert!(trace.agrees(&again));
        assert_eq!(serde_json::to_string(&again).unwrap(), whole);
        full += whole.len();
        kept += row.len();
    }
    println!("of 30 contracts: {} bytes in full, {} stored", full / DECISIONS, kept / DECISIONS);
    assert!(kept * 3 < full, "{kept} {full}");
}

#[test]
fn the_sample_reads_back_equal() {
    let book = parsed(SAMPLE);
    let text = book::to_toml(&book);
    assert_eq!(parsed(&text), book, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let (read, _) = book::parse_json(&book::to_json(&book), Surroundings::default());
    assert_eq!(read.unwrap().0, book);
}

/// Random books differ by what was changed in them, and by nothing else.
#[test]
fn whatever_differs_is_told() {
    let mut rng = Rng::seeded(7);
    for _ in 0..BOOKS {
        let book = lawful(&mut rng);
        let Some(index) = book.contracts.len().checked_sub(1) else { continue };
        let mut other = book.clone();
        let contract = &mut other.contracts[index];
        let id = contract.id.clone();
        let says = match rng.below(5) {
            0 => {
                contract.priority += 1;
                "priority"
            }
            1 => {
                contract.enabled = !contract.enabled;
                "enabled"
            }
            2 => {
                contract.caps.day = Some(contract.caps.day.map_or(1, |day| day + 1));
                "caps.day"
            }
            3 => {
                contract.filters.zips.push("99950".parse().unwrap());
                "filters.zips"
            }
            _ => {
                other.contracts.remove(index);
                "removed"
            }
        };
        let reported: Vec<String> =
            book::changes(&book, &other).iter().map(ToString::to_string).collect();
        assert_eq!(reported.len(), 1, "{reported:?}");
        assert!(reported[0].starts_with(&format!("contract {id}: {says}")), "{reported:?}");
    }
}

#[test]
fn changes_in_words() {
    for (from, to, reported) in [
        (
            "amount = \"45.00\"",
            "amount = \"50.00\"",
            "contract acme-auto-ca: price 45.00 → 50.00 USD",
        ),
        (
            "caps = { day = 100, concurrent = 10 }",
            "caps = { day = 90 }",
            "buyer acme: caps.concurrent 10 → unset\nbuyer acme: caps.day 100 → 90",
        ),
        (
            "states = [\"CA\", \"NV\"]",
            "states = [\"CA\"]",
            "contract acme-auto-ca: filters.states CA, NV → CA",
        ),
        (
            "zips = [\"80202\", \"80203\", \"80205\", \"80206\", \"80209\"]",
            "zips = [\"80202\", \"80203\", \"80205\", \"80206\", \"80210\", \"80211\"]",
            "contract canyon-solar: filters.zips 2 added (80210, 80211), 1 removed (80209)",
        ),
        (
            "\"09:00-12:30\", ",
            "",
            "contract acme-auto-ca: schedule.weekly.fri 09:00-12:30, \
         13:00-20:00 → 13:00-20:00",
        ),
        (
            "strategy = \"weighted\"",
            "strategy = \"round_robin\"",
            "offer solar: strategy weighted → round_robin",
        ),
        ("id = \"house\" ", "id = \"home\" ", "source house: removed\nsource home: added"),
        (
            "timezone = \"America/Denver\"",
            "timezone = \"America/Boise\"",
            "buyer canyon: timezone America/Denver → America/Boise",
        ),
        ("id = \"carrier-b\"", "id = \"carrier-b\" # the same", ""),
    ] {
        let changed = SAMPLE.replacen(from, to, 1);
        let changed = changed.replace("source = \"house\"", "source = \"search-ads\"");
        let changed = changed.replace("\"search-ads\", \"house\"", "\"search-ads\"");
        let base = SAMPLE.replace("source = \"house\"", "source = \"search-ads\"");
        let base = base.replace("\"search-ads\", \"house\"", "\"search-ads\"");
        let found = book::changes(&parsed(&base), &parsed(&changed));
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        let wanted: Vec<&str> = reported.lines().collect();
        let shown: Vec<&str> = lines.iter().take(wanted.len()).map(String::as_str).collect();
        assert_eq!(shown, wanted, "{from}");
        assert!(lines.len() <= wanted.len() + 4, "{lines:?}");
        assert_eq!(lines.is_empty(), reported.is_empty());
    }
}

#[test]
fn a_merge_adds_and_changes_and_takes_nothing_away() {
    let base = parsed(SAMPLE);
    let file = r#"
[[buyer]]
id = "fresh"
timezone = "America/New_York"
[[contract]]
id = "fresh-solar"
buyer = "fresh"
offer = "solar"
price = { amount = "70.00", currency = "USD" }
destination = { sip = "sip:a@198.51.100.9" }
[[contract]]
id = "canyon-auto"
buyer = "canyon"
offer = "auto-quote"
price = { amount = "36.00", currency = "USD" }
destination = { sip = "sip:auto@203.0.113.20:5060" }
"#;
    let (merged, faults) = book::merge(&base, "f", file, Surroundings::default());
    let merged = merged.unwrap_or_else(|| panic!("{faults:#?}"));
    let reported: Vec<String> =
        book::changes(&base, &merged).iter().map(ToString::to_string).collect();
    assert!(reported.iter().all(|line| !line.contains(": removed")), "{reported:?}");
    for line in [
        "buyer fresh: added",
        "contract fresh-solar: added",
        "contract canyon-auto: price 35.00 → 36.00 USD",
        "contract canyon-auto: priority 3 → 1",
    ] {
        assert!(reported.iter().any(|reported| reported == line), "{line}: {reported:#?}");
    }
    let ids = |book: &Book| book.contracts.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&merged)[..base.contracts.len()], ids(&base), "the order stays");
    assert_eq!(parsed(&book::to_toml(&merged)), merged);
    let (again, _) = book::merge(&merged, "f", file, Surroundings::default());
    assert_eq!(again.unwrap(), merged, "merging twice changes nothing");
    let (nothing, _) = book::merge(&base, "f", "", Surroundings::default());
    assert_eq!(nothing.unwrap(), base);
}

#[test]
fn a_merge_is_refused_whole_with_its_own_lines() {
    let base = parsed(SAMPLE);
    for (file, reported) in [
        (
            "[[contract]]\nid = \"x\"\nbuyer = \"acmee\"\noffer = \"solar\"\n\
          price = { amount = \"1\", currency = \"USD\" }\n\
          destination = { sip = \"sip:a@198.51.100.9\" }",
            "f:3:9: error: buyer `acmee` is unknown (did you mean `acme`?)",
        ),
        (
            "[[buyer]]\nid = \"new\"\ntimezone = \"America/New_Yrok\"",
            "f:3:12: error: `America/New_Yrok` is not a time zone (did you mean `America/New_York`?)",
        ),
        ("x = [", "f:1:6: error: this is not TOML"),
    ] {
        let (merged, faults) = book::merge(&base, "f", file, Surroundings::default());
        assert!(merged.is_none());
        assert!(faults[0].to_string().starts_with(reported), "{faults:?}");
    }
    // A rule that spans the file and the rest of the book is checked as well.
    let second = "[[contract]]\nid = \"x\"\nbuyer = \"acme\"\noffer = \"solar\"\n\
                  price = { amount = \"1\", currency = \"USD\" }\n\
                  destination = { sip = \"sip:a@198.51.100.9\" }";
    let (merged, faults) = book::merge(&base, "f", second, Surroundings::default());
    assert!(merged.is_none());
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("buyer `acme` already has a contract for offer `solar`"), "{said:?}");
}

#[test]
fn json_faults_point_at_their_value() {
    for (document, pointer, message) in [
        (serde_json::json!([]), "", "a book is an object of lists"),
        (serde_json::json!({"buyers": []}), "", ""),
        (serde_json::json!({"buyers": 1}), "/buyers", "unknown key `buyers` in the file"),
        (
            serde_json::json!({"buyer": {"id": "x"}}),
            "/buyer",
            "`buyer` must be a list of tables, \
          not a table",
        ),
        (
            serde_json::json!({"buyer": [{"id": "a", "timezone": "UTC"},
            {"id": "b", "timezone": "Mars/Base"}]}),
            "/buyer/1/timezone",
            "`Mars/Base` is not a time zone",
        ),
        (
            serde_json::json!({"buyer": [{"id": "a", "timezone": "UTC", "caps": {"day": -1}}]}),
            "/buyer/0/caps/day",
            "`day` must be from 0 to 1000000000000, not -1",
        ),
        (
            serde_json::json!({"source": [{"id": "a", "payout": {"amount": 5, "currency": "USD"}}]}),
            "/source/0/payout/amount",
            "`amount` must be a string, not a whole number",
        ),
    ] {
        let (book, faults) = book::parse_json(&document, Surroundings::default());
        let errors: Vec<_> =
            faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
        assert_eq!(book.is_none(), !errors.is_empty());
        if message.is_empty() {
            continue;
        }
        let first = errors.first().unwrap_or_else(|| panic!("{document}: {faults:?}"));
        assert_eq!((first.pointer.as_str(), first.message.as_str()), (pointer, message));
    }
}

/// A table of invalid books: each is rejected with its line, and nothing of it is applied.
#[test]
fn bad_books_are_refused_with_their_line() {
    let price = "price = { amount = \"1.00\", currency = \"USD\" }";
    let contract = |id: &str, more: &str| {
        format!(
            "[[contract]]\nid = \"{id}\"\nbuyer = \"b\"\noffer = \"o\"\n\
                 destination = {{ sip = \"sip:a@198.51.100.9\" }}\n{more}\n"
        )
    };
    let schedule = |schedule: &str| contract("c", &format!("{price}\nschedule = {schedule}"));
    let filters = |filters: &str| contract("c", &format!("{price}\nfilters = {filters}"));
    let cases = [
        (schedule("{ weekly = { mon = [\"25:00-26:00\"] } }"), 7, "not valid hours"),
        (schedule("{ weekly = { mon = [\"09:00-09:00\"] } }"), 7, "not valid hours"),
        (schedule("{ weekly = { mon = [\"09:00-12:00\", \"11:00-13:00\"] } }"), 7, "overlaps"),
        (schedule("{ weekly = { moonday = [\"09:00-12:00\"] } }"), 7, "is not a day"),
        (schedule("{ weekly = {} }"), 7, "`weekly` is empty"),
        (schedule("{ closed = [\"2026-02-30\"] }"), 7, "is not a date"),
        (schedule("{ holidays = \"uk\" }"), 7, "`holidays` cannot be `uk`"),
        (schedule("{ outside = \"wait\" }"), 7, "`outside` cannot be `wait`"),
        (contract("c", &format!("{price}\ncaps = {{ day = -5 }}")), 7, "must be from 0"),
        (
            contract("c", "price = { amount = \"1.0000001\", currency = \"USD\" }"),
            6,
            "more than 6 decimals",
        ),
        (contract("c", "price = { amount = \"-1\", currency = \"USD\" }"), 6, "below zero"),
        (contract("c", "price = { amount = \"1\", currency = \"usd\" }"), 6, "not a currency"),
        (contract("c", price) + &contract("d", price), 7, "already has a contract"),
        (contract("c", price) + &contract("c", price), 8, "declared twice"),
        (filters("{ fields = [{ field = \"x\", regex = \"(a{1000}){1000}\" }] }"), 7, "too large"),
        (filters("{ fields = [{ field = \"x\", regex = \"(\" }] }"), 7, "is not a pattern"),
        (filters("{ fields = [{ field = \"x\", min = 9, max = 3 }] }"), 7, "no number is from"),
        (filters("{ zips = [\"9021\"] }"), 7, "is not a zip"),
        (filters("{ states = [\"XX\"] }"), 7, "is not a state"),
        (
            "[[buyer]]\nid = \"z\"\ntimezone = \"America/Nowhere\"\n".to_owned(),
            3,
            "is not a time zone",
        ),
        (
            "[[offer]]\nid = \"p\"\ndq = { offer = \"q\" }\n[[offer]]\nid = \"q\"\n\
          dq = { offer = \"p\" }\n"
                .to_owned(),
            3,
            "forms a loop: p → q → p",
        ),
        ("[[offer]]\nid = \"p\"\ndq = { offer = \"p\" }\n".to_owned(), 3, "loop: p → p"),
        ("[[offer]]\nid = \"p\"\ndq = { buyer = \"nobody\" }\n".to_owned(), 3, "is unknown"),
    ];
    let rest = "[[buyer]]\nid = \"b\"\ntimezone = \"America/New_York\"\n[[offer]]\nid = \"o\"\n\
                dq = { reject = true }\n";
    for (text, line, says) in cases {
        let (book, faults) = book::parse("b", &format!("{text}{rest}"));
        assert!(book.is_none(), "{text}");
        let errors: Vec<_> =
            faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
        let reported = errors.iter().find(|fault| fault.place.line == line);
        let reported = reported.unwrap_or_else(|| panic!("line {line} of\n{text}: {errors:#?}"));
        assert!(reported.to_string().contains(says), "{reported}");
    }
}
