use std::time::Duration;

use crate::base::Outcome;
use crate::lead::LeadStatus;

use crate::lead::Input;
use crate::lead::Settled;
use crate::lead::SettledAs;

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

/// The buyer's word, as an operator passes it on: the lead is sold, or goes to the next buyer.
#[test]
fn an_unknown_post_is_settled_by_hand() {
    let says = |result: SettledAs| Settled { result, by: "user ann".to_owned() };
    let accepted = || says(SettledAs::Accepted { reference: Some("L-7".to_owned()) });
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    let post = bench.posts[0].1;
    // Nothing is unknown yet.
    bench.handle(Input::Settled(post, accepted()));
    assert_eq!(bench.take_log(), "record delivering, post a");
    bench.hangs("a");
    assert_eq!(bench.machine.unknown_posts().collect::<Vec<_>>(), [post]);
    bench.handle(Input::Settled(post, accepted()));
    assert_eq!(bench.take_log(), "record unknown, record sold");
    assert!(
        bench.steps().ends_with("a:unknown a:settled:user ann a:accepted ended:delivered"),
        "{}",
        bench.steps()
    );

    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    let post = bench.posts[0].1;
    bench.hangs("a");
    bench.handle(Input::Settled(post, says(SettledAs::Rejected { reason: None })));
    assert_eq!(
        bench.take_log(),
        "record delivering, post a, record unknown, record delivering, post b"
    );
    assert!(bench.machine.unknown_posts().next().is_none());
    // A second word changes nothing.
    bench.handle(Input::Settled(post, accepted()));
    bench.accepts("b");
    assert_eq!(bench.record().sales.len(), 1);
}
