//! The index gives exactly the plain evaluator's verdicts, and decisions are complete.

use std::collections::HashMap;
use std::collections::HashSet;
use std::mem::Discriminant;
use std::sync::Arc;

use strowger::base::ContractId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Skip;
use strowger::base::Wall;
use strowger::book::Book;
use strowger::book::RepeatAfter;
use strowger::book::RepeatThen;
use strowger::book::Ring;
use strowger::book::Tier;
use strowger::caps::CapKey;
use strowger::caps::Ceiling;
use strowger::caps::Counters;
use strowger::caps::Full;
use strowger::caps::Level;
use strowger::caps::Mark;
use strowger::caps::Periods;
use strowger::routing::Decision;
use strowger::routing::Known;
use strowger::routing::Moment;
use strowger::routing::Pick;
use strowger::routing::Sequence;
use strowger::routing::Snapshot;
use strowger::routing::Standing;
use strowger::routing::Turn;
use strowger::routing::Usage;
use strowger::routing::Verdict;
use strowger::routing::decide;
use strowger::routing::index;
use strowger::routing::plain;
use strowger::routing::replay;

use crate::random_book;
use crate::random_book::Shape;

/// Minimum number of verdicts to compare.
const VERDICTS_MIN: usize = 1_000_000;

struct World {
    counters: Counters,
    sequence: Sequence,
}

impl Usage for World {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.counters.full(ceiling, periods)
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.counters.sold(mark, now)
    }
}

impl Standing for World {
    fn turn(&self, contract: &ContractId) -> Turn {
        self.sequence.turn(contract)
    }
}

/// Counters with arbitrary values.
fn used(rng: &mut Rng, book: &Book, now: Now) -> Counters {
    let mut counters = Counters::new();
    let mut raise = |level: &Level, zone: &jiff::tz::TimeZone| {
        let periods = Periods::at(zone, now.wall);
        for window in strowger::caps::Window::ALL {
            if rng.chance(1, 3) {
                let key = CapKey { level: level.clone(), period: periods.of(window) };
                counters.raise(
                    &key,
                    rng.below(12),
                    i64::try_from(rng.below(12)).unwrap() * 1_000_000,
                );
            }
        }
    };
    for (contract, buyer) in book.contracts.iter().zip(&book.buyers) {
        raise(&Level::Contract(contract.id.clone()), &buyer.timezone);
        raise(&Level::Buyer(buyer.id.clone()), &buyer.timezone);
    }
    raise(&Level::Offer(random_book::offer()), &jiff::tz::TimeZone::UTC);
    for contract in &book.contracts {
        if let Some(rule) = contract.duplicate.first().filter(|_| rng.chance(1, 2)) {
            let level = Level::Contract(contract.id.clone());
            let mark = match rule.after {
                RepeatAfter::Connected => Mark::new(&level, &["bo"], rule.window),
                RepeatAfter::Converted => Mark::of_conversion(&level, &["bo"], rule.window),
            };
            counters.remember(mark, now.wall);
        }
    }
    counters
}

#[test]
fn the_index_equals_the_plain_evaluator_contract_by_contract() {
    let mut rng = Rng::seeded(1891);
    let mut compared = 0;
    let mut seen: HashMap<&'static str, usize> = HashMap::new();
    let mut stages: HashMap<Discriminant<Verdict>, usize> = HashMap::new();
    while compared < VERDICTS_MIN {
        let rare = rng.below(3) * 12;
        let shape = Shape { filtered: rng.below(60), zips: 40, special: rng.below(20), rare };
        let size = usize::try_from(rng.below(200)).unwrap();
        let book = Arc::new(random_book::book(&mut rng, shape, size));
        let snapshot = Snapshot::compile(book.clone(), 1);
        let roster = snapshot.roster(&random_book::offer()).unwrap();
        for _ in 0..100 {
            let (inquiry, now) = random_book::inquiry_of(&mut rng, rare > 0);
            let counters = used(&mut rng, &book, now);
            let world = World { counters, sequence: Sequence::new() };
            let known = Known::of(&inquiry);
            let moment = Moment::new(roster, now);
            let specified = plain::evaluate(roster, &known, &world, &moment);
            let indexed = index::evaluate(roster, &known, &world, &moment);
            assert_eq!(indexed, specified, "{inquiry:?} {now:?} {book:#?}");
            for verdict in &specified {
                *stages.entry(std::mem::discriminant(verdict)).or_default() += 1;
                *seen.entry(verdict.skip().map_or("eligible", Skip::code)).or_default() += 1;
            }
            compared += specified.len();
        }
    }
    // Random books that never reach a stage prove nothing about it.
    for code in [
        "eligible",
        "disabled",
        "channel",
        "geo_mismatch",
        "source_denied",
        "field_mismatch",
        "required_missing",
        "duplicate",
        "cap_hour",
        "cap_day",
        "cap_week",
        "cap_month",
        "cap_total",
        "cap_concurrent",
        "cap_paced",
        "cap_budget",
        "closed",
        "holiday",
        "score_low",
        "quality_failed",
    ] {
        assert!(seen.get(code).is_some_and(|count| *count > 100), "{code}: {seen:?}");
    }
    for place in [
        Verdict::State,
        Verdict::Zip,
        Verdict::AreaCode,
        Verdict::City,
        Verdict::County,
        Verdict::Country,
        Verdict::Radius,
        Verdict::Dma,
    ] {
        let count = stages.get(&std::mem::discriminant(&place));
        assert!(count.is_some_and(|count| *count > 100), "{place:?}: {count:?}");
    }
}

fn check_whole(book: &Book, decision: &Decision) {
    let picked = decision.picks().map(|pick| pick.contract);
    let passed = decision.passed_over().map(|passed| passed.contract);
    let named: Vec<_> = picked.chain(passed).collect();
    let once: HashSet<_> = named.iter().collect();
    assert_eq!((named.len(), once.len()), (book.contracts.len(), book.contracts.len()));
    let picks: Vec<_> = decision.picks().collect();
    check_repeats(book, &picks);
    for pair in picks.windows(2) {
        assert!(pair[0].had_at.is_some() || pair[0].tier <= pair[1].tier);
        match pair[1].wave - pair[0].wave {
            0 => assert_eq!(pair[0].tier, pair[1].tier),
            step => assert_eq!(step, 1),
        }
    }
    let width = match decision.ring {
        Ring::Sequential => 1,
        Ring::Simultaneous { width } => usize::from(width),
    };
    for pick in decision.picks() {
        assert!(decision.wave(pick.wave).count() <= width);
    }
    let tiers: HashSet<Tier> = decision.picks().map(|pick| pick.tier).collect();
    let earlier = tiers.contains(&Tier::Primary) || tiers.contains(&Tier::Secondary);
    assert!(!(earlier && tiers.contains(&Tier::Overflow)));
    for passed in decision.passed_over() {
        assert!(!passed.detail.to_string().is_empty(), "{passed:?}");
    }
    check_hours(book, decision);
    let held_back = decision.passed_over().any(|passed| passed.reason == Skip::NotInTier);
    assert!(earlier || !held_back);
}

/// A contract that had the person comes first and is alone; for one that the rule frees of its bill,
/// nothing is owed.
fn check_repeats(book: &Book, picks: &[Pick]) {
    for (place, pick) in picks.iter().enumerate() {
        let contract = book.contract(&pick.contract).unwrap();
        let has = |then| contract.duplicate.iter().any(|rule| rule.then == then);
        if pick.had_at.is_some() {
            assert!(has(RepeatThen::SameBuyer) && place == 0, "{pick:?}");
            assert_eq!(picks.iter().filter(|other| other.wave == pick.wave).count(), 1);
        }
        if pick.unbilled().is_some() {
            assert!(has(RepeatThen::NotBilled) && pick.price.micros() == 0, "{pick:?}");
            assert!(pick.caps.iter().all(|ceiling| ceiling.price == 0), "{pick:?}");
        } else {
            assert_eq!(pick.price, contract.price);
        }
    }
}

/// Hours as the book itself reads them.
fn check_hours(book: &Book, decision: &Decision) {
    let open = |id: &ContractId| {
        let contract = book.contract(id).unwrap();
        let zone = &book.buyer(&contract.buyer).unwrap().timezone;
        contract.schedule.as_ref().map_or(Ok(()), |s| s.open_at(zone, decision.at))
    };
    for pick in decision.picks() {
        assert_eq!(open(&pick.contract), Ok(()));
    }
    for passed in decision.passed_over() {
        if matches!(passed.reason, Skip::Closed | Skip::Holiday) {
            assert_eq!(open(&passed.contract), Err(passed.reason));
        }
    }
}

#[test]
fn decisions_are_whole_and_replay_bit_for_bit() {
    let mut rng = Rng::seeded(7);
    let (mut same, mut free) = (0, 0);
    for _ in 0..150 {
        let shape = Shape { filtered: rng.below(30), zips: 40, special: rng.below(20), rare: 0 };
        let size = usize::try_from(rng.below(60)).unwrap();
        let book = Arc::new(random_book::book(&mut rng, shape, size));
        let snapshot = Snapshot::compile(book.clone(), 3);
        let again = Snapshot::compile(Arc::new(book.as_ref().clone()), 3);
        let (_, now) = random_book::inquiry(&mut rng);
        let mut world = World { counters: used(&mut rng, &book, now), sequence: Sequence::new() };
        for _ in 0..20 {
            let (inquiry, now) = random_book::inquiry(&mut rng);
            let decision = decide(&snapshot, &inquiry, &world, now, &mut rng);
            check_whole(&book, &decision);
            same += decision.picks().filter(|pick| pick.had_at.is_some()).count();
            free += decision.picks().filter(|pick| pick.unbilled().is_some()).count();
            let replayed = replay(&again, &inquiry, &world, now, decision.seed);
            assert_eq!(
                serde_json::to_string(&replayed).unwrap(),
                serde_json::to_string(&decision).unwrap()
            );
            world.sequence.advance(&decision);
        }
    }
    assert!(same > 20 && free > 20, "{same} {free}");
}
