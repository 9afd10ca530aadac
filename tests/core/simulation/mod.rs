//! Whole calls in simulated time: callers, the switch, and buyers on a bad wire, with faults by the
//! seed. Thousands of worlds run in seconds, and every step checks the invariants.
//!
//! `STROWGER_SEEDS=100000 cargo test --test core simulation` plays more worlds; `STROWGER_SEED=17
//! cargo test --test core simulation -- --nocapture` plays one and prints its trace.

mod audit;
mod book;
mod ledger;
mod phone;
mod plan;
mod sabotage;
mod studio;
mod switch;
mod usage;
mod wire;
mod world;

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use strowger::book::Book;

use sabotage::Sabotage;
use world::Seen;
use world::World;

/// Default number of worlds.
const SEEDS: u64 = 2_000;
/// Number of books that worlds draw from.
const BOOKS: u64 = 24;
/// Worlds within which a checker must notice an injected fault.
const NOTICED_WITHIN: u64 = 60;

/// What every large run must cover.
const MUST_BE_SEEN: [&str; 20] = [
    "attempt busy",
    "attempt canceled",
    "attempt declined",
    "attempt failed",
    "attempt gone",
    "attempt lost_race",
    "attempt no_answer",
    "attempt not_accepted",
    "attempt won",
    "billed",
    "call abandoned",
    "call bridged",
    "call no_contract",
    "call overload",
    "call rejected_caller",
    "call switch_restart",
    "srtp",
    "transfer busy",
    "transfer no_answer",
    "transferred",
];

#[test]
fn calls_end_well() {
    let books = books();
    if let Some(seed) = number("STROWGER_SEED") {
        println!("{:?}", World::new(seed, &books, Sabotage::Nothing, true).run());
        return;
    }
    let seeds = number("STROWGER_SEEDS").unwrap_or(SEEDS);
    let (seen, failed) = play_all(seeds, &books);
    if let Some((seed, why)) = failed {
        drop(catch_unwind(|| World::new(seed, &books, Sabotage::Nothing, true).run()));
        panic!(
            "seed {seed} fails: {why}\nIts trace is above. Play it again with\n    \
             STROWGER_SEED={seed} cargo test --test core simulation -- --nocapture"
        );
    }
    println!("{seeds} seeds: {seen:?}");
    if seeds >= SEEDS {
        for what in MUST_BE_SEEN {
            assert!(seen.contains_key(what), "no world has met: {what} {seen:?}");
        }
    }
}

#[test]
fn a_seed_replays() {
    let books = books();
    for seed in 0..20 {
        let play = || World::new(seed, &books, Sabotage::Nothing, false).run();
        assert_eq!(play(), play(), "seed {seed}");
    }
}

#[test]
fn every_checker_can_fail() {
    let books = books();
    for (sabotage, says) in Sabotage::ALL {
        let noticed = (0..NOTICED_WITHIN).find_map(|seed| play(seed, &books, *sabotage).err());
        let noticed = noticed.unwrap_or_else(|| panic!("{sabotage:?} goes unnoticed"));
        assert!(noticed.contains(says), "{sabotage:?} is noticed as: {noticed}");
    }
}

/// Plays every seed on two threads; returns what was covered, and the lowest seed that fails.
fn play_all(seeds: u64, books: &[Arc<Book>]) -> (Seen, Option<(u64, String)>) {
    let next = AtomicU64::new(0);
    let work = || {
        let (mut all, mut failed) = (Seen::new(), None);
        while failed.is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            match play(seed, books, Sabotage::Nothing) {
                Ok(seen) => {
                    seen.into_iter().for_each(|(what, n)| *all.entry(what).or_default() += n)
                }
                Err(why) => failed = Some((seed, why)),
            }
        }
        (all, failed)
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        let (mut all, mut failed) = (Seen::new(), None);
        for thread in threads {
            let (seen, why) = thread.join().expect("a player never panics");
            seen.into_iter().for_each(|(what, n)| *all.entry(what).or_default() += n);
            failed = [failed, why].into_iter().flatten().min();
        }
        (all, failed)
    })
}

fn play(seed: u64, books: &[Arc<Book>], sabotage: Sabotage) -> Result<Seen, String> {
    let world = AssertUnwindSafe(|| World::new(seed, books, sabotage, false).run());
    catch_unwind(world).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

fn books() -> Vec<Arc<Book>> {
    (0..BOOKS).map(book::book).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how a run of this test is asked for more or for one"
)]
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}
