//! Leads shared by several buyers: no more buyers are asked at once than places remain.

use crate::book::Channel;

use super::bench::Bench;
use super::bench::book;

fn check(share: u8, contracts: &[(&str, &str)], script: &str, story: &str) {
    let book = book(&format!("share = {share}"), contracts);
    let played = Bench::new(&book, Channel::Form).words(script);
    assert_eq!(played, story, "{share} {script}");
}

#[test]
fn as_many_have_it_as_share_it() {
    let five = &[("a", ""), ("c", ""), ("d", ""), ("e", ""), ("f", "")];
    for (share, script, story) in [
        (
            3,
            "sell a:accepts c:accepts d:accepts a:has c:has d:has",
            "decide:o try:a+c+d won:a won:c won:d commit:a commit:c commit:d sold \
             [a1=won c1=won d1=won] held:3 won:3",
        ),
        // One buyer declines: the next is asked alone, as one place remains.
        (
            3,
            "sell a:accepts c:declined d:accepts d:has a:has e:accepts e:has",
            "decide:o try:a+c+d won:a release:c won:d commit:d commit:a try:e won:e commit:e sold \
             [a1=won c1=declined d1=won e2=won] held:3 won:3",
        ),
        // Two places remain: two buyers are asked.
        (
            3,
            "sell a:declined c:failed d:accepts d:has e:declined f:accepts f:has",
            "decide:o try:a+c+d release:a release:c won:d commit:d try:e+f release:e won:f \
             commit:f sold [a1=declined c1=failed d1=won e2=declined f2=won] held:2 won:2",
        ),
        // No buyer takes it.
        (
            2,
            "sell a:declined c:declined d:declined e:declined f:declined",
            "decide:o try:a+c release:a release:c try:d+e release:d release:e try:f \
             release:f NoBuyer \
             [a1=declined c1=declined d2=declined e2=declined f3=declined] held:0 won:0",
        ),
        // A lead that is not shared goes to one buyer at a time.
        (
            1,
            "sell a:declined c:accepts c:has",
            "decide:o try:a release:a try:c won:c commit:c sold [a1=declined c2=won] held:1 won:1",
        ),
        // Fewer buyers want it than may share it.
        (
            5,
            "sell a:accepts c:accepts d:accepts e:accepts a:has c:has d:has e:has f:declined",
            "decide:o try:a+c+d+e won:a won:c won:d won:e commit:a commit:c commit:d commit:e \
             try:f release:f sold [a1=won c1=won d1=won e1=won f2=declined] held:4 won:4",
        ),
    ] {
        check(share, five, script, story);
    }
}

/// No other buyer is asked while an attempt is open: two buyers might take the same place.
#[test]
fn who_has_accepted_or_may_have_keeps_their_place() {
    let four = &[("a", ""), ("c", ""), ("d", ""), ("e", "")];
    for (script, story) in [
        (
            "sell a:accepts c:declined",
            "decide:o try:a+c won:a release:c [a1=open c1=declined] held:1 won:0",
        ),
        (
            "sell a:unknown c:accepts c:has",
            "decide:o try:a+c won:c commit:c [a1=open c1=won] held:2 won:1",
        ),
        (
            "sell a:unknown c:accepts c:has a:declined d:accepts d:has",
            "decide:o try:a+c won:c commit:c release:a try:d won:d commit:d sold \
             [a1=declined c1=won d2=won] held:2 won:2",
        ),
        // Lost before the delivery: the place is free.
        (
            "sell a:accepts c:accepts c:has a:failed d:accepts d:has",
            "decide:o try:a+c won:a won:c commit:c release:a try:d won:d commit:d sold \
             [a1=failed c1=won d2=won] held:2 won:2",
        ),
        // Withdrawn: buyers who have the lead keep it.
        (
            "sell a:accepts a:has switch a:billed",
            "decide:o try:a+c won:a commit:a cancel:c:switch release:c end:a \
             [a1=won c1=canceled:switch] held:0 won:1",
        ),
        // One buyer gave it back while another is still asked: one place is free.
        (
            "sell a:accepts a:has a:free reopened c:accepts c:has d:accepts d:has",
            "decide:o try:a+c won:a commit:a unbilled:a won:c commit:c try:d won:d commit:d sold \
             [a1=won c1=won d2=won] held:2 won:3",
        ),
        // Given back after all places were sold: the other buyers keep it.
        (
            "sell a:accepts c:accepts a:has c:has a:free reopened d:declined e:declined",
            "decide:o try:a+c won:a won:c commit:a commit:c sold unbilled:a try:d release:d try:e \
             release:e sold [a1=won c1=won d2=declined e3=declined] held:1 won:2",
        ),
    ] {
        check(2, four, script, story);
    }
}

/// A full cap takes no place.
#[test]
fn full_caps_of_sharers() {
    let full = "caps = { day = 0 }";
    check(
        2,
        &[("a", full), ("c", ""), ("d", full), ("e", "")],
        "blind sell c:accepts c:has e:accepts e:has",
        "decide:o cap_day:a cap_day:d try:c+e won:c commit:c won:e commit:e sold \
         [c1=won e1=won] held:2 won:2",
    );
}
