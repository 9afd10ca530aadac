use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::*;
use crate::base::Fields;
use crate::base::HoldId;
use crate::base::Skip;
use crate::book;
use crate::book::Channel;
use crate::caps::CapKey;
use crate::caps::HoldState;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::routing::DQ_HOPS_MAX;
use crate::routing::Disqualified;
use crate::routing::HOLD_TTL;
use crate::routing::Hold;

#[path = "../../../tests/support/ready.rs"]
mod ready;
pub(in crate::dispatch) use ready::ready;

const LATER: std::time::Duration = std::time::Duration::from_secs(20);
const HEAD: &str = r#"
[[buyer]]
id = "acme"
timezone = "America/New_York"
[[buyer]]
id = "blue"
timezone = "America/New_York"
[[offer]]
id = "auto"
strategy = "priority"
dq = { offer = "life" }
[[offer]]
id = "life"
strategy = "priority"
"#;

/// Returns a book with the contract `first`, with some caps, and the unlimited `second`.
fn snapshot(caps: &str, version: u64) -> Snapshot {
    let contract = |id: &str, buyer: &str, priority: u32, caps: &str| {
        format!(
            "[[contract]]\nid = \"{id}\"\nbuyer = \"{buyer}\"\noffer = \"auto\"\n\
             channels = [\"call\", \"form\"]\npriority = {priority}\ncaps = {{ {caps} }}\n\
             price = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
        )
    };
    let text = [HEAD, &contract("first", "acme", 1, caps), &contract("second", "blue", 2, "")];
    let (book, faults) = book::parse("book.toml", &text.concat());
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:?}"))), version)
}

fn door(caps: &str) -> Dispatch {
    Dispatch::new(snapshot(caps, 1), Quota::memory())
}

fn inquiry(offer: &str, channel: Channel) -> Inquiry {
    let offer = offer.parse().unwrap();
    Inquiry { offer, channel, source: None, caller: None, fields: Fields::default() }
}

fn now() -> Now {
    Now::at("2026-01-06T15:00:00Z".parse().unwrap())
}

/// Decides, and holds the first pick with room; returns its name.
fn take(door: &Dispatch, channel: Channel, rng: &mut Rng) -> (String, Hold) {
    let decision = ready(door.decide(&door.snapshot(), &inquiry("auto", channel), now(), rng));
    for pick in decision.picks() {
        if let Ok(hold) = ready(door.hold(&pick, HoldId::new(now(), rng), now())) {
            return (pick.contract.to_string(), hold);
        }
    }
    panic!("no contract has room: {decision:?}");
}

#[test]
fn the_twentieth_is_taken_and_the_twenty_first_skipped_in_the_same_second() {
    let door = door("day = 20");
    let mut rng = Rng::seeded(1);
    for _ in 0..20 {
        let (name, mut hold) = take(&door, Channel::Call, &mut rng);
        assert_eq!(name, "first");
        assert_eq!(ready(door.settle(&mut hold, Settle::Commit, now())), Settled::Done);
    }
    let snapshot = door.snapshot();
    let decision = ready(door.decide(&snapshot, &inquiry("auto", Channel::Call), now(), &mut rng));
    assert_eq!(decision.first().unwrap().contract.as_str(), "second");
    let passed = decision.passed_over().next().unwrap();
    assert_eq!((passed.contract.as_str(), passed.reason), ("first", Skip::CapDay));
    assert_eq!(passed.detail.to_string(), "day cap 20 of 20 used");
}

#[test]
fn calls_and_forms_share_a_cap() {
    let door = door("total = 10");
    let mut rng = Rng::seeded(1);
    let mut taken: HashMap<String, u32> = HashMap::new();
    for n in 0..14 {
        let channel = if n % 2 == 0 { Channel::Call } else { Channel::Form };
        let (name, mut hold) = take(&door, channel, &mut rng);
        assert_eq!(ready(door.settle(&mut hold, Settle::Commit, now())), Settled::Done);
        assert_eq!(ready(door.settle(&mut hold, Settle::End, now())), Settled::Done);
        *taken.entry(name).or_default() += 1;
    }
    assert_eq!((taken["first"], taken["second"]), (10, 4));
    assert_eq!(door.live(), 0);
}

#[test]
fn a_hold_that_comes_too_late_names_the_cap_and_the_next_pick_is_tried() {
    let door = door("concurrent = 1");
    let mut rng = Rng::seeded(1);
    let snapshot = door.snapshot();
    let ask = inquiry("auto", Channel::Call);
    let early = ready(door.decide(&snapshot, &ask, now(), &mut rng));
    let late = ready(door.decide(&snapshot, &ask, now(), &mut rng));
    let (one, two) = (HoldId::new(now(), &mut rng), HoldId::new(now(), &mut rng));
    let mut one = ready(door.hold(&early.first().unwrap(), one, now())).unwrap();
    let refused = ready(door.hold(&late.first().unwrap(), two, now())).unwrap_err();
    assert_eq!(refused.skip(), Skip::CapConcurrent);
    assert_eq!(refused.to_string(), "contract first: concurrent cap 1 of 1 used");
    assert!(ready(door.hold(&late.picks().nth(1).unwrap(), two, now())).is_ok());
    assert_eq!(ready(door.settle(&mut one, Settle::Release, now())), Settled::Done);
    let again = ready(door.settle(&mut one, Settle::Release, now()));
    assert_eq!(again, Settled::Already(HoldState::Released));
}

#[test]
fn without_shared_counters_only_contracts_without_limits_are_sold() {
    let url = "redis://127.0.0.1:1".parse().unwrap();
    let settings = crate::config::Quota { url, ..crate::config::Quota::default() };
    let mut rng = Rng::seeded(1);
    let quota = Quota::of(&settings, "node", &mut rng).unwrap();
    for caps in [
        "day = 20",
        "concurrent = 2",
        "budget = { month = { amount = \"5.00\", currency = \"USD\" } }",
    ] {
        let door = Dispatch::new(snapshot(caps, 1), quota.clone());
        for channel in [Channel::Call, Channel::Form] {
            let ask = inquiry("auto", channel);
            let decision = ready(door.decide(&door.snapshot(), &ask, now(), &mut rng));
            let id = HoldId::new(now(), &mut rng);
            let refused = ready(door.hold(&decision.first().unwrap(), id, now())).unwrap_err();
            assert_eq!(refused.skip(), Skip::QuotaUnavailable, "{caps}");
            let (name, mut hold) = take(&door, channel, &mut rng);
            assert_eq!(name, "second");
            // The call goes on: what happens to its hold is repeated later.
            assert_eq!(ready(door.renew(&hold, now())), Settled::Done);
            for how in [Settle::Commit, Settle::End] {
                assert_eq!(ready(door.settle(&mut hold, how, now())), Settled::Done);
            }
        }
    }
    assert_eq!(quota.view.live(), 6, "kept until the counters are back");
}

#[test]
fn holds_of_a_node_that_died_come_back() {
    let door = door("day = 1");
    let mut rng = Rng::seeded(1);
    let (name, hold) = take(&door, Channel::Call, &mut rng);
    assert_eq!(name, "first");
    assert_eq!(ready(door.renew(&hold, now().later(LATER))), Settled::Done);
    assert_eq!(ready(door.sweep(now().later(HOLD_TTL))), 0);
    assert_eq!(ready(door.sweep(now().later(LATER + HOLD_TTL))), 1);
    assert_eq!(take(&door, Channel::Call, &mut rng).0, "first");
}

#[test]
fn caps_survive_a_restart_by_what_the_records_keep() {
    let mut rng = Rng::seeded(1);
    let before = door("day = 2");
    let mut records: HashMap<CapKey, u64> = HashMap::new();
    for _ in 0..2 {
        let decision = ready(before.decide(
            &before.snapshot(),
            &inquiry("auto", Channel::Call),
            now(),
            &mut rng,
        ));
        let id = HoldId::new(now(), &mut rng);
        let mut hold = ready(before.hold(&decision.first().unwrap(), id, now())).unwrap();
        assert_eq!(ready(before.settle(&mut hold, Settle::Commit, now())), Settled::Done);
        for key in decision.first().unwrap().spent(now().wall) {
            let stored = serde_json::to_string(&key).unwrap();
            *records.entry(serde_json::from_str(&stored).unwrap()).or_default() += 1;
        }
    }
    assert_eq!(records.len(), 15, "contract, buyer, offer by hour, day, week, month, total");
    let after = door("day = 2");
    let count = |(key, used)| CapCount { key, used, micros: 0 };
    let records: Vec<CapCount> = records.into_iter().map(count).collect();
    ready(after.raise(&records));
    assert_eq!(take(&after, Channel::Call, &mut rng).0, "second");
}

#[test]
fn what_a_record_keeps_of_a_cap_is_readable() {
    let pick =
        ready(door("").preview(&door("").snapshot(), &inquiry("auto", Channel::Call), now()));
    let keys = pick.first().unwrap().spent(now().wall);
    let texts: Vec<String> = keys.iter().map(|k| serde_json::to_string(k).unwrap()).collect();
    assert_eq!(texts[0], r#"{"contract":"first","period":"2026-01-06T10-0500"}"#);
    assert_eq!(texts[6], r#"{"buyer":"acme","period":"2026-01-06"}"#);
    assert_eq!(texts[10], r#"{"offer":"auto","period":"2026-01-06T15+0000"}"#);
}

#[test]
fn a_new_book_counts_what_was_used_under_the_old_and_calls_under_way_keep_theirs() {
    let door = door("");
    let mut rng = Rng::seeded(1);
    let under_way = door.snapshot();
    for _ in 0..3 {
        assert_eq!(take(&door, Channel::Call, &mut rng).0, "first");
    }
    door.load(snapshot("day = 3", 2));
    let ask = inquiry("auto", Channel::Call);
    let decision = ready(door.decide(&door.snapshot(), &ask, now(), &mut rng));
    assert_eq!((decision.book_version, decision.picks().count()), (2, 1));
    assert_eq!(decision.passed_over().next().unwrap().detail.to_string(), "day cap 3 of 3 used");
    let decision = ready(door.decide(&under_way, &ask, now(), &mut rng));
    assert_eq!((decision.book_version, decision.picks().count()), (1, 2));
}

#[test]
fn disqualified_inquiries_are_handed_on() {
    let door = door("");
    let mut rng = Rng::seeded(1);
    let snapshot = door.snapshot();
    let mut ask = inquiry("life", Channel::Call);
    let decision = ready(door.decide(&snapshot, &ask, now(), &mut rng));
    assert!(!decision.is_takeable());
    assert!(matches!(decision.dq(), Disqualified::Reject));
    ask = inquiry("auto", Channel::Call);
    let mut hops = 0;
    while let Disqualified::Offer(next) = ready(door.decide(&snapshot, &ask, now(), &mut rng)).dq()
    {
        ask = ask.for_offer(next);
        hops += 1;
        assert!(hops <= DQ_HOPS_MAX);
    }
    assert_eq!((hops, ask.offer.as_str()), (1, "life"));
}

#[test]
fn racing_calls_never_exceed_a_cap_nor_leave_a_unit_unsold() {
    let door = door("total = 100");
    let taken = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (door, taken) = (&door, &taken);
            scope.spawn(move || {
                let mut rng = Rng::seeded(seed);
                for _ in 0..100 {
                    let (name, mut hold) = take(door, Channel::Call, &mut rng);
                    if name == "first" {
                        taken.fetch_add(1, Ordering::Relaxed);
                        assert_eq!(
                            ready(door.settle(&mut hold, Settle::Commit, now())),
                            Settled::Done
                        );
                    } else {
                        assert_eq!(
                            ready(door.settle(&mut hold, Settle::Release, now())),
                            Settled::Done
                        );
                    }
                }
            });
        }
    });
    assert_eq!(taken.into_inner(), 100);
}

const ONCE: &str = "total = 1000 }\nduplicate = { fields = [\"phone\"], window = \"30d\"";

fn from(caller: &str) -> Inquiry {
    Inquiry { caller: Some(caller.parse().unwrap()), ..inquiry("auto", Channel::Call) }
}

#[test]
fn of_two_calls_of_one_person_that_were_decided_together_one_is_sold() {
    let door = door(ONCE);
    let mut rng = Rng::seeded(1);
    let mut decide = |who| ready(door.decide(&door.snapshot(), &from(who), now(), &mut rng));
    let (one, two) = (decide("+13055550123"), decide("+13055550123"));
    let other = decide("+13055550124");
    let mut id = {
        let mut rng = Rng::seeded(2);
        move || HoldId::new(now(), &mut rng)
    };
    let (first, late) = (id(), id());
    assert_eq!(door.pool(&door.snapshot(), &from("+13055550123"), now()), 2);
    let mut first = ready(door.hold(&one.first().unwrap(), first, now())).unwrap();
    let refused = ready(door.hold(&two.first().unwrap(), late, now())).unwrap_err();
    assert_eq!(refused.skip(), Skip::Duplicate);
    assert!(ready(door.hold(&other.first().unwrap(), id(), now())).is_ok());
    assert_eq!(door.pool(&door.snapshot(), &from("+13055550123"), now()), 1);
    assert_eq!(ready(door.settle(&mut first, Settle::Release, now())), Settled::Done);
    let held = ready(door.hold(&two.first().unwrap(), late, now()));
    let mut late = held.expect("the first was not sold");
    assert_eq!(ready(door.settle(&mut late, Settle::Commit, now())), Settled::Done);
    assert_eq!(ready(door.settle(&mut late, Settle::End, now())), Settled::Done);
    assert!(ready(door.hold(&one.first().unwrap(), id(), now())).is_err());
    assert_eq!(door.pool(&door.snapshot(), &from("+13055550123"), now()), 1);
    assert_eq!(door.pool(&door.snapshot(), &from("+13055550125"), now()), 2);
}

#[test]
fn racing_calls_of_one_person_are_sold_once() {
    let door = door(ONCE);
    let sold = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (door, sold) = (&door, &sold);
            scope.spawn(move || {
                let mut rng = Rng::seeded(seed);
                for _ in 0..500 {
                    let snapshot = door.snapshot();
                    let decision =
                        ready(door.decide(&snapshot, &from("+13055550123"), now(), &mut rng));
                    let Some(pick) = decision.first().filter(|p| p.contract.as_str() == "first")
                    else {
                        continue;
                    };
                    let id = HoldId::new(now(), &mut rng);
                    if let Ok(mut hold) = ready(door.hold(&pick, id, now())) {
                        assert_eq!(
                            ready(door.settle(&mut hold, Settle::Commit, now())),
                            Settled::Done
                        );
                        sold.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(sold.into_inner(), 1);
}
