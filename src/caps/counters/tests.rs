use proptest::prelude::*;

use super::*;
use crate::base::Mono;
use crate::base::Rng;
use crate::base::Wall;
use crate::caps::Limits;
use crate::caps::Period;
use crate::caps::holds::CLOSED_KEPT;

const TTL: Duration = Duration::from_secs(60);

fn id(name: &str) -> HoldId {
    let seed = name.bytes().fold(0, |seed, b| seed * 256 + u64::from(b));
    HoldId::new(Now::default(), &mut Rng::seeded(seed))
}

fn now(wall: Wall) -> Now {
    let origin: Wall = "2026-01-01T00:00:00Z".parse().unwrap();
    let nanos = u64::try_from(wall.micros() - origin.micros()).unwrap() * 1_000;
    Now { mono: Mono::from_nanos(nanos), wall }
}

fn ceilings() -> [Ceiling; 3] {
    let new_york = TimeZone::get("America/New_York").unwrap();
    let ceiling = |level, zone| Ceiling::new(level, zone, Limits::NONE);
    [
        ceiling(Level::Contract("c1".parse().unwrap()), new_york.clone()),
        ceiling(Level::Buyer("acme".parse().unwrap()), new_york),
        ceiling(Level::Offer("auto".parse().unwrap()), TimeZone::UTC),
    ]
}

fn level(name: &str) -> usize {
    ["contract", "buyer", "offer"].iter().position(|level| *level == name).unwrap()
}

fn window(name: &str) -> Window {
    Window::ALL.into_iter().find(|window| window.name() == name).unwrap()
}

fn say(settled: Settled) -> String {
    match settled {
        Settled::Done => "done".to_owned(),
        Settled::Already(state) => format!("already {state:?}").to_lowercase(),
        Settled::Unknown => "unknown".to_owned(),
    }
}

struct Case {
    counters: Counters,
    ceilings: [Ceiling; 3],
}

impl Case {
    fn key(&self, account: &str, name: &str, wall: Wall) -> CapKey {
        let ceiling = &self.ceilings[level(account)];
        let period = Periods::at(&ceiling.zone, wall).of(window(name));
        CapKey { level: ceiling.level.clone(), period }
    }

    fn step(&mut self, wall: Wall, verb: &str, cells: &[&str]) -> String {
        let counters = &mut self.counters;
        match (verb, cells) {
            ("reserve", [name, ..]) => {
                match counters.reserve(id(name), &self.ceilings, Claim::NONE, now(wall), TTL) {
                    Ok(_) => "ok".to_owned(),
                    Err(Refused::Settled(state)) => format!("settled {state:?}").to_lowercase(),
                    Err(refused) => format!("{} {refused}", refused.skip()),
                }
            }
            ("commit", [name, ..]) => say(counters.commit(id(name))),
            ("release", [name, ..]) => say(counters.release(id(name))),
            ("end", [name, ..]) => say(counters.end(id(name))),
            ("renew", [name, ..]) => say(counters.renew(id(name), now(wall), TTL)),
            ("sweep", _) => counters.sweep(now(wall)).to_string(),
            ("used", [account, name, ..]) => {
                self.counters.used(&self.key(account, name, wall)).to_string()
            }
            ("raise", [account, name, units]) => {
                let key = self.key(account, name, wall);
                self.counters.raise(&key, units.parse().unwrap(), 0);
                String::new()
            }
            _ => panic!("unknown step {verb} {cells:?}"),
        }
    }
}

/// Returns how many cells of a step are arguments; the rest is the outcome.
fn arguments(verb: &str) -> usize {
    match verb {
        "used" => 2,
        "raise" => 3,
        _ => 1,
    }
}

#[test]
fn holds_table() {
    let table = include_str!("../../../tests/cases/caps/holds.txt");
    let mut case = None;
    let mut cases = 0;
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        match cells.as_slice() {
            ["case", ..] => {
                cases += 1;
                case = Some(Case { counters: Counters::new(), ceilings: ceilings() });
            }
            ["limit", account, name, units] => {
                let limits = &mut case.as_mut().unwrap().ceilings[level(account)].limits;
                *limits = limits.with(window(name), units.parse().unwrap());
            }
            [wall, verb, rest @ ..] => {
                let (given, expected) = rest.split_at(arguments(verb));
                let case = case.as_mut().unwrap();
                let outcome = case.step(wall.parse().unwrap(), verb, given);
                assert_eq!(outcome, expected.join(" "), "{line}");
            }
            _ => panic!("{line}"),
        }
    }
    assert!(cases >= 19, "the table was cut short: {cases}");
}

/// State of one hold, tracked beside the counters in the simplest way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Model {
    Never,
    Held(Mono),
    Committed(Mono),
    Over { spent: bool },
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Random verbs on a few ids: counters always equal the sum of the holds' states, never exceed
    /// a limit, and are zero when everything is settled.
    #[test]
    fn counters_are_the_sum_of_the_holds(
        steps in proptest::collection::vec((0u8..6, 0usize..12, 0u64..40), 1..200),
        limit in 1u64..8,
        lines in 1u64..5,
    ) {
        let mut ceilings = ceilings();
        ceilings[0].limits = Limits::NONE.with(Window::Total, limit);
        ceilings[1].limits = Limits::NONE.with(Window::Concurrent, lines);
        let mut counters = Counters::new();
        let mut models = [Model::Never; 12];
        let mut at = Now::at("2026-01-06T12:00:00Z".parse().unwrap());
        let ids: Vec<HoldId> = (0..12).map(|n| id(&n.to_string())).collect();
        let total = CapKey { level: ceilings[0].level.clone(), period: Period::Total };
        let under_way = CapKey { level: ceilings[1].level.clone(), period: Period::Concurrent };
        for (verb, n, seconds) in steps {
            at = at.later(Duration::from_secs(seconds));
            let model = models[n];
            let settled = |change: bool| if change { Some(Settled::Done) } else { None };
            let (spoken, expected) = match verb {
                0 => {
                    let free = counters.used(&total) < limit && counters.used(&under_way) < lines;
                    let fits = match model {
                        Model::Never => free,
                        Model::Held(_) | Model::Committed(_) => true,
                        Model::Over { .. } => false,
                    };
                    let got = counters.reserve(ids[n], &ceilings, Claim::NONE, at, TTL);
                    prop_assert_eq!(got.is_ok(), fits);
                    if fits && model == Model::Never {
                        models[n] = Model::Held(at.mono + TTL);
                    }
                    continue;
                }
                1 => {
                    if let Model::Held(until) = model {
                        models[n] = Model::Committed(until);
                    }
                    (counters.commit(ids[n]), settled(matches!(model, Model::Held(_))))
                }
                2 => {
                    if let Model::Held(_) = model {
                        models[n] = Model::Over { spent: false };
                    }
                    (counters.release(ids[n]), settled(matches!(model, Model::Held(_))))
                }
                3 => {
                    let open = matches!(model, Model::Held(_) | Model::Committed(_));
                    if open {
                        models[n] = Model::Over { spent: matches!(model, Model::Committed(_)) };
                    }
                    (counters.end(ids[n]), settled(open))
                }
                4 => {
                    let open = matches!(model, Model::Held(_) | Model::Committed(_));
                    match &mut models[n] {
                        Model::Held(until) | Model::Committed(until) => *until = at.mono + TTL,
                        Model::Never | Model::Over { .. } => {}
                    }
                    (counters.renew(ids[n], at, TTL), settled(open))
                }
                _ => {
                    for model in &mut models {
                        match *model {
                            Model::Held(until) if until <= at.mono => {
                                *model = Model::Over { spent: false };
                            }
                            Model::Committed(until) if until <= at.mono => {
                                *model = Model::Over { spent: true };
                            }
                            _ => {}
                        }
                    }
                    counters.sweep(at);
                    continue;
                }
            };
            prop_assert_eq!(spoken == Settled::Done, expected.is_some());
            let count = |f: fn(&Model) -> bool| models.iter().filter(|m| f(m)).count() as u64;
            let open = count(|m| matches!(m, Model::Held(_) | Model::Committed(_)));
            let spent = count(|m| matches!(m, Model::Over { spent: true }));
            prop_assert_eq!(counters.live() as u64, open);
            prop_assert_eq!(counters.used(&under_way), open);
            prop_assert_eq!(counters.used(&total), open + spent);
            prop_assert!(open + spent <= limit && open <= lines);
        }
        for id in ids {
            let _: Settled = counters.end(id);
        }
        prop_assert_eq!(counters.live(), 0);
        prop_assert_eq!(counters.used(&under_way), 0);
    }
}

#[test]
fn closed_holds_are_forgotten_in_order_and_memory_stays_bounded() {
    let mut counters = Counters::new();
    let mut rng = Rng::seeded(4);
    let at = Now::at("2026-01-06T12:00:00Z".parse().unwrap());
    let first = HoldId::new(at, &mut rng);
    counters.reserve(first, &ceilings(), Claim::NONE, at, TTL).unwrap();
    assert_eq!(counters.release(first), Settled::Done);
    for _ in 0..CLOSED_KEPT {
        let id = HoldId::new(at, &mut rng);
        counters.reserve(id, &[], Claim::NONE, at, TTL).unwrap();
        assert_eq!(counters.release(id), Settled::Done);
    }
    assert_eq!(counters.release(first), Settled::Unknown);
    assert_eq!(counters.holds.remembered(), CLOSED_KEPT);
}

#[test]
fn open_holds_are_bounded() {
    let mut counters = Counters::new();
    let mut rng = Rng::seeded(4);
    let at = Now::at("2026-01-06T12:00:00Z".parse().unwrap());
    for _ in 0..HOLDS_MAX {
        counters.reserve(HoldId::new(at, &mut rng), &[], Claim::NONE, at, TTL).unwrap();
    }
    let one_more = HoldId::new(at, &mut rng);
    assert_eq!(
        counters.reserve(one_more, &ceilings(), Claim::NONE, at, TTL),
        Err(Refused::TooMany)
    );
    assert_eq!(counters.sweep(at.later(TTL)), HOLDS_MAX);
    counters.reserve(one_more, &ceilings(), Claim::NONE, at, TTL).unwrap();
}
