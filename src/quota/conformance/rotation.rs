//! Turns, earnings and rests.

use std::sync::Arc;
use std::sync::Mutex;

use super::*;
use crate::base::Fields;
use crate::book;
use crate::book::AutoPause;
use crate::book::Channel;
use crate::book::PauseCause;
use crate::book::Unanswered;
use crate::routing;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::routing::Unused;

/// Decisions per racer.
const TURNS: u64 = 200;

pub(super) async fn all(make: impl Fn() -> Quota) {
    everybody_has_a_turn_before_anybody_has_two(&make()).await;
    a_look_uses_no_turn(&make()).await;
    turns_of_offers_are_apart(&make()).await;
    racing_turns_are_shared_out_exactly(&make()).await;
    racing_weights_keep_their_shares(&make()).await;
    earnings_put_contracts_in_order(&make()).await;
    raced_decisions_replay_from_their_traces(&make()).await;
    a_contract_rests_without_answers(&make()).await;
}

/// Offers `robin`, `other`, `shares` and `earning`, each with its own contracts.
fn snapshot() -> Snapshot {
    let mut text = String::new();
    for (offer, strategy, contracts) in [
        ("robin", "round_robin", &[("a", 1), ("b", 1), ("c", 1), ("d", 1)][..]),
        ("other", "round_robin", &[("e", 1), ("f", 1)]),
        ("shares", "weighted", &[("g", 50), ("h", 30), ("i", 20)]),
        ("earning", "performance", &[("j", 1), ("k", 1)]),
    ] {
        text += &format!("[[offer]]\nid = \"{offer}\"\nstrategy = \"{strategy}\"\n");
        for (contract, weight) in contracts {
            text += &format!(
                "[[buyer]]\nid = \"{contract}\"\ntimezone = \"UTC\"\n[[contract]]\n\
                 id = \"{contract}\"\nbuyer = \"{contract}\"\noffer = \"{offer}\"\n\
                 weight = {weight}\nprice = {{ amount = \"10.00\", currency = \"USD\" }}\n\
                 destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
            );
        }
    }
    let (book, faults) = book::parse("book.toml", &text);
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:?}"))), 1)
}

/// Returns a decision whose candidates wait for the quota to order them.
fn sifted(snapshot: &Snapshot, offer: &str, seed: u64) -> Decision {
    let (offer, fields) = (offer.parse().unwrap(), Fields::default());
    let inquiry = Inquiry { offer, channel: Channel::Call, source: None, caller: None, fields };
    routing::replay(snapshot, &inquiry, &Unused, start(), seed)
}

fn line(decision: &Decision) -> String {
    decision.picks().map(|pick| pick.contract.to_string()).collect::<Vec<_>>().join(" ")
}

async fn take(quota: &Quota, snapshot: &Snapshot, offer: &str, seed: u64) -> Decision {
    let mut decision = sifted(snapshot, offer, seed);
    quota.rotation.take(&mut decision).await;
    decision
}

async fn everybody_has_a_turn_before_anybody_has_two(quota: &Quota) {
    let snapshot = snapshot();
    for expected in ["a b c d", "b c d a", "c d a b", "d a b c", "a b c d"] {
        assert_eq!(line(&take(quota, &snapshot, "robin", 1).await), expected);
    }
}

async fn a_look_uses_no_turn(quota: &Quota) {
    let snapshot = snapshot();
    for expected in ["a b c d", "b c d a"] {
        for _ in 0..2 {
            let mut decision = sifted(&snapshot, "robin", 1);
            quota.rotation.look(&mut decision).await;
            assert_eq!(line(&decision), expected);
        }
        assert_eq!(line(&take(quota, &snapshot, "robin", 1).await), expected);
    }
}

async fn turns_of_offers_are_apart(quota: &Quota) {
    let snapshot = snapshot();
    assert_eq!(line(&take(quota, &snapshot, "robin", 1).await), "a b c d");
    assert_eq!(line(&take(quota, &snapshot, "other", 1).await), "e f");
    assert_eq!(line(&take(quota, &snapshot, "robin", 1).await), "b c d a");
    assert_eq!(line(&take(quota, &snapshot, "other", 1).await), "f e");
}

/// Returns how often each contract was first in racing decisions.
fn served(quota: &Quota, offer: &str) -> Vec<u64> {
    let snapshot = snapshot();
    let firsts = Mutex::new(std::collections::BTreeMap::<String, u64>::new());
    race(async |n| {
        for turn in 0..TURNS {
            let decision = take(quota, &snapshot, offer, n * TURNS + turn).await;
            let first = decision.first().unwrap().contract.to_string();
            *firsts.lock().unwrap().entry(first).or_default() += 1;
        }
    });
    firsts.into_inner().unwrap().into_values().collect()
}

async fn racing_turns_are_shared_out_exactly(quota: &Quota) {
    assert_eq!(served(quota, "robin"), [RACERS * TURNS / 4; 4]);
}

async fn racing_weights_keep_their_shares(quota: &Quota) {
    let all = RACERS * TURNS;
    assert_eq!(served(quota, "shares"), [all * 5 / 10, all * 3 / 10, all * 2 / 10]);
}

async fn earnings_put_contracts_in_order(quota: &Quota) {
    let snapshot = snapshot();
    let (good, poor) = ("k".parse().unwrap(), "j".parse().unwrap());
    for _ in 0..200 {
        quota.rotation.earned(&good, 10_000_000).await;
        quota.rotation.earned(&poor, 0).await;
    }
    for seed in 0..20 {
        assert_eq!(line(&take(quota, &snapshot, "earning", seed).await), "k j");
    }
}

/// Each decision's trace holds the inputs it used, even while others run at the same time.
async fn raced_decisions_replay_from_their_traces(quota: &Quota) {
    let snapshot = snapshot();
    race(async |n| {
        let contracts = ["j".parse().unwrap(), "k".parse().unwrap()];
        for turn in 0..TURNS {
            let offer = ["robin", "shares", "earning"][usize::try_from(turn % 3).unwrap()];
            let decision = take(quota, &snapshot, offer, n * TURNS + turn).await;
            let earned = i64::try_from((n + turn) % 3).unwrap() * 5_000_000;
            quota.rotation.earned(&contracts[usize::from(turn % 7 < 3)], earned).await;
            let stored = serde_json::to_string(&Trace::of(&decision)).unwrap();
            let trace: Trace = serde_json::from_str(&stored).unwrap();
            let again = trace.replay(&snapshot);
            assert!(trace.agrees(&again), "{stored}");
            assert_eq!(line(&again), line(&decision));
        }
    });
}

async fn a_contract_rests_without_answers(quota: &Quota) {
    let mut id = ids(51);
    let (window, pause) = (Duration::from_secs(3_600), Duration::from_secs(1_800));
    let mut mine = contract("a", Limits::NONE);
    let unanswered = Some(Unanswered { calls: 2, window, pause });
    mine.rest = Some(AutoPause { unanswered, returns: None });
    let periods = Periods::at(&mine.zone, start().wall);
    let rests = || quota.view.full(&mine, &periods).map(|full| full.cap);
    quota.rotation.unanswered(&mine, start().wall).await;
    quota.rotation.answered(&mine).await;
    assert_eq!(quota.rotation.unanswered(&mine, start().wall).await, None);
    assert_eq!(rests(), None, "the count began anew");
    let begun = quota.rotation.unanswered(&mine, start().wall).await;
    assert_eq!(begun, Some(start().wall + pause));
    let because = PauseCause::Unanswered;
    let rest = Cap::Rest { until: start().wall + pause, because };
    assert_eq!(rests(), Some(rest));
    let all = [mine.clone()];
    let refused = quota.holds.reserve(id(), &all, Claim::NONE, start(), TTL).await;
    assert!(matches!(refused, Err(Refused::Full(full)) if full.cap == rest));
    let later = start().later(pause);
    quota.holds.reserve(id(), &all, Claim::NONE, later, TTL).await.unwrap();
    // An earlier rest is resumed: this one goes on. Then it is resumed, and continued.
    let level = mine.level.clone();
    quota.rotation.resume(&level, start().wall).await;
    assert_eq!(rests(), Some(rest));
    quota.rotation.resume(&level, start().wall + pause).await;
    assert_eq!(rests(), None, "it is resumed");
    quota.rotation.rest(&level, start().wall + pause, because).await;
    assert_eq!(rests(), Some(rest));
}
