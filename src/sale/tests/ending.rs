//! Withdrawal in every state of a sale, and the reasons of attempts that ended without an answer.

use crate::base::CanceledBecause;

use super::check;

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";

/// `WHY` stands for each reason.
fn withdrawn(contracts: &[(&str, &str)], script: &str, story: &str) {
    for because in CanceledBecause::ALL {
        let [script, story] = [script, story].map(|text| text.replace("WHY", because.code()));
        check(TOGETHER, contracts, &script, &story);
    }
}

#[test]
fn withdrawn_in_every_state() {
    for (script, story) in [
        ("WHY sell freed reopened", "[] held:0 won:0"),
        // Before the decision: it is ignored.
        ("later sell WHY give", "decide:o [] held:0 won:0"),
        // Before the hold is answered: a hold that is granted later is released.
        ("later sell give WHY give", "decide:o release:a [] held:0 won:0"),
        ("later sell give give WHY give", "decide:o release:a release:c [] held:0 won:0"),
        (
            "sell WHY a:busy c:accepts a:has",
            "decide:o try:a+c cancel:a:WHY release:a cancel:c:WHY release:c \
             [a1=canceled:WHY c1=canceled:WHY] held:0 won:0",
        ),
        (
            "sell a:busy WHY",
            "decide:o try:a+c release:a cancel:c:WHY release:c \
             [a1=busy c1=canceled:WHY] held:0 won:0",
        ),
        // The winner's delivery is pending.
        (
            "sell a:answers a:accepts WHY a:has",
            "decide:o try:a+c cancel:c:another_won release:c won:a cancel:a:WHY release:a \
             [a1=canceled/200:WHY c1=canceled:another_won] held:0 won:0",
        ),
        // Whether the buyer accepted is unknown: the attempt ends.
        (
            "sell a:unknown c:busy WHY a:accepts",
            "decide:o try:a+c release:c cancel:a:WHY release:a \
             [a1=canceled:WHY c1=busy] held:0 won:0",
        ),
        // Delivered: the hold belongs to the delivery.
        (
            "sell a:accepts a:has WHY a:billed reopened",
            "decide:o try:a+c cancel:c:another_won release:c won:a commit:a sold end:a \
             [a1=won c1=canceled:another_won] held:0 won:1",
        ),
        (
            "sell a:busy c:busy d:busy WHY sell",
            "decide:o try:a+c release:a release:c try:d release:d NoBuyer \
             [a1=busy c1=busy d2=busy] held:0 won:0",
        ),
    ] {
        withdrawn(&[("a", ""), ("c", ""), ("d", "")], script, story);
    }
}

/// A hold that is refused after the withdrawal belongs to no attempt.
#[test]
fn withdrawn_before_a_hold_is_refused() {
    let full = "caps = { concurrent = 0 }";
    withdrawn(
        &[("a", full), ("c", "")],
        "later blind sell give WHY give",
        "decide:o [] held:0 won:0",
    );
}

/// A buyer who had answered has an outcome of their own.
#[test]
fn whoever_had_answered_lost_the_race_or_did_not_accept() {
    let three = &[("a", ""), ("c", ""), ("d", "")];
    check(
        TOGETHER,
        three,
        "sell a:answers c:accepts",
        "decide:o try:a+c cancel:a:another_won release:a won:c [a1=lost_race/200 c1=open] \
         held:1 won:0",
    );
    for because in ["caller_left", "call_limit", "switch"] {
        check(
            TOGETHER,
            three,
            &format!("sell a:answers {because}"),
            &format!(
                "decide:o try:a+c cancel:a:{because} release:a cancel:c:{because} release:c \
                 [a1=not_accepted/200 c1=canceled:{because}] held:0 won:0"
            ),
        );
    }
}

/// An answer crosses the cancellation on the wire.
#[test]
fn what_a_canceled_attempt_came_to_is_corrected() {
    let two = &[("a", ""), ("c", "")];
    let won = "decide:o try:a+c cancel:c:another_won release:c won:a";
    let left = "decide:o try:a+c cancel:a:caller_left release:a cancel:c:caller_left release:c";
    for (script, story) in [
        ("sell a:accepts c:late:busy", format!("{won} [a1=open c1=busy] held:1 won:0")),
        ("sell a:accepts c:late:lost_race", format!("{won} [a1=open c1=lost_race] held:1 won:0")),
        (
            "sell a:accepts a:has c:late:lost_race",
            format!("{won} commit:a sold [a1=won c1=lost_race] held:1 won:1"),
        ),
        (
            "sell a:accepts c:late:canceled",
            format!("{won} [a1=open c1=canceled:another_won] held:1 won:0"),
        ),
        // Without a winner no race was lost.
        (
            "sell caller_left a:late:lost_race c:late:declined",
            format!("{left} [a1=canceled:caller_left c1=declined] held:0 won:0"),
        ),
        // Only canceled attempts are corrected, and only once.
        (
            "sell caller_left a:late:busy a:late:failed",
            format!("{left} [a1=busy c1=canceled:caller_left] held:0 won:0"),
        ),
        (
            "sell a:accepts a:late:busy",
            format!("{won} [a1=open c1=canceled:another_won] held:1 won:0"),
        ),
    ] {
        check(TOGETHER, two, script, &story);
    }
}

/// No buyer is rung after the end, so no row stays open.
#[test]
fn no_row_is_opened_after_the_end() {
    check(
        TOGETHER,
        &[("a", ""), ("c", "")],
        "quiet sell c:begins caller_left a:begins c:begins",
        "decide:o try:a+c cancel:a:caller_left release:a cancel:c:caller_left release:c \
         [c1=canceled:caller_left] held:0 won:0",
    );
}

/// The channel canceled the attempt itself: the next picks are tried.
#[test]
fn who_is_canceled_by_the_channel_says_why() {
    let three = &[("a", ""), ("c", ""), ("d", "")];
    check(
        TOGETHER,
        three,
        "sell a:canceled:caller_left c:busy c:canceled:switch d:answers d:canceled:call_limit",
        "decide:o try:a+c release:a release:c try:d release:d NoBuyer \
         [a1=canceled:caller_left c1=busy d2=not_accepted/200] held:0 won:0",
    );
}

/// The last outcomes are known when the inquiry is withdrawn: no further pick is tried.
#[test]
fn who_is_lost_at_the_end_is_not_followed() {
    let three = &[("a", ""), ("c", ""), ("d", "")];
    check(
        TOGETHER,
        three,
        "sell a:last:no_answer c:last:machine a:last:busy caller_left",
        "decide:o try:a+c unanswered:a release:c [a1=no_answer c1=machine] held:0 won:0",
    );
    check(
        TOGETHER,
        three,
        "sell a:last:busy caller_left",
        "decide:o try:a+c release:a cancel:c:caller_left release:c \
         [a1=busy c1=canceled:caller_left] held:0 won:0",
    );
}
