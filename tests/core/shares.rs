//! Weighted shares and round robin through the door, one call after another and concurrently.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::Mutex;

use strowger::base::Fields;
use strowger::base::Now;
use strowger::base::Origin;
use strowger::base::Rng;
use strowger::book;
use strowger::book::Channel;
use strowger::dispatch::Dispatch;
use strowger::quota::Quota;
use strowger::routing::Inquiry;
use strowger::routing::Snapshot;

use crate::ready::ready;

/// Contracts as `name weight` pairs. Those in capitals accept callers from California only.
fn door(strategy: &str, ring: &str, contracts: &[(&str, u32)]) -> Dispatch {
    let mut text = format!("[[offer]]\nid = \"auto\"\nstrategy = \"{strategy}\"\n{ring}\n");
    for (name, weight) in contracts {
        let states = if name.chars().all(char::is_uppercase) { "\"CA\"" } else { "" };
        write!(
            text,
            "[[buyer]]\nid = \"{name}\"\ntimezone = \"America/New_York\"\n\
             [[contract]]\nid = \"{name}\"\nbuyer = \"{name}\"\noffer = \"auto\"\n\
             weight = {weight}\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             filters = {{ states = [{states}] }}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
        )
        .unwrap();
    }
    let (book, faults) = book::parse("book.toml", &text);
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let book = book.unwrap_or_else(|| panic!("{faults:#?}"));
    Dispatch::new(Snapshot::compile(Arc::new(book), 1), Quota::memory())
}

fn inquiry(state: &str) -> Inquiry {
    let mut fields = Fields::default();
    assert!(fields.set("state".parse().unwrap(), state, Origin::Ivr));
    let (offer, channel) = ("auto".parse().unwrap(), Channel::Call);
    Inquiry { offer, channel, source: None, caller: None, fields }
}

fn now() -> Now {
    Now::at("2026-01-06T15:00:00Z".parse().unwrap())
}

/// Returns the first pick.
fn first(door: &Dispatch, state: &str, rng: &mut Rng) -> String {
    let decision = ready(door.decide(&door.snapshot(), &inquiry(state), now(), rng));
    decision.first().unwrap().contract.to_string()
}

/// Maximum distance of a run of calls from the shares: a count times the sum of the weights.
fn furthest(served: &[String], contracts: &[(&str, u32)]) -> f64 {
    let sum: u32 = contracts.iter().map(|(_, weight)| weight).sum();
    let off = contracts.iter().map(|(name, weight)| {
        let count = served.iter().filter(|served| served == name).count();
        let (count, calls) = (count as f64, served.len() as f64);
        (count - calls * f64::from(*weight) / f64::from(sum)).abs()
    });
    off.fold(0.0, f64::max)
}

#[test]
fn shares_are_never_a_whole_call_off() {
    let fixed: &[&[(&str, u32)]] = &[
        &[("a", 50), ("b", 30), ("c", 20)],
        &[("a", 3), ("b", 1)],
        &[("a", 1)],
        &[("a", 1), ("b", 1), ("c", 1), ("d", 1)],
        &[("a", 97), ("b", 1), ("c", 1), ("d", 1)],
        &[("a", 1_000_000), ("b", 1)],
    ];
    for contracts in fixed {
        let door = door("weighted", "", contracts);
        let mut rng = Rng::seeded(1);
        let served: Vec<String> = (0..1_000).map(|_| first(&door, "CA", &mut rng)).collect();
        for calls in 1..=served.len() {
            let off = furthest(&served[..calls], contracts);
            assert!(off < 1.0, "{contracts:?} after {calls}: {off}");
        }
    }
}

#[test]
fn random_weights_keep_their_bound() {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let mut rng = Rng::seeded(5);
    for _ in 0..20 {
        let size = usize::try_from(2 + rng.below(11)).unwrap();
        let weights = NAMES.iter().take(size).map(|name| (*name, 1 + rng.below(60)));
        let contracts: Vec<(&str, u32)> =
            weights.map(|(name, weight)| (name, u32::try_from(weight).unwrap())).collect();
        let door = door("weighted", "", &contracts);
        let served: Vec<String> = (0..400).map(|_| first(&door, "CA", &mut rng)).collect();
        let bound = 1.0 - 1.0 / (2.0 * contracts.len() as f64 - 2.0) + 1e-6;
        for calls in 1..=served.len() {
            let off = furthest(&served[..calls], &contracts);
            assert!(off <= bound, "{contracts:?} after {calls}: {off}");
        }
    }
}

#[test]
fn any_run_of_calls_keeps_the_shares() {
    let contracts = [("a", 50), ("b", 30), ("c", 20)];
    let door = door("weighted", "", &contracts);
    let mut rng = Rng::seeded(1);
    let served: Vec<String> = (0..200).map(|_| first(&door, "CA", &mut rng)).collect();
    for run in 1..=40 {
        for calls in served.windows(run) {
            let off = furthest(calls, &contracts);
            assert!(off <= 1.0 + 1e-6, "{calls:?}: {off}");
        }
    }
}

#[test]
fn shares_hold_when_threads_decide_at_once() {
    let contracts = [("a", 50), ("b", 30), ("c", 20)];
    let door = door("weighted", "", &contracts);
    let served = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (door, served) = (&door, &served);
            scope.spawn(move || {
                let mut rng = Rng::seeded(seed);
                for _ in 0..250 {
                    let name = first(door, "CA", &mut rng);
                    served.lock().unwrap().push(name);
                }
            });
        }
    });
    let served = served.into_inner().unwrap();
    let off = furthest(&served, &contracts);
    assert!(off < 1.0, "{off}");
}

#[test]
fn a_contract_that_did_not_qualify_catches_nothing_up() {
    // B accepts California only: while Texans call, it is owed nothing.
    let contracts = [("a", 1), ("B", 1)];
    let door = door("weighted", "", &contracts);
    let mut rng = Rng::seeded(1);
    for _ in 0..100 {
        assert_eq!(first(&door, "TX", &mut rng), "a");
    }
    let served: Vec<String> = (0..20).map(|_| first(&door, "CA", &mut rng)).collect();
    for calls in 1..=20 {
        assert!(furthest(&served[..calls], &contracts) < 1.0, "{served:?}");
    }
}

#[test]
fn round_robin_gives_each_one_before_any_gets_two() {
    let door = door("round_robin", "", &[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
    let mut rng = Rng::seeded(1);
    let served: Vec<String> = (0..40).map(|_| first(&door, "CA", &mut rng)).collect();
    for cycle in served.windows(4) {
        let mut cycle = cycle.to_vec();
        cycle.sort();
        assert_eq!(cycle, ["a", "b", "c", "d"]);
    }
}

#[test]
fn round_robin_holds_when_threads_decide_at_once() {
    let door = door("round_robin", "", &[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
    let served: Mutex<HashMap<String, u32>> = Mutex::default();
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (door, served) = (&door, &served);
            scope.spawn(move || {
                let mut rng = Rng::seeded(seed);
                for _ in 0..250 {
                    let name = first(door, "CA", &mut rng);
                    *served.lock().unwrap().entry(name).or_default() += 1;
                }
            });
        }
    });
    let served = served.into_inner().unwrap();
    assert!(served.values().all(|count| *count == 250), "{served:?}");
}

#[test]
fn round_robin_is_fair_to_whoever_qualifies_for_some_calls_only() {
    let door = door("round_robin", "", &[("a", 1), ("B", 1), ("c", 1), ("D", 1)]);
    let mut rng = Rng::seeded(9);
    // Since each contract's latest turn: contracts that qualified in every call and had no turn.
    let mut passed: HashMap<String, Vec<String>> = HashMap::new();
    for _ in 0..400 {
        let state = if rng.chance(1, 2) { "CA" } else { "TX" };
        let snapshot = door.snapshot();
        let decision = ready(door.decide(&snapshot, &inquiry(state), now(), &mut rng));
        let line: Vec<String> = decision.picks().map(|p| p.contract.to_string()).collect();
        let waiting = passed.insert(line[0].clone(), line[1..].to_vec()).unwrap_or_default();
        let skipped = waiting.iter().find(|name| line.contains(name));
        assert_eq!(skipped, None, "{line:?}");
        passed.values_mut().for_each(|waiting| waiting.retain(|name| *name != line[0]));
    }
}

#[test]
fn the_rest_of_the_line_is_whose_turn_comes_next() {
    let door = door("round_robin", "", &[("a", 1), ("b", 1), ("c", 1)]);
    let mut rng = Rng::seeded(1);
    for expected in ["a b c", "b c a", "c a b", "a b c"] {
        let decision = ready(door.decide(&door.snapshot(), &inquiry("CA"), now(), &mut rng));
        let line: Vec<String> = decision.picks().map(|p| p.contract.to_string()).collect();
        assert_eq!(line.join(" "), expected);
    }
}

#[test]
fn a_whole_wave_uses_its_turns() {
    let ring = "ring = \"simultaneous\"\nring_width = 2";
    let robin = door("round_robin", ring, &[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
    let shares = door("weighted", ring, &[("a", 2), ("b", 1), ("c", 1)]);
    let mut rng = Rng::seeded(1);
    let mut rung: HashMap<String, u32> = HashMap::new();
    for expected in ["a b", "c d", "a b"] {
        let decision = ready(robin.decide(&robin.snapshot(), &inquiry("CA"), now(), &mut rng));
        let wave: Vec<String> = decision.wave(1).map(|p| p.contract.to_string()).collect();
        assert_eq!(wave.join(" "), expected);
    }
    for _ in 0..100 {
        let decision = ready(shares.decide(&shares.snapshot(), &inquiry("CA"), now(), &mut rng));
        for pick in decision.wave(1) {
            *rung.entry(pick.contract.to_string()).or_default() += 1;
        }
    }
    let mut rung: Vec<(String, u32)> = rung.into_iter().collect();
    rung.sort();
    assert_eq!(rung, [("a".into(), 100), ("b".into(), 50), ("c".into(), 50)]);
}

#[test]
fn a_preview_uses_no_turn() {
    let door = door("round_robin", "", &[("a", 1), ("b", 1)]);
    let mut rng = Rng::seeded(1);
    for expected in ["a", "b", "a", "b"] {
        for _ in 0..3 {
            let pool = ready(door.preview(&door.snapshot(), &inquiry("CA"), now()));
            assert_eq!(pool.first().unwrap().contract.as_str(), expected);
        }
        assert_eq!(first(&door, "CA", &mut rng), expected);
    }
    assert_eq!(door.live(), 0);
}
