//! Random books and inquiries from a seed, for the property tests and the benchmark.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Weekday;
use jiff::civil::date;
use jiff::tz::TimeZone;
use strowger::base::Currency;
use strowger::base::Fields;
use strowger::base::Holidays;
use strowger::base::Money;
use strowger::base::Now;
use strowger::base::OfferId;
use strowger::base::Origin;
use strowger::base::Rng;
use strowger::base::Srtp;
use strowger::base::Wall;
use strowger::base::Week;
use strowger::book::Accept;
use strowger::book::Attestation;
use strowger::book::AuctionRules;
use strowger::book::Book;
use strowger::book::Budget;
use strowger::book::Buyer;
use strowger::book::CapLimits;
use strowger::book::Channel;
use strowger::book::CityRule;
use strowger::book::Contract;
use strowger::book::Decimal;
use strowger::book::Destination;
use strowger::book::DmaRule;
use strowger::book::Dq;
use strowger::book::Duplicate;
use strowger::book::FieldRule;
use strowger::book::FieldTest;
use strowger::book::Filters;
use strowger::book::Offer;
use strowger::book::Outside;
use strowger::book::Pacing;
use strowger::book::Pattern;
use strowger::book::Radius;
use strowger::book::RepeatAfter;
use strowger::book::RepeatThen;
use strowger::book::Ring;
use strowger::book::SaleRules;
use strowger::book::Schedule;
use strowger::book::SourceRule;
use strowger::book::Strategy;
use strowger::book::Target;
use strowger::book::Tier;
use strowger::book::UsState;
use strowger::book::Zip;
use strowger::geo::CityName;
use strowger::geo::DmaCode;
use strowger::routing::Inquiry;

const ZONES: [&str; 5] = [
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Phoenix",
    "Pacific/Honolulu",
];
const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// How often a contract has a filter, and how long its lists are.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Percent of contracts with each kind of filter.
    pub(crate) filtered: u64,
    /// Maximum entries in a list of zips.
    pub(crate) zips: u64,
    /// Percent of contracts with a budget, a pace, an auto-pause rule, or a duplicate rule.
    pub(crate) special: u64,
    /// Percent of contracts with each of the filters by city, county, country, radius, market area,
    /// score, and attestation.
    pub(crate) rare: u64,
}

/// The one offer of a random book.
pub(crate) fn offer() -> OfferId {
    "offer".parse().unwrap()
}

fn pick<T: Clone>(rng: &mut Rng, list: &[T]) -> T {
    list[index(rng, list.len())].clone()
}

fn index(rng: &mut Rng, below: usize) -> usize {
    usize::try_from(rng.below(below as u64)).unwrap()
}

/// Returns some entries of a list, each once.
fn some<T: Clone + PartialEq>(
    rng: &mut Rng,
    most: u64,
    mut draw: impl FnMut(&mut Rng) -> T,
) -> Vec<T> {
    let mut list = Vec::new();
    for _ in 0..=rng.below(most) {
        let entry = draw(rng);
        if list.len() > 64 || !list.contains(&entry) {
            list.push(entry);
        }
    }
    list
}

fn money(rng: &mut Rng) -> Money {
    Money::from_micros(i64::try_from(rng.below(9)).unwrap() * 500_000, Currency::USD)
}

fn caps(rng: &mut Rng, shape: Shape) -> CapLimits {
    let dollars = |n: u64| Money::from_micros(i64::try_from(n).unwrap() * 1_000_000, Currency::USD);
    let day = rng.chance(shape.special, 100).then(|| dollars(rng.below(20)));
    let pacing =
        if rng.chance((shape.special * 4).min(100), 100) { Pacing::Even } else { Pacing::Asap };
    let budget = Budget { day, ..Budget::NONE };
    let mut limit = |most| rng.chance(shape.filtered, 300).then(|| rng.below(most));
    CapLimits {
        hour: limit(8),
        day: limit(8),
        week: limit(9),
        month: limit(20),
        total: limit(30),
        concurrent: limit(4),
        budget,
        pacing,
    }
}

fn zip(rng: &mut Rng) -> Zip {
    format!("{:05}", rng.below(4_000) * 25).parse().unwrap()
}

fn state(rng: &mut Rng) -> UsState {
    let all: Vec<UsState> = UsState::all().collect();
    pick(rng, &all)
}

fn rule(rng: &mut Rng) -> FieldRule {
    let words = ["new", "renew", "cancel", ""];
    let number =
        |rng: &mut Rng| Decimal::from_micros(i64::try_from(rng.below(80)).unwrap() * 1_000_000);
    let (field, tests) = match rng.below(6) {
        0 => ("age", vec![FieldTest::Min(number(rng))]),
        1 => ("age", vec![FieldTest::Min(number(rng)), FieldTest::Max(number(rng))]),
        2 => ("intent", vec![FieldTest::Equals(pick(rng, &words).to_owned())]),
        3 => {
            let list = some(rng, 3, |rng| pick(rng, &words).to_owned());
            ("intent", vec![FieldTest::OneOf(list)])
        }
        4 => {
            let pattern = pick(rng, &["^n", "ew$", "[aeiou]{2}", "^$"]);
            ("intent", vec![FieldTest::Matches(Pattern::parse(pattern).unwrap())])
        }
        _ => ("name", vec![FieldTest::Present]),
    };
    FieldRule { field: field.parse().unwrap(), tests }
}

fn filters(rng: &mut Rng, shape: Shape) -> Filters {
    let mut filters = Filters::default();
    let has = |rng: &mut Rng| rng.chance(shape.filtered, 100);
    let source = |rng: &mut Rng| format!("s{}", rng.below(4)).parse().unwrap();
    if has(rng) {
        filters.states = some(rng, 30, state);
    }
    if has(rng) {
        filters.zips = some(rng, shape.zips, zip);
    }
    if has(rng) {
        filters.area_codes =
            some(rng, 12, |rng| format!("{}", 200 + rng.below(40)).parse().unwrap());
    }
    if has(rng) {
        filters.fields = some(rng, 3, rule);
    }
    if has(rng) {
        let name = |rng: &mut Rng| pick(rng, &["zip", "state", "name", "age"]).parse().unwrap();
        filters.required = some(rng, 2, name);
    }
    if has(rng) {
        let list = some(rng, 3, source);
        let only = rng.chance(1, 2);
        filters.sources = if only { SourceRule::Only(list) } else { SourceRule::Except(list) };
    }
    if shape.rare > 0 {
        add_rare(rng, shape, &mut filters);
    }
    filters
}

const CITIES: [&str; 6] = ["Dallas", "Houston", "Miami", "Springfield", "Portland", "Aurora"];
const COUNTIES: [&str; 4] = ["48113", "12086", "06037", "36061"];
const COUNTRIES: [&str; 3] = ["US", "CA", "MX"];
/// Zips at the center of radius filters.
const MIDDLES: [&str; 4] = ["75201", "33101", "10001", "90012"];

fn add_rare(rng: &mut Rng, shape: Shape, filters: &mut Filters) {
    let has = |rng: &mut Rng| rng.chance(shape.rare, 100);
    if has(rng) {
        filters.cities = some(rng, 4, |rng| CityRule {
            name: CityName::find(pick(rng, &CITIES)).unwrap(),
            state: rng.chance(1, 2).then(|| pick(rng, &["TX", "FL", "IL"]).parse().unwrap()),
        });
    }
    if has(rng) {
        filters.counties = some(rng, 3, |rng| pick(rng, &COUNTIES).parse().unwrap());
    }
    if has(rng) {
        filters.countries = some(rng, 2, |rng| pick(rng, &COUNTRIES).parse().unwrap());
    }
    if has(rng) {
        let zip = pick(rng, &MIDDLES).parse().unwrap();
        filters.radius = Some(Radius { zip, miles: pick(rng, &[1, 25, 400]) });
    }
    if has(rng) {
        let codes = some(rng, 2, |rng| pick(rng, &["623", "528", "501"]).parse().unwrap());
        let zip = |code: &DmaCode| match code.as_str() {
            "623" => MIDDLES[0],
            "528" => MIDDLES[1],
            _ => MIDDLES[2],
        };
        let zips: BTreeSet<Zip> = codes.iter().map(|code| zip(code).parse().unwrap()).collect();
        filters.dma = Some(DmaRule { codes, zips: zips.into_iter().collect() });
    }
    if has(rng) {
        let micros = i64::try_from(rng.below(40)).unwrap() * 2_500_000;
        filters.min_score = Some(Decimal::from_micros(micros));
    }
    if has(rng) {
        let levels = [Attestation::A, Attestation::B, Attestation::C];
        filters.attestation = some(rng, 2, |rng| pick(rng, &levels));
    }
}

/// Adds the fields that the filters of [`Shape::rare`] use.
fn add_rare_fields(rng: &mut Rng, mut add: impl FnMut(&str, &str)) {
    if rng.chance(1, 3) {
        add("zip", pick(rng, &MIDDLES));
    }
    if rng.chance(1, 3) {
        add("city", pick(rng, &CITIES));
    }
    if rng.chance(1, 3) {
        add("county", pick(rng, &COUNTIES));
    }
    if rng.chance(1, 3) {
        add("country", pick(rng, &COUNTRIES));
    }
    if rng.chance(2, 3) {
        add("score", pick(rng, &["0", "55", "99.5", "-3", "high", ""]));
    }
    if rng.chance(2, 3) {
        add("attestation", pick(rng, &["A", "B", "C", "none"]));
    }
}

fn schedule(rng: &mut Rng) -> Schedule {
    let mut weekly = Week::default();
    for _ in 0..rng.below(9) {
        let minute = |rng: &mut Rng| u16::try_from(rng.below(48) * 30).unwrap();
        let (from, to) = (minute(rng), minute(rng));
        weekly.add(pick(rng, &WEEKDAYS), from, to);
    }
    let closed = rng.chance(1, 4).then(|| date(2026, 1, 6));
    Schedule {
        weekly,
        closed: closed.into_iter().collect::<BTreeSet<_>>(),
        holidays: rng.chance(1, 3).then_some(Holidays::UsFederal),
        outside: Outside::Skip,
    }
}

fn contract(rng: &mut Rng, shape: Shape, n: usize) -> Contract {
    let channels = match rng.below(20) {
        0 => [Channel::Form].into_iter().collect(),
        1..4 => Channel::ALL.iter().copied().collect(),
        _ => [Channel::Call].into_iter().collect(),
    };
    let destination = Destination {
        to: Target::Sip { uri: "sip:a@198.51.100.7".parse().unwrap() },
        whisper: None,
        accept: Accept::None,
        symmetric_rtp: None,
        srtp: rng.chance(1, 4).then(|| pick(rng, Srtp::ALL)),
    };
    Contract {
        id: format!("c{n}").parse().unwrap(),
        buyer: format!("b{n}").parse().unwrap(),
        offer: offer(),
        channels,
        tier: pick(rng, Tier::ALL),
        priority: u32::try_from(rng.below(4)).unwrap(),
        weight: u32::try_from(rng.below(5)).unwrap(),
        price: money(rng),
        buffer: Duration::from_secs(90),
        rules: SaleRules::default(),
        filters: filters(rng, shape),
        schedule: rng.chance(shape.filtered, 100).then(|| schedule(rng)),
        caps: caps(rng, shape),
        duplicate: Vec::from_iter(rng.chance(shape.special, 100).then(|| Duplicate {
            fields: vec!["name".parse().unwrap()],
            window: Duration::from_secs(3_600),
            after: pick(rng, RepeatAfter::ALL),
            then: pick(rng, RepeatThen::ALL),
        })),
        auto_pause: None,
        destination: Some(destination),
        bidder: None,
        delivery: None,
        enabled: !rng.chance(shape.filtered, 1_000),
    }
}

/// Returns a book of one offer with `contracts` contracts, each with its own buyer.
pub(crate) fn book(rng: &mut Rng, shape: Shape, contracts: usize) -> Book {
    let strategies = [
        Strategy::Priority,
        Strategy::Weighted,
        Strategy::RoundRobin,
        Strategy::HighestPrice,
        Strategy::Performance,
        Strategy::Auction,
    ];
    let ring = match rng.below(3) {
        0 => Ring::Simultaneous { width: 2 + u8::try_from(rng.below(4)).unwrap() },
        _ => Ring::Sequential,
    };
    let offer = Offer {
        id: offer(),
        strategy: pick(rng, &strategies),
        auction: AuctionRules::default(),
        ring,
        ring_timeout: Duration::from_secs(20),
        caps: if rng.chance(1, 10) { caps(rng, shape) } else { CapLimits::NONE },
        duplicate: Vec::new(),
        bill_silent: true,
        show_buyer: false,
        share: 1,
        fields: Vec::new(),
        dq: Dq::Reject,
    };
    let buyer = |rng: &mut Rng, n: usize| Buyer {
        id: format!("b{n}").parse().unwrap(),
        timezone: TimeZone::get(pick(rng, &ZONES)).unwrap(),
        caps: caps(rng, shape),
        prepaid: false,
        balance_low: None,
        enabled: !rng.chance(shape.filtered, 1_000),
    };
    Book {
        buyers: (0..contracts).map(|n| buyer(rng, n)).collect(),
        offers: vec![offer],
        contracts: (0..contracts).map(|n| contract(rng, shape, n)).collect(),
        ..Book::default()
    }
}

/// Returns an inquiry for the offer of a random book, and its time.
pub(crate) fn inquiry(rng: &mut Rng) -> (Inquiry, Now) {
    inquiry_of(rng, false)
}

/// The same; a `rare` inquiry also has the fields that the filters of [`Shape::rare`] use.
pub(crate) fn inquiry_of(rng: &mut Rng, rare: bool) -> (Inquiry, Now) {
    let mut fields = Fields::default();
    let mut add = |name: &str, value: &str| {
        assert!(fields.set(name.parse().unwrap(), value, Origin::Ivr));
    };
    if rng.chance(3, 4) {
        add("zip", zip(rng).as_str());
    }
    if rng.chance(1, 4) {
        add("state", pick(rng, &["CA", "TX", "ny", "Nevada", ""]));
    }
    if rng.chance(2, 3) {
        add("age", pick(rng, &["17", "25", "40.5", "66", "old"]));
    }
    if rng.chance(2, 3) {
        add("intent", pick(rng, &["new", "renew", "cancel", ""]));
    }
    if rng.chance(2, 3) {
        add("name", pick(rng, &["Bo", ""]));
    }
    if rare {
        add_rare_fields(rng, add);
    }
    let caller = rng.chance(4, 5).then(|| format!("+1{}5550123", 200 + rng.below(45)));
    let inquiry = Inquiry {
        offer: offer(),
        channel: if rng.chance(1, 10) { Channel::Form } else { Channel::Call },
        source: rng.chance(3, 4).then(|| format!("s{}", rng.below(6)).parse().unwrap()),
        caller: caller.map(|caller| caller.parse().unwrap()),
        fields,
    };
    // A fortnight from the first of January 2026, in minutes.
    let start: Wall = "2026-01-01T00:00:00Z".parse().unwrap();
    let at = start + Duration::from_secs(60 * rng.below(14 * 24 * 60));
    (inquiry, Now::at(at))
}
