//! Random sales: the invariants at every moment, and at the end.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use crate::base::CanceledBecause;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::Rng;
use crate::book::Channel;
use crate::sale::Bidding;
use crate::sale::machine::ATTEMPTS_MAX;
use crate::sale::state::SaleState;

use super::bench::Bench;
use super::bench::book;

/// Number of sales.
const SALES: u64 = 2_000;
/// Most words of one sale.
const WORDS_MAX: u64 = 200;

/// What may happen to an attempt, other than its loss.
const WHAT: &[&str] =
    &["accepts", "accepts", "has", "has", "has", "unknown", "billed", "free", "answers", "begins"];

const NAMES: &[&str] = &["a", "c", "d", "e", "f", "k", "l", "m"];

fn chosen<'a>(list: &[&'a str], rng: &mut Rng) -> &'a str {
    list[usize::try_from(rng.below(list.len() as u64)).unwrap()]
}

/// A book of up to eight contracts, and its bench.
fn bench(rng: &mut Rng) -> Bench {
    let mut offer = String::new();
    if rng.chance(1, 2) {
        writeln!(offer, "ring = \"simultaneous\"\nring_width = {}", 2 + rng.below(3)).unwrap();
    }
    let share = 1 + rng.below(4);
    writeln!(offer, "share = {share}").unwrap();
    offer += chosen(&["", "dq = { offer = \"t\" }", "dq = { buyer = \"a\" }"], rng);
    offer += chosen(&["", "\nstrategy = \"auction\"", "\nstrategy = \"weighted\""], rng);
    let more: Vec<String> = (NAMES.iter())
        .map(|_| {
            let tier = chosen(&["", "", "tier = \"secondary\"\n", "tier = \"fallback\"\n"], rng);
            let cap = chosen(&["", "", "caps = { concurrent = 1 }\n", "caps = { day = 2 }\n"], rng);
            let to = chosen(&["", "", "", "offer = \"u\"\n"], rng);
            format!("{tier}{cap}{to}weight = 1")
        })
        .collect();
    let how_many = 1 + usize::try_from(rng.below(NAMES.len() as u64)).unwrap();
    let all = NAMES.iter().zip(&more).map(|(name, more)| (*name, more.as_str()));
    let contracts: Vec<(&str, &str)> = all.take(how_many).collect();
    let channel = if rng.chance(1, 2) { Channel::Call } else { Channel::Form };
    let mut bench = Bench::new(&book(&offer, &contracts), channel);
    if rng.chance(1, 3) {
        bench.terms.patience = Duration::from_secs(rng.below(100));
    }
    if rng.chance(1, 3) {
        let bidders = contracts.iter().map(|(id, _)| id.parse().unwrap()).collect();
        let floor = Some(Money::parse("9.50", Currency::USD).unwrap());
        let window = Duration::from_secs(2);
        bench.machine.reach_mut().bidding = Some(Bidding { bidders, window, floor });
    }
    bench.later = Some(VecDeque::new());
    bench
}

/// Returns a random word that may come next.
fn word(bench: &Bench, rng: &mut Rng) -> Option<String> {
    let waiting = bench.later.as_ref().is_some_and(|later| !later.is_empty());
    let drawn = rng.below(100);
    if waiting && drawn < 40 {
        return Some("give".to_owned());
    }
    let tried = bench.attempts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    Some(match drawn {
        0..70 if !tried.is_empty() => {
            let what = if rng.chance(3, 4) { chosen(WHAT, rng) } else { outcome(rng) };
            format!("{}:{what}", chosen(&tried, rng))
        }
        70..74 if !tried.is_empty() => format!("{}:late:{}", chosen(&tried, rng), outcome(rng)),
        74..80 => format!("{}:bids:{}", chosen(NAMES, rng), 9 + rng.below(4)),
        80..83 => format!("{}:passes", chosen(NAMES, rng)),
        83..88 => "freed".to_owned(),
        88..93 => format!("+{}", rng.below(30_000)),
        93 => "sell".to_owned(),
        94 => "other".to_owned(),
        95 => chosen(&["blind", "sees"], rng).to_owned(),
        96 if rng.chance(1, 4) => because(rng),
        _ => return None,
    })
}

fn outcome(rng: &mut Rng) -> &'static str {
    let codes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.code()).collect();
    chosen(&codes, rng)
}

fn because(rng: &mut Rng) -> String {
    let codes: Vec<&str> = CanceledBecause::ALL.iter().map(|why| why.code()).collect();
    chosen(&codes, rng).to_owned()
}

/// Checks the invariants that hold at every moment.
fn look(bench: &Bench, seed: u64) {
    let machine = &bench.machine;
    let open = machine.attempts.iter().filter(|attempt| attempt.stage.is_open()).count();
    match &machine.state {
        SaleState::Selling(race) if bench.terms.inquiry.channel == Channel::Form => {
            let places = usize::from(race.wanted.saturating_sub(race.won));
            assert!(open <= places.max(1), "{seed}: {open} for {places}: {:?}", bench.story);
        }
        SaleState::Selling(_) => assert!(open <= 4, "{seed}: {:?}", bench.story),
        SaleState::Idle
        | SaleState::AwaitSurvey
        | SaleState::AwaitBids(_)
        | SaleState::AwaitDecision
        | SaleState::Waiting(_)
        | SaleState::Sold(_)
        | SaleState::Withdrawn => assert_eq!(open, 0, "{seed}: {:?}", bench.story),
    }
    assert!(machine.tried <= ATTEMPTS_MAX, "{seed}: {:?}", bench.story);
}

/// Ends what is open. Pending decisions and holds are answered late.
fn finish(bench: &mut Bench, rng: &mut Rng) {
    let why = because(rng);
    bench.word(&why);
    while bench.later.as_ref().is_some_and(|later| !later.is_empty()) {
        bench.word("give");
    }
    for (name, _) in bench.attempts.clone() {
        bench.word(&format!("{name}:{}", chosen(&["billed", "free"], rng)));
    }
}

/// Bills earlier attempts of a contract, as a script only names the latest one.
fn bill_the_earlier(bench: &mut Bench) {
    let earlier = std::mem::take(&mut bench.attempts);
    for (name, id) in earlier {
        bench.attempts = vec![(name.clone(), id)];
        bench.word(&format!("{name}:billed"));
    }
}

#[test]
fn whatever_happens_every_hold_ends_and_every_row_has_an_outcome() {
    let (mut won, mut lost, mut won_again) = (0, 0, 0);
    for seed in 0..SALES {
        let mut rng = Rng::seeded(seed);
        let mut bench = bench(&mut rng);
        let mut reopened = 0;
        bench.word("sell");
        for _ in 0..rng.below(WORDS_MAX) {
            match word(&bench, &mut rng) {
                Some(word) => bench.word(&word),
                None if rng.chance(1, 3) => {
                    reopened += 1;
                    bench.word("reopened");
                }
                None => {}
            }
            look(&bench, seed);
        }
        finish(&mut bench, &mut rng);
        bill_the_earlier(&mut bench);

        let (machine, story) = (&bench.machine, &bench.story);
        assert_eq!((bench.held(), machine.holds().count()), (0, 0), "{seed}: {story:?}");
        let wanted = match bench.terms.inquiry.channel {
            Channel::Call => 1,
            Channel::Form => 4,
        };
        assert!(machine.winners().len() <= wanted + reopened, "{seed}: {story:?}");
        let others = story.iter().filter(|played| *played == "other:true").count();
        let most = usize::try_from(ATTEMPTS_MAX).unwrap();
        assert!(machine.rows().len() + others <= most, "{seed}: {story:?}");
        for row in machine.rows() {
            let canceled = row.outcome == Some(Outcome::Canceled);
            let said_so = story.iter().any(|played| played.starts_with("cancel:"));
            assert!(row.outcome.is_some(), "{seed}: {row:?} {story:?}");
            assert!(row.canceled_because.is_none() || canceled && said_so, "{seed}: {row:?}");
        }
        won += machine.winners().len();
        lost += machine.rows().len() - machine.winners().len();
        won_again += usize::from(machine.winners().len() > wanted);
    }
    // All these outcomes did occur.
    assert!(won > 500 && lost > 2_000 && won_again > 10, "{won} {lost} {won_again}");
}
