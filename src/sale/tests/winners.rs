//! Winners who are lost before the delivery, winners who leave after it, and attempts whose outcome
//! is unknown.

use super::check;

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";

#[test]
fn a_winner_lost_before_having_it_leaves_it_to_the_next() {
    for (offer, script, story) in [
        (
            "",
            "sell a:answers a:accepts a:failed c:accepts c:has",
            "decide:o try:a won:a release:a try:c won:c commit:c sold \
             [a1=failed/200 c2=won] held:1 won:1",
        ),
        // Buyers tried beside the winner lost the race; others come before them.
        (
            TOGETHER,
            "sell a:accepts a:failed d:accepts d:has d:billed",
            "decide:o try:a+c cancel:c:another_won release:c won:a release:a try:d won:d commit:d \
             sold end:d [a1=failed c1=canceled:another_won d2=won] held:0 won:1",
        ),
        (
            "dq = { offer = \"u\" }",
            "sell a:accepts a:failed c:accepts c:failed d:accepts d:failed",
            "decide:o try:a won:a release:a try:c won:c release:c try:d won:d release:d to:u \
             decide:u NoMatch [a1=failed c2=failed d3=failed] held:0 won:0",
        ),
    ] {
        check(offer, &[("a", ""), ("c", ""), ("d", "")], script, story);
    }
}

/// They did not refuse: only the winner, who is lost, kept them from the inquiry.
#[test]
fn buyers_who_lost_to_a_lost_winner_are_asked_again_at_last() {
    let three = &[("a", ""), ("c", ""), ("d", "")];
    for (script, story) in [
        (
            "sell a:accepts a:gone d:busy c:accepts c:has c:billed",
            "decide:o try:a+c cancel:c:another_won release:c won:a release:a try:d release:d try:c \
             won:c commit:c sold end:c \
             [a1=gone c1=canceled:another_won d2=busy c3=won] held:0 won:1",
        ),
        // One who had answered lost the race; one who was busy at that moment is left alone.
        (
            "sell c:answers a:accepts a:gone d:busy c:busy",
            "decide:o try:a+c cancel:c:another_won release:c won:a release:a try:d release:d try:c \
             release:c NoBuyer [a1=gone c1=lost_race/200 d2=busy c3=busy] held:0 won:0",
        ),
        (
            "sell a:accepts c:late:busy a:gone d:busy",
            "decide:o try:a+c cancel:c:another_won release:c won:a release:a try:d release:d \
             NoBuyer [a1=gone c1=busy d2=busy] held:0 won:0",
        ),
        // Every round loses one buyer for good.
        (
            "sell a:accepts a:gone d:accepts d:gone c:accepts c:gone",
            "decide:o try:a+c cancel:c:another_won release:c won:a release:a try:d won:d release:d \
             try:c won:c release:c NoBuyer \
             [a1=gone c1=canceled:another_won d2=gone c3=gone] held:0 won:0",
        ),
    ] {
        check(TOGETHER, three, script, story);
    }
}

/// The caller is still there: both sales are billed separately.
#[test]
fn a_winner_gone_after_having_it_leaves_it_to_the_next() {
    for (script, story) in [
        (
            "sell a:accepts a:has a:free reopened c:accepts c:has c:billed",
            "decide:o try:a won:a commit:a sold unbilled:a try:c won:c commit:c sold end:c \
             [a1=won c2=won] held:0 won:2",
        ),
        // The bill may arrive after the winner has left.
        (
            "sell a:accepts a:has reopened c:accepts a:billed c:has c:free",
            "decide:o try:a won:a commit:a sold try:c won:c end:a commit:c sold unbilled:c \
             [a1=won c2=won] held:0 won:2",
        ),
        (
            "sell a:accepts a:has a:billed reopened c:busy",
            "decide:o try:a won:a commit:a sold end:a try:c release:c NoBuyer \
             [a1=won c2=busy] held:0 won:1",
        ),
        // A repeated report puts the inquiry up for sale once.
        (
            "sell a:accepts a:has a:billed reopened reopened c:accepts c:has",
            "decide:o try:a won:a commit:a sold end:a try:c won:c commit:c sold \
             [a1=won c2=won] held:1 won:2",
        ),
        (
            "sell a:accepts a:has a:billed reopened caller_left",
            "decide:o try:a won:a commit:a sold end:a try:c cancel:c:caller_left release:c \
             [a1=won c2=canceled:caller_left] held:0 won:1",
        ),
    ] {
        check("", &[("a", ""), ("c", "")], script, story);
    }
    check(
        "dq = { offer = \"u\" }",
        &[("a", ""), ("c", "offer = \"u\"")],
        "sell a:accepts a:has a:billed reopened c:accepts c:has",
        "decide:o try:a won:a commit:a sold end:a to:u decide:u try:c won:c commit:c sold \
         [a1=won c2=won] held:1 won:2",
    );
}

/// The hold stays, and no other buyer is tried until the outcome is known.
#[test]
fn an_unknown_outcome_is_waited_for() {
    for (offer, script, story) in [
        ("", "sell a:unknown +86400000 freed", "decide:o try:a [a1=open] held:1 won:0"),
        (
            "",
            "sell a:unknown a:accepts a:has a:billed",
            "decide:o try:a won:a commit:a sold end:a [a1=won] held:0 won:1",
        ),
        (
            "",
            "sell a:answers a:unknown a:busy c:busy d:busy",
            "decide:o try:a release:a try:c release:c try:d release:d NoBuyer \
             [a1=busy/200 c2=busy d3=busy] held:0 won:0",
        ),
        (
            TOGETHER,
            "sell a:unknown c:busy",
            "decide:o try:a+c release:c [a1=open c1=busy] held:1 won:0",
        ),
        (
            TOGETHER,
            "sell a:unknown c:busy a:declined",
            "decide:o try:a+c release:c release:a try:d [a1=declined c1=busy d2=open] held:1 won:0",
        ),
        // Another buyer took the inquiry, which is sold once.
        (
            TOGETHER,
            "sell a:unknown c:accepts c:has a:accepts",
            "decide:o try:a+c cancel:a:another_won release:a won:c commit:c sold \
             [a1=canceled:another_won c1=won] held:1 won:1",
        ),
        // The report is ignored for a buyer who has accepted.
        (
            "",
            "sell a:accepts a:unknown a:has",
            "decide:o try:a won:a commit:a sold [a1=won] held:1 won:1",
        ),
    ] {
        check(offer, &[("a", ""), ("c", ""), ("d", "")], script, story);
    }
}
