//! Performance, auctions, shared leads, and the tie-breaks of every strategy, through the door.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use strowger::base::Currency;
use strowger::base::Fields;
use strowger::base::HoldId;
use strowger::base::Money;
use strowger::base::Now;
use strowger::base::Origin;
use strowger::base::Rng;
use strowger::book;
use strowger::book::Channel;
use strowger::caps::Mark;
use strowger::caps::Settle;
use strowger::caps::Settled;
use strowger::dispatch::Dispatch;
use strowger::quota::Quota;
use strowger::routing::Bid;
use strowger::routing::BidAnswer;
use strowger::routing::BidTerms;
use strowger::routing::Bids;
use strowger::routing::Decision;
use strowger::routing::Inquiry;
use strowger::routing::Pick;
use strowger::routing::Snapshot;
use strowger::store::SoldMark;

use crate::ready::ready;

/// Contracts as `id priority price weight`, with further keys for each.
fn snapshot(offer: &str, contracts: &[&str], more: &str) -> Snapshot {
    let mut text = format!("[[offer]]\nid = \"auto\"\n{offer}\n");
    for contract in contracts {
        let [id, priority, price, weight] =
            contract.split(' ').collect::<Vec<_>>().try_into().unwrap();
        write!(
            text,
            "[[buyer]]\nid = \"b-{id}\"\ntimezone = \"America/New_York\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"b-{id}\"\noffer = \"auto\"\n\
             channels = [\"call\", \"form\"]\npriority = {priority}\nweight = {weight}\n\
             price = {{ amount = \"{price}.00\", currency = \"USD\" }}\n{more}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
        )
        .unwrap();
    }
    let (book, faults) = book::parse("book.toml", &text);
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}"))), 1)
}

fn door(offer: &str, contracts: &[&str], more: &str) -> Dispatch {
    Dispatch::new(snapshot(offer, contracts, more), Quota::memory())
}

fn inquiry(channel: Channel, phone: &str) -> Inquiry {
    let mut fields = Fields::default();
    assert!(fields.set("phone".parse().unwrap(), phone, Origin::Form));
    Inquiry { offer: "auto".parse().unwrap(), channel, source: None, caller: None, fields }
}

fn now() -> Now {
    Now::at("2026-01-06T15:00:00Z".parse().unwrap())
}

fn decide(door: &Dispatch, now: Now, rng: &mut Rng) -> Decision {
    ready(door.decide(&door.snapshot(), &inquiry(Channel::Call, "+13055550123"), now, rng))
}

fn names(decision: &Decision) -> String {
    let names: Vec<String> = decision.picks().map(|pick| pick.contract.to_string()).collect();
    names.join(" ")
}

fn skips(decision: &Decision) -> String {
    let skips: Vec<String> = decision
        .passed_over()
        .map(|passed| format!("{} {} {}", passed.contract, passed.reason, passed.detail))
        .collect();
    skips.join(", ")
}

fn usd(dollars: i64) -> Money {
    Money::from_micros(dollars * 1_000_000, Currency::USD)
}

#[test]
fn ties() {
    // The order of contracts that the strategy ranks equally.
    for (strategy, contracts, expected) in [
        ("priority", ["b 1 9 1", "a 1 9 1", "c 1 10 1", "d 0 1 1"], "d c a b"),
        ("highest_price", ["b 1 9 1", "a 1 9 1", "c 2 9 1", "d 9 10 1"], "d a b c"),
        ("weighted", ["b 1 9 1", "a 1 9 1", "c 1 10 1", "d 0 1 1"], "d c a b"),
        ("weighted", ["b 1 9 1", "a 1 9 3", "c 1 10 1", "d 0 1 1"], "a d c b"),
        ("round_robin", ["b 1 9 1", "a 1 9 1", "c 1 10 1", "d 0 1 1"], "d c a b"),
        ("auction", ["b 1 9 1", "a 1 9 1", "c 2 9 1", "d 9 10 1"], "d a b c"),
    ] {
        let door = door(&format!("strategy = \"{strategy}\""), &contracts, "");
        assert_eq!(names(&decide(&door, now(), &mut Rng::seeded(1))), expected, "{strategy}");
    }
}

fn bid(contract: &str, dollars: i64, at: u64) -> Bid {
    let answer = if dollars < 0 { BidAnswer::Declined } else { BidAnswer::Amount(usd(dollars)) };
    let received_at = now().later(ms(at)).mono;
    Bid { contract: contract.parse().unwrap(), answer, received_at, terms: BidTerms::NONE }
}

fn ms(at: u64) -> Duration {
    Duration::from_millis(at)
}

#[test]
fn auctions() {
    let door =
        door("strategy = \"auction\"", &["a 1 10 1", "b 1 10 1", "c 1 10 1", "d 1 12 1"], "");
    for (bids, floor, picks, skipped) in [
        (vec![], None, "d a b c", ""),
        (vec![bid("c", 20, 5)], None, "c d a b", ""),
        (vec![bid("c", 20, 9), bid("b", 20, 5), bid("a", 20, 7)], None, "b a c d", ""),
        (vec![bid("b", 12, 5)], None, "b d a c", ""),
        (vec![bid("b", 20, 101)], None, "d a c", "b bid_late bid came 1 ms late"),
        (vec![bid("b", 20, 100)], None, "b d a c", ""),
        (vec![bid("d", -1, 5)], None, "a b c", "d bid_declined declined to bid"),
        (vec![bid("b", 11, 5), bid("b", 30, 6)], None, "d b a c", ""),
        (
            vec![bid("a", 11, 5), bid("b", 10, 5), bid("c", 30, 1)],
            Some(11),
            "c d a",
            "b bid_low bid 10.00 is below the floor 11.00",
        ),
    ] {
        let until = Some(now().later(ms(100)).mono);
        let bids = Bids { bids, until, floor: floor.map(usd) };
        let asked = inquiry(Channel::Form, "+13055550123");
        let decision =
            ready(door.auction(&door.snapshot(), &asked, &bids, now(), &mut Rng::seeded(1)));
        assert_eq!((names(&decision).as_str(), skips(&decision).as_str()), (picks, skipped));
        let best = bids
            .bids
            .iter()
            .find(|bid| decision.first().is_some_and(|pick| pick.contract == bid.contract));
        if let (Some(Bid { answer: BidAnswer::Amount(amount), .. }), Some(pick)) =
            (best, decision.first())
        {
            assert_eq!(pick.price, *amount, "the bid is what is owed");
            assert!(pick.caps.iter().all(|cap| cap.price == amount.micros()));
        }
    }
}

#[test]
fn leads_are_shared_and_calls_are_not() {
    let door = door("share = 3", &["a 1 10 1", "b 2 10 1"], "");
    for (channel, share) in [(Channel::Call, 1), (Channel::Form, 3)] {
        let decision = ready(door.preview(&door.snapshot(), &inquiry(channel, "x"), now()));
        assert_eq!(decision.share(), share);
    }
}

/// Holds a pick and ends its call.
fn call(door: &Dispatch, pick: &Pick, how: &[Settle], now: Now, rng: &mut Rng) {
    let mut hold = ready(door.hold(pick, HoldId::new(now, rng), now)).unwrap();
    for how in how {
        assert_eq!(ready(door.settle(&mut hold, *how, now)), Settled::Done);
    }
}

#[test]
fn performance_follows_what_calls_earn() {
    let contracts = ["poor 1 20 1", "good 1 15 1", "new 1 15 1"];
    let door = door("strategy = \"performance\"", &contracts, "");
    let mut rng = Rng::seeded(8);
    let mut served = std::collections::HashMap::new();
    for _ in 0..600 {
        let pick = decide(&door, now(), &mut rng).first().unwrap();
        let billable = match pick.contract.as_str() {
            "poor" => rng.chance(1, 10),
            _ => rng.chance(7, 10),
        };
        let end = if billable { Settle::End } else { Settle::Unbilled };
        call(&door, &pick, &[Settle::Commit, end], now(), &mut rng);
        *served.entry(pick.contract.to_string()).or_insert(0) += 1;
    }
    assert!(served["good"] > 100 && served["new"] > 100, "{served:?}");
    assert!((5..150).contains(&served["poor"]), "tried, and left alone: {served:?}");
    let replayed = |seed| {
        let decision = decide(&door, now(), &mut Rng::seeded(seed));
        names(&decision)
    };
    assert_eq!(replayed(5), replayed(5));
}

#[test]
fn the_same_person_is_sold_once_within_the_window() {
    let rule = "duplicate = { fields = [\"phone\"], window = \"30d\" }";
    let mut rng = Rng::seeded(2);
    let ask = |door: &Dispatch, phone: &str, now: Now| {
        let asked = inquiry(Channel::Form, phone);
        ready(door.decide(&door.snapshot(), &asked, now, &mut Rng::seeded(1)))
    };
    let days = |days: u64| now().later(Duration::from_secs(days * 86_400));
    for (offer, contract, left) in [(rule, "", ""), ("", rule, "b")] {
        let door = door(offer, &["a 1 10 1", "b 2 10 1"], contract);
        let first = ask(&door, "+13055550123", now()).first().unwrap();
        call(&door, &first, &[Settle::Release], now(), &mut rng);
        assert_eq!(names(&ask(&door, "+13055550123", now())), "a b", "not sold yet");
        call(&door, &first, &[Settle::Commit, Settle::End], now(), &mut rng);
        assert_eq!(names(&ask(&door, "+13055550123", days(29))), left);
        let skipped = skips(&ask(&door, "+13055550123", days(29)));
        assert!(skipped.starts_with("a duplicate sold at 2026-01-06T15:00:00Z"), "{skipped}");
        assert_eq!(names(&ask(&door, "+13055550123", days(30))), "a b");
        assert_eq!(names(&ask(&door, "+13055550124", now())), "a b");
        assert_eq!(names(&ask(&door, "", now())), "a b", "nothing is known of the person");
    }
}

#[test]
fn sales_of_the_records_are_remembered() {
    let rule = "duplicate = { fields = [\"phone\"], window = \"30d\" }";
    let door = door(rule, &["a 1 10 1"], "");
    let asked = inquiry(Channel::Call, "+13055550123");
    let pick = ready(door.preview(&door.snapshot(), &asked, now())).first().unwrap();
    let sold = |mark: &Mark| SoldMark { mark: *mark, at: now().wall };
    ready(door.remember_sold(&pick.marks.iter().map(sold).collect::<Vec<_>>()));
    assert_eq!(names(&ready(door.preview(&door.snapshot(), &asked, now()))), "");
}

#[test]
fn a_contract_rests_after_unanswered_calls() {
    let rule = "auto_pause = { unanswered = 2, window = \"1h\", pause = \"30m\" }";
    let door = door("", &["a 1 10 1", "b 2 10 1"], rule);
    let mut rng = Rng::seeded(3);
    for (how, expected) in [
        (&[Settle::Unanswered][..], "a b"),
        (&[Settle::Commit, Settle::End], "a b"),
        (&[Settle::Unanswered], "a b"),
        (&[Settle::Release], "a b"),
        (&[Settle::Unanswered], "b"),
    ] {
        let pick = decide(&door, now(), &mut rng).first().unwrap();
        call(&door, &pick, how, now(), &mut rng);
        assert_eq!(names(&decide(&door, now(), &mut rng)), expected);
    }
    let skipped = skips(&decide(&door, now(), &mut rng));
    assert_eq!(skipped, "a paused rests until 2026-01-06T15:30:00Z after unanswered calls");
    let later = now().later(Duration::from_secs(1_800));
    assert_eq!(names(&decide(&door, later, &mut rng)), "a b");
}

#[test]
fn full_caps_are_seen_again_when_they_have_room() {
    let door = door("", &["a 1 10 1", "b 2 10 1"], "caps = { concurrent = 1 }");
    let mut rng = Rng::seeded(3);
    let pick = decide(&door, now(), &mut rng).first().unwrap();
    let mut hold = ready(door.hold(&pick, HoldId::new(now(), &mut rng), now())).unwrap();
    for _ in 0..3 {
        assert_eq!(names(&decide(&door, now(), &mut rng)), "b");
    }
    assert!(ready(door.hold(&pick, HoldId::new(now(), &mut rng), now())).is_err());
    assert_eq!(ready(door.settle(&mut hold, Settle::Release, now())), Settled::Done);
    assert_eq!(names(&decide(&door, now(), &mut rng)), "a b");
}

#[test]
fn an_edit_leaves_other_offers_alone() {
    let two = |priority: u32| {
        let mut text = String::new();
        for offer in ["x", "y"] {
            write!(
                text,
                "[[offer]]\nid = \"{offer}\"\n[[buyer]]\nid = \"b{offer}\"\ntimezone = \"UTC\"\n\
                 [[contract]]\nid = \"c{offer}\"\nbuyer = \"b{offer}\"\noffer = \"{offer}\"\n\
                 priority = {}\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
                 destination = {{ sip = \"sip:a@198.51.100.7\" }}\n",
                if offer == "x" { 1 } else { priority }
            )
            .unwrap();
        }
        Arc::new(book::parse("book.toml", &text).0.unwrap())
    };
    let first = Snapshot::compile(two(1), 1);
    let second = first.next(two(2), 2);
    let roster = |snapshot: &Snapshot, offer: &str| {
        snapshot.roster(&offer.parse().unwrap()).unwrap().clone()
    };
    assert!(Arc::ptr_eq(&roster(&first, "x"), &roster(&second, "x")));
    assert!(!Arc::ptr_eq(&roster(&first, "y"), &roster(&second, "y")));
}
