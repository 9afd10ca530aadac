use std::time::Duration;

use crate::base::Outcome;
use crate::lead::LeadStatus;

use super::bench::Bench;
use super::bench::RULES;
use super::bench::book;

#[test]
fn a_post_without_an_answer_is_unknown_and_goes_to_nobody_else_meanwhile() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    bench.hangs("a");
    assert_eq!(bench.take_log(), "record delivering, post a, record unknown");
    bench.pass(RULES.unknown_after - Duration::from_secs(1));
    assert_eq!((bench.record().status, bench.take_log().as_str()), (LeadStatus::Unknown, ""));
    assert_eq!(bench.simulation.live(), 1, "its units are held");
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.take_log(), "record delivering, post b");
    assert_eq!(bench.record().attempts[0].outcome, Some(Outcome::NoAnswer));
    bench.accepts("b");
    assert_eq!(bench.record().status, LeadStatus::Sold);
    assert_eq!(bench.simulation.live(), 0);
}

#[test]
fn a_buyer_may_say_later_that_it_accepted() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    bench.hangs("a");
    bench.accepts("a");
    let record = bench.record();
    assert_eq!((record.status, record.sales.len()), (LeadStatus::Sold, 1));
    assert_eq!(bench.machine.deadline(), None);
}

#[test]
fn a_buyer_may_say_later_that_it_rejected() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    bench.hangs("a");
    bench.rejects("a");
    bench.accepts("b");
    assert_eq!(bench.record().sales[0].winner.contract.as_str(), "b");
}
