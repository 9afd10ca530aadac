//! Bids that are requested and arrive during a window.

use std::time::Duration;

use crate::base::Currency;
use crate::base::Money;
use crate::book::Channel;
use crate::sale::Bidding;

use super::bench::Bench;
use super::bench::book;

/// Three bidders, of whom `asked` are asked, with a window of two seconds.
fn play(asked: &[&str], floor: Option<&str>, offer: &str, script: &str) -> String {
    let full = "caps = { concurrent = 1 }";
    let contracts = &[("a", full), ("c", ""), ("d", ""), ("e", "offer = \"u\"")];
    let offer = format!("strategy = \"auction\"\n{offer}");
    let mut bench = Bench::new(&book(&offer, contracts), Channel::Form);
    bench.machine.reach_mut().bidding = Some(Bidding {
        bidders: asked.iter().map(|id| id.parse().unwrap()).collect(),
        window: Duration::from_secs(2),
        floor: floor.map(|floor| Money::parse(floor, Currency::USD).unwrap()),
    });
    bench.words(script)
}

#[test]
fn the_highest_bid_is_tried_first() {
    for (script, story) in [
        // All bids are in: the sale does not wait for the window to end.
        (
            "sell a:bids:11 c:bids:13 d:bids:12 c:declined d:declined",
            "ask:a+c+d decide:o try:c release:c try:d release:d try:a \
             [c1=declined d2=declined a3=open] held:1 won:0",
        ),
        (
            "sell a:bids:11 c:passes d:passes a:declined",
            "ask:a+c+d decide:o try:a release:a NoBuyer [a1=declined] held:0 won:0",
        ),
        // The window is over: a contract without a bid bids its price.
        ("sell a:bids:11 c:bids:9 +1999", "ask:a+c+d [] held:0 won:0"),
        (
            "sell a:bids:11 c:bids:9 +2000 a:declined d:declined",
            "ask:a+c+d decide:o try:a release:a try:d release:d try:c \
             [a1=declined d2=declined c3=open] held:1 won:0",
        ),
        // A bid after the window is ignored.
        ("sell +2000 d:bids:99", "ask:a+c+d decide:o try:a [a1=open] held:1 won:0"),
        // A bid from a contract that was not asked, and a second bid, are ignored.
        (
            "sell e:bids:99 a:bids:11 a:bids:99 c:bids:13 +2000",
            "ask:a+c+d decide:o try:c [c1=open] held:1 won:0",
        ),
        // The bid arrived before the window's last tick was handled, and still too late.
        (
            "sell a:bids:11 c:passes ~2001 d:bids:13 a:declined",
            "ask:a+c+d decide:o try:a release:a NoBuyer [a1=declined] held:0 won:0",
        ),
        ("sell switch a:bids:11 +2000", "ask:a+c+d [] held:0 won:0"),
    ] {
        assert_eq!(play(&["a", "c", "d"], None, "", script), story, "{script}");
    }
}

#[test]
fn the_floor_holds_whoever_is_asked() {
    for (asked, script, story) in [
        (
            &["a", "c", "d"][..],
            "sell a:bids:12 c:bids:11 d:passes a:declined",
            "ask:a+c+d decide:o try:a release:a NoBuyer [a1=declined] held:0 won:0",
        ),
        // A contract that was not asked bids its price, which is below the floor.
        (
            &["a"][..],
            "sell a:bids:12 a:declined",
            "ask:a decide:o try:a release:a NoBuyer [a1=declined] held:0 won:0",
        ),
        (&[][..], "sell", "decide:o NoBuyer [] held:0 won:0"),
    ] {
        assert_eq!(play(asked, Some("11.50"), "", script), story, "{script}");
    }
    let story = "decide:o try:a [a1=open] held:1 won:0";
    assert_eq!(play(&[], None, "", "sell"), story, "no buyer is asked: none is waited for");
}

/// Every hold was refused and the sale decides again: the bids still count.
#[test]
fn bids_outlast_refused_holds() {
    assert_eq!(
        play(
            &["a", "c", "d"],
            Some("9.00"),
            "",
            "a:used blind sell later a:bids:12 c:bids:8 d:passes give sees give give"
        ),
        "ask:a+c+d decide:o cap_concurrent:a decide:o NoBuyer [] held:0 won:0",
    );
}

/// Bids are for one offer and do not count for the offer it is handed on to.
#[test]
fn bids_do_not_follow_to_another_offer() {
    assert_eq!(
        play(
            &["a", "c", "d", "e"],
            Some("20.00"),
            "dq = { offer = \"u\" }",
            "sell a:passes c:passes d:passes e:passes e:accepts e:has"
        ),
        "ask:a+c+d+e decide:o to:u decide:u try:e won:e commit:e sold [e1=won] held:1 won:1",
    );
}
