use std::time::Duration;

use crate::base::End;
use crate::base::Outcome;
use crate::lead::LeadStatus;

use super::bench::Bench;
use super::bench::RULES;
use super::bench::book;

#[test]
fn a_post_that_a_restart_interrupted_is_unknown_and_goes_to_nobody_else() {
    let book = book("", &[("a", ""), ("b", "")]);
    let before = Bench::new(&book).open();
    let mut bench = Bench::resumed(&book, &before);
    assert_eq!(
        (bench.record().status, bench.take_log().as_str()),
        (LeadStatus::Unknown, "record unknown")
    );
    assert_eq!(bench.simulation.live(), 1);
    bench.pass(RULES.unknown_after);
    assert_eq!(bench.take_log(), "record delivering, post b");
    bench.accepts("b");
    let record = bench.record();
    assert_eq!((record.status, record.sales.len()), (LeadStatus::Sold, 1));
    assert_eq!(record.attempts[0].outcome, Some(Outcome::NoAnswer));
    assert_eq!(
        bench.steps(),
        "received scored:45 routed:2 a:posted resumed a:unknown a:no_answer routed:2 b:posted b:accepted \
         ended:delivered"
    );
}

#[test]
fn a_buyer_of_an_interrupted_post_may_say_that_it_accepted() {
    let book = book("", &[("a", ""), ("b", "")]);
    let before = Bench::new(&book).open();
    let mut bench = Bench::resumed(&book, &before);
    bench.accepts("a");
    let record = bench.record();
    assert_eq!((record.status, record.sales[0].winner.contract.as_str()), (LeadStatus::Sold, "a"));
    assert_eq!(bench.simulation.live(), 0);
}

#[test]
fn a_lead_that_was_only_received_is_sold_after_a_restart() {
    let book = book("", &[("a", "")]);
    let before = Bench::new(&book);
    let mut bench = Bench::resumed(&book, &before);
    assert_eq!(bench.take_log(), "record received, record delivering, post a");
    bench.accepts("a");
    assert_eq!(bench.record().status, LeadStatus::Sold);
}

/// A buyer who rejected it does not get it again.
#[test]
fn a_resumed_lead_goes_to_buyers_who_did_not_get_it() {
    let book = book("", &[("a", ""), ("b", ""), ("c", "")]);
    let mut before = Bench::new(&book).open();
    before.rejects("a");
    before.hangs("b");
    let mut bench = Bench::resumed(&book, &before);
    bench.pass(RULES.unknown_after);
    assert_eq!(bench.take_log(), "record unknown, record delivering, post c");
}

/// Nobody can be billed for it, and nobody else may get it.
#[test]
fn a_lead_whose_buyer_left_the_book_ends() {
    let before = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    let mut stored = before.machine.record().clone();
    stored.attempts[0].outcome = None;
    let rest = book("", &[("b", "")]);
    let mut rng = crate::base::Rng::seeded(1);
    let machine =
        crate::lead::Machine::resume(stored, &rest, RULES, Vec::new(), before.now, &mut rng);
    let record = machine.record();
    assert_eq!((record.status, record.reason), (LeadStatus::Rejected, Some(End::SwitchRestart)));
}

#[test]
fn a_shared_lead_keeps_its_sales_over_a_restart() {
    let book = book("share = 3", &[("a", ""), ("b", ""), ("c", ""), ("d", "")]);
    let mut before = Bench::new(&book).open();
    before.accepts("a");
    before.rejects("b");
    let mut bench = Bench::resumed(&book, &before);
    assert_eq!(bench.record().status, LeadStatus::Unknown);
    bench.pass(RULES.unknown_after + Duration::from_secs(1));
    let record = bench.record();
    assert_eq!((record.status, record.sales.len()), (LeadStatus::Sold, 1));
}
