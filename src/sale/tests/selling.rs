//! Which buyers are tried, in which order: waves, tiers, full caps, hand-overs, and their bounds.

use crate::book::Channel;

use super::bench::Bench;
use super::bench::book;
use super::check;

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";
const FULL: &str = "caps = { concurrent = 0 }";
const ONE: &str = "caps = { concurrent = 1 }";

#[test]
fn one_after_the_other() {
    let two = &[("a", ""), ("c", "")];
    for (script, story) in [
        (
            "sell a:accepts a:has a:billed",
            "decide:o try:a won:a commit:a sold end:a [a1=won] held:0 won:1",
        ),
        (
            "sell a:busy c:answers c:accepts c:has c:free",
            "decide:o try:a release:a try:c won:c commit:c sold unbilled:c \
             [a1=busy c2=won/200] held:0 won:1",
        ),
        // The buyer did not answer: the hold records it, as contracts may rest after that.
        (
            "sell a:no_answer c:declined",
            "decide:o try:a unanswered:a try:c release:c NoBuyer \
             [a1=no_answer c2=declined] held:0 won:0",
        ),
        // The inquiry is sold again after it was not: the flow reached another route.
        (
            "sell a:busy c:busy sell sell a:accepts a:has",
            "decide:o try:a release:a try:c release:c NoBuyer decide:o try:a won:a commit:a sold \
             [a1=busy c2=busy a3=won] held:1 won:1",
        ),
    ] {
        check("", two, script, story);
    }
}

/// The first answer counts; later ones are ignored.
#[test]
fn words_that_come_too_late_or_too_early_change_nothing() {
    let two = &[("a", ""), ("c", "")];
    for (script, story) in [
        ("sell sell a:has a:billed", "decide:o try:a [a1=open] held:1 won:0"),
        ("freed reopened +9 sell reopened freed", "decide:o try:a [a1=open] held:1 won:0"),
        (
            "sell a:busy a:accepts a:has a:busy a:unknown a:billed a:begins a:answers",
            "decide:o try:a release:a try:c [a1=busy c2=open] held:1 won:0",
        ),
        (
            "sell a:accepts a:accepts a:has a:has a:busy a:unknown a:billed a:free a:begins",
            "decide:o try:a won:a commit:a sold end:a [a1=won] held:0 won:1",
        ),
    ] {
        check("", two, script, story);
    }
}

#[test]
fn waves_and_tiers() {
    for (contracts, script, story) in [
        // The next wave waits until all attempts of this one have ended.
        (
            [("a", ""), ("c", ""), ("d", "")],
            "sell a:busy c:failed d:busy",
            "decide:o try:a+c release:a release:c try:d release:d NoBuyer \
             [a1=busy c1=failed d2=busy] held:0 won:0",
        ),
        // The first to accept in a wave wins.
        (
            [("a", ""), ("c", ""), ("d", "")],
            "sell c:accepts a:accepts c:has",
            "decide:o try:a+c cancel:a:another_won release:a won:c commit:c sold \
             [a1=canceled:another_won c1=won] held:1 won:1",
        ),
        (
            [("a", ""), ("c", "tier = \"secondary\""), ("d", "tier = \"secondary\"")],
            "sell a:busy c:busy d:busy",
            "decide:o try:a release:a try:c+d release:c release:d NoBuyer \
             [a1=busy c2=busy d2=busy] held:0 won:0",
        ),
        // A pick that cannot share a wave is tried alone.
        (
            [("a", ""), ("l", ""), ("n", "")],
            "sell a:busy l:busy n:busy",
            "decide:o try:a release:a try:l release:l try:n release:n NoBuyer \
             [a1=busy l2=busy n3=busy] held:0 won:0",
        ),
        // A pick that cannot be reached has failed; a pick without a destination was never tried.
        (
            [("k", ""), ("m", ""), ("n", "")],
            "sell n:busy",
            "decide:o try:n release:n NoBuyer [k1=failed n1=busy] held:0 won:0",
        ),
        // Neither of them ends a wave.
        (
            [("a", ""), ("k", ""), ("c", "")],
            "sell",
            "decide:o try:a+c [k1=failed a1=open c1=open] held:2 won:0",
        ),
        (
            [("a", ""), ("m", ""), ("c", "")],
            "sell",
            "decide:o try:a+c [a1=open c1=open] held:2 won:0",
        ),
    ] {
        check(TOGETHER, &contracts, script, story);
    }
}

#[test]
fn the_terms_outweigh_the_offer() {
    let contracts = &[("a", ""), ("c", ""), ("d", ""), ("e", ""), ("f", "")];
    for (width, seconds, story) in [
        (Some(1), Some(4), "decide:o try:a/4 [a1=open] held:1 won:0"),
        (Some(3), None, "decide:o try:a+c+d [a1=open c1=open d1=open] held:3 won:0"),
        // The channel's limit of simultaneous attempts.
        (Some(200), None, "decide:o try:a+c+d+e [a1=open c1=open d1=open e1=open] held:4 won:0"),
        (Some(0), None, "decide:o try:a [a1=open] held:1 won:0"),
        (None, None, "decide:o try:a+c [a1=open c1=open] held:2 won:0"),
    ] {
        let mut bench = Bench::new(&book(TOGETHER, contracts), Channel::Call);
        bench.terms.width = width;
        bench.terms.ring_timeout = seconds.map(std::time::Duration::from_secs);
        assert_eq!(bench.words("sell"), story, "{width:?}");
    }
}

/// A decision may see fewer used units than the counters: other calls took the last units later.
#[test]
fn a_full_cap_leaves_its_place_to_the_next() {
    for (offer, contracts, script, story) in [
        (
            "",
            [("a", FULL), ("c", ""), ("d", "")],
            "blind sell c:busy d:busy",
            "decide:o cap_concurrent:a try:c release:c try:d release:d NoBuyer \
             [c1=busy d2=busy] held:0 won:0",
        ),
        (
            TOGETHER,
            [("a", FULL), ("c", ""), ("d", "")],
            "blind sell c:busy d:busy",
            "decide:o cap_concurrent:a try:c+d release:c release:d NoBuyer \
             [c1=busy d1=busy] held:0 won:0",
        ),
        // A unit that is free again can be held, even within a wave.
        (
            "",
            [("a", ONE), ("c", ""), ("d", FULL)],
            "a:used blind sell c:busy",
            "decide:o cap_concurrent:a try:c release:c cap_concurrent:d NoBuyer \
             [c1=busy] held:0 won:0",
        ),
        (
            TOGETHER,
            [("a", FULL), ("c", "tier = \"secondary\""), ("d", "tier = \"secondary\"")],
            "blind sell",
            "decide:o cap_concurrent:a try:c+d [c2=open d2=open] held:2 won:0",
        ),
    ] {
        check(offer, &contracts, script, story);
    }
}

#[test]
fn when_every_hold_is_refused_it_is_decided_again_three_times() {
    let full = &[("a", FULL), ("c", FULL)];
    for (contracts, script, story) in [
        // The repeated decision sees the full caps.
        (
            &[("a", ONE), ("c", "tier = \"overflow\"")],
            "later a:used blind sell sees give give give give c:busy",
            "decide:o cap_concurrent:a decide:o try:c release:c NoBuyer [c1=busy] held:0 won:0",
        ),
        (
            full,
            "blind sell",
            "decide:o cap_concurrent:a cap_concurrent:c decide:o cap_concurrent:a cap_concurrent:c \
             decide:o cap_concurrent:a cap_concurrent:c decide:o cap_concurrent:a cap_concurrent:c \
             NoBuyer [] held:0 won:0",
        ),
        // The limit applies to the inquiry, not to one sale.
        (
            full,
            "blind sell sees sell",
            "decide:o cap_concurrent:a cap_concurrent:c decide:o cap_concurrent:a cap_concurrent:c \
             decide:o cap_concurrent:a cap_concurrent:c decide:o cap_concurrent:a cap_concurrent:c \
             NoBuyer decide:o Capped [] held:0 won:0",
        ),
        (full, "sell", "decide:o Capped [] held:0 won:0"),
    ] {
        check("strategy = \"priority\"", contracts, script, story);
    }
}

#[test]
fn what_no_buyer_takes_is_sold_elsewhere() {
    for (dq, contracts, script, story) in [
        (
            "dq = { offer = \"u\" }",
            [("a", ""), ("c", "offer = \"u\"")],
            "sell a:busy c:accepts c:has",
            "decide:o try:a release:a to:u decide:u try:c won:c commit:c sold \
             [a1=busy c2=won] held:1 won:1",
        ),
        // Each destination is used once; then the inquiry may be sold again.
        (
            "dq = { offer = \"u\" }",
            [("a", ""), ("c", "offer = \"u\"")],
            "sell a:busy c:busy sell a:busy c:busy",
            "decide:o try:a release:a to:u decide:u try:c release:c NoBuyer \
             decide:o try:a release:a to:u decide:u try:c release:c NoBuyer \
             [a1=busy c2=busy a3=busy c4=busy] held:0 won:0",
        ),
        (
            "dq = { buyer = \"c\" }",
            [("a", ""), ("c", "offer = \"u\"")],
            "sell a:busy c:accepts c:has",
            "decide:o try:a release:a to:c try:c won:c commit:c sold [a1=busy c2=won] held:1 won:1",
        ),
        // The catch-all buyer comes last, and its caps apply.
        (
            "dq = { buyer = \"c\" }",
            [("a", ""), ("c", "offer = \"u\"")],
            "sell a:busy c:busy",
            "decide:o try:a release:a to:c try:c release:c NoBuyer [a1=busy c2=busy] held:0 won:0",
        ),
        (
            "dq = { buyer = \"c\" }",
            [("a", ""), ("c", "offer = \"u\"\ncaps = { concurrent = 0 }")],
            "sell a:busy",
            "decide:o try:a release:a to:c cap_concurrent:c NoBuyer [a1=busy] held:0 won:0",
        ),
        // Its filters do not apply.
        (
            "dq = { buyer = \"c\" }",
            [("a", "filters = { states = [\"CA\"] }"), ("c", "filters = { states = [\"CA\"] }")],
            "sell c:accepts c:has c:billed",
            "decide:o to:c try:c won:c commit:c sold end:c [c1=won] held:0 won:1",
        ),
    ] {
        check(dq, &contracts, script, story);
    }
}

#[test]
fn it_is_handed_on_five_times_at_most() {
    check(
        "dq = { offer = \"p\" }",
        &[("a", "offer = \"u\"")],
        "sell",
        // The sixth offer that follows would be `u`.
        "decide:o to:p decide:p to:q decide:q to:r decide:r to:s decide:s to:t decide:t NoMatch \
         [] held:0 won:0",
    );
    // The limit applies to the inquiry: a second sale is not handed on.
    check(
        "dq = { offer = \"p\" }",
        &[],
        "sell sell",
        "decide:o to:p decide:p to:q decide:q to:r decide:r to:s decide:s to:t decide:t NoMatch \
         decide:o NoMatch [] held:0 won:0",
    );
}

#[test]
fn what_the_offer_wants_done_with_it_is_the_last_decisions_word() {
    use crate::sale::GivenUp;
    for (dq, given_up) in [
        ("", GivenUp::TurnedAway),
        ("dq = { recording = \"sorry\" }", GivenUp::Recording("sorry".into())),
        ("dq = { offer = \"u\" }", GivenUp::TurnedAway),
    ] {
        let mut bench = Bench::new(&book(dq, &[("a", "")]), Channel::Call);
        assert_eq!(bench.machine.given_up(), GivenUp::TurnedAway);
        bench.word("sell");
        bench.word("a:busy");
        assert_eq!(bench.machine.given_up(), given_up, "{dq}");
    }
}

/// The limit covers all waves and decisions, and destinations that were rung without a sale.
#[test]
fn fifty_are_tried_and_no_more() {
    let names: Vec<String> = (0..60).map(|place| format!("c{place}")).collect();
    let contracts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    for (others, tried) in [(0, 50), (3, 47), (50, 0)] {
        let offer =
            format!("ring = \"simultaneous\"\nring_width = 4\n{}", "dq = { offer = \"u\" }");
        let mut bench = Bench::new(&book(&offer, &contracts), Channel::Call);
        (0..others).for_each(|_| bench.word("other"));
        bench.word("sell");
        for _ in 0..60 {
            let open: Vec<_> = bench.attempts.drain(..).collect();
            for (name, id) in open {
                let loss = crate::sale::Loss::new(crate::base::Outcome::Busy);
                bench.handle(crate::sale::Input::Lost(id, loss));
                assert!(bench.held() <= 4, "{name}");
            }
        }
        assert_eq!(bench.machine.rows().len(), tried);
        assert!(!bench.machine.count_other());
        assert_eq!(bench.story.last().unwrap(), "NoMatch", "the offer that it was handed on to");
    }
}
