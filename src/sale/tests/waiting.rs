//! Inquiries that wait for a unit of a full cap, or for the first opening of a contract that parks
//! them.

use std::time::Duration;

use crate::book::Channel;
use crate::sale::Input;

use super::bench::Bench;
use super::bench::book;

const ONE: &str = "caps = { concurrent = 1 }";
/// Open from noon, one hour from the start.
const NOON: &str = "schedule = { weekly = { tue = [\"12:00-18:00\"] }, outside = \"park\" }";

fn check(patience: u64, channel: Channel, contracts: &[(&str, &str)], script: &str, story: &str) {
    let mut bench = Bench::new(&book("dq = { offer = \"u\" }", contracts), channel);
    bench.terms.patience = Duration::from_secs(patience);
    assert_eq!(bench.words(script), story, "{patience} {script}");
}

#[test]
fn a_free_unit_is_waited_for() {
    let one = &[("a", ONE), ("c", "offer = \"u\"")];
    for (patience, script, story) in [
        // Without patience the sale goes on at once.
        (0, "a:used sell", "decide:o to:u decide:u try:c [c1=open] held:1 won:0"),
        (60, "a:used sell +59999", "decide:o [] held:0 won:0"),
        (60, "a:used sell +60000", "decide:o to:u decide:u try:c [c1=open] held:1 won:0"),
        (
            60,
            "a:used sell +9000 a:unused freed a:accepts a:has",
            "decide:o decide:o try:a won:a commit:a sold [a1=won] held:1 won:1",
        ),
        // Another call took the unit first: the sale waits on, until the same deadline.
        (
            60,
            "a:used sell +9000 freed +50999 freed +1",
            "decide:o decide:o decide:o to:u decide:u try:c [c1=open] held:1 won:0",
        ),
        // The unit becomes free after the patience ended: too late.
        (
            60,
            "a:used sell +60000 a:unused freed c:busy",
            "decide:o to:u decide:u try:c release:c NoBuyer [c1=busy] held:0 won:0",
        ),
        (60, "a:used sell caller_left freed +60000", "decide:o [] held:0 won:0"),
        // The buyer who was tried did not accept; a free unit does not change that.
        (
            60,
            "sell a:busy",
            "decide:o try:a release:a to:u decide:u try:c [a1=busy c2=open] held:1 won:0",
        ),
    ] {
        check(patience, Channel::Call, one, script, story);
    }
}

/// One contract is closed, the other is full: a free unit still helps.
#[test]
fn who_is_closed_does_not_keep_it_from_waiting() {
    let closed = "schedule = { weekly = { wed = [\"09:00-18:00\"] } }";
    check(
        60,
        Channel::Call,
        &[("a", ONE), ("c", closed)],
        "a:used sell a:unused freed",
        "decide:o decide:o try:a [a1=open] held:1 won:0",
    );
    check(
        60,
        Channel::Call,
        &[("a", closed)],
        "sell",
        "decide:o to:u decide:u NoMatch [] held:0 won:0",
    );
}

/// The decisions do not see the units that the holds see: after three repetitions the sale waits.
#[test]
fn refused_holds_are_waited_for() {
    check(
        60,
        Channel::Call,
        &[("a", ONE)],
        "a:used blind sell +1000 a:unused freed",
        "decide:o cap_concurrent:a decide:o cap_concurrent:a decide:o cap_concurrent:a \
         decide:o cap_concurrent:a decide:o try:a [a1=open] held:1 won:0",
    );
}

/// Not all buyers were tried: one was busy, the other is full.
#[test]
fn who_was_tried_before_is_tried_again() {
    check(
        60,
        Channel::Call,
        &[("a", ""), ("c", ONE)],
        "c:used sell a:busy c:unused freed a:busy c:accepts c:has",
        "decide:o try:a release:a decide:o try:a release:a try:c won:c commit:c sold \
         [a1=busy a2=busy c3=won] held:1 won:1",
    );
}

#[test]
fn a_lead_is_parked_until_a_buyer_opens() {
    for (patience, contracts, script, story) in [
        (0, [("a", NOON)], "sell", "decide:o to:u decide:u NoMatch [] held:0 won:0"),
        (7_200, [("a", NOON)], "sell +3599999", "decide:o [] held:0 won:0"),
        (
            7_200,
            [("a", NOON)],
            "sell +3600000 a:accepts a:has",
            "decide:o decide:o try:a won:a commit:a sold [a1=won] held:1 won:1",
        ),
        // Its patience ends first.
        (600, [("a", NOON)], "sell +600000", "decide:o to:u decide:u NoMatch [] held:0 won:0"),
    ] {
        check(patience, Channel::Form, &contracts, script, story);
    }
    // A call does not wait for an opening.
    check(
        7_200,
        Channel::Call,
        &[("a", NOON)],
        "sell",
        "decide:o to:u decide:u NoMatch [] held:0 won:0",
    );
}

/// A thousand free units cause a thousand decisions; after that only the deadline counts.
#[test]
fn it_is_woken_a_thousand_times_at_most() {
    let mut bench = Bench::new(&book("", &[("a", ONE)]), Channel::Call);
    bench.terms.patience = Duration::from_secs(60);
    bench.word("a:used");
    bench.word("sell");
    for _ in 0..1_500 {
        bench.handle(Input::Freed);
    }
    assert_eq!(bench.story.len(), 1_001);
    assert!(bench.story.iter().all(|word| word == "decide:o"));
    bench.word("a:unused");
    bench.word("freed");
    bench.pass(59_999);
    assert_eq!(bench.story.len(), 1_001, "it waits for the time alone");
    assert!(bench.words("+1").ends_with("decide:o Capped [] held:0 won:0"));
}

/// The attempt limit is reached: waiting would not help.
#[test]
fn without_an_attempt_left_it_does_not_wait() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("c", ONE)]), Channel::Call);
    bench.terms.patience = Duration::from_secs(60);
    (0..49).for_each(|_| assert!(bench.machine.count_other()));
    let story = bench.words("c:used sell a:busy");
    assert_eq!(story, "decide:o try:a release:a NoBuyer [a1=busy] held:0 won:0");
}
