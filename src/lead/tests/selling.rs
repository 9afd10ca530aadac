use crate::base::End;
use crate::base::Outcome;
use crate::base::Rng;
use crate::lead::LeadStatus;
use crate::lead::Reply;
use crate::lead::What;
use crate::sale::REASON_BYTES_MAX;

use super::bench::Bench;
use super::bench::book;

/// The record is stored before each post, and with the result before anything else.
#[test]
fn a_lead_is_stored_before_each_post_and_before_its_end_is_told() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    assert_eq!(bench.take_log(), "record delivering, post a");
    bench.rejects("a");
    assert_eq!(bench.take_log(), "record delivering, post b");
    bench.accepts("b");
    assert_eq!(bench.take_log(), "record sold");
    let record = bench.record();
    assert_eq!((record.status, record.reason), (LeadStatus::Sold, Some(End::Delivered)));
    assert_eq!(record.sales.len(), 1);
    assert_eq!(record.sales[0].winner.contract.as_str(), "b");
    assert_eq!(record.sales[0].id, record.attempts[1].id);
    let outcomes: Vec<_> = record.attempts.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Declined), Some(Outcome::Won)]);
    assert_eq!(record.revenue.unwrap().amount(), "10.00");
    assert_eq!(record.payout.unwrap().amount(), "4.00");
    assert!(record.billable);
    assert_eq!(
        bench.steps(),
        "received scored:45 routed:2 a:posted a:declined b:posted b:accepted ended:delivered"
    );
    assert_eq!(bench.simulation.live(), 0, "no hold is left");
}

#[test]
fn a_lead_that_every_buyer_rejects_ends_without_a_buyer() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    bench.rejects("a");
    let reason = Some("connection refused".to_owned());
    let outcome = Outcome::Unreachable;
    bench.answers("b", Reply::Lost { outcome, status: None, reason });
    let record = bench.record();
    assert_eq!((record.status, record.reason), (LeadStatus::Rejected, Some(End::NoBuyer)));
    assert!(record.sales.is_empty() && record.revenue.is_none() && !record.billable);
    assert_eq!(bench.simulation.live(), 0);
}

#[test]
fn a_lead_that_no_contract_takes_ends_at_once() {
    let bench = Bench::new(&book("", &[("a", "filters = { states = [\"CA\"] }")])).open();
    let record = bench.record();
    assert_eq!((record.status, record.reason), (LeadStatus::Rejected, Some(End::NoContract)));
    assert_eq!(bench.steps(), "received scored:45 routed:0 ended:no_contract");
}

/// A rejected lead uses no unit; an accepted one does, at once.
#[test]
fn only_an_accepted_lead_uses_a_unit_of_the_cap() {
    let book = book("", &[("a", "caps = { day = 1 }"), ("b", "")]);
    let mut bench = Bench::new(&book).open();
    bench.rejects("a");
    bench.accepts("b");
    let mut second = Bench::new(&book);
    (second.simulation, second.rng) = (bench.simulation, Rng::seeded(21));
    let mut second = second.open();
    assert_eq!(second.take_log(), "record delivering, post a", "the unit is free again");
    second.accepts("a");
    let mut third = Bench::new(&book);
    (third.simulation, third.rng) = (second.simulation, Rng::seeded(22));
    let mut third = third.open();
    assert_eq!(third.take_log(), "record delivering, post b", "the cap is full");
}

#[test]
fn a_shared_lead_is_sold_to_as_many_as_the_offer_says() {
    let contracts = [("a", ""), ("b", ""), ("c", ""), ("d", "")];
    let mut bench = Bench::new(&book("share = 2", &contracts)).open();
    assert_eq!(bench.take_log(), "record delivering, post a, post b");
    bench.accepts("a");
    assert_eq!(bench.take_log(), "record delivering", "the first sale is stored");
    bench.rejects("b");
    assert_eq!(bench.take_log(), "record delivering, post c");
    bench.accepts("c");
    assert_eq!(bench.take_log(), "record sold");
    let record = bench.record();
    assert_eq!(record.sales.len(), 2);
    assert_eq!(record.revenue.unwrap().amount(), "20.00");
    assert_eq!(record.payout.unwrap().amount(), "4.00", "a fixed payout is owed once");
}

#[test]
fn a_shared_lead_with_too_few_buyers_is_sold_to_those_who_took_it() {
    let mut bench = Bench::new(&book("share = 3", &[("a", ""), ("b", "")])).open();
    bench.accepts("b");
    bench.rejects("a");
    let record = bench.record();
    assert_eq!((record.status, record.sales.len()), (LeadStatus::Sold, 1));
}

#[test]
fn an_unsold_lead_goes_to_the_offer_that_dq_names() {
    let contracts = [("a", ""), ("x", "offer = \"p\"")];
    let mut bench = Bench::new(&book("dq = { offer = \"p\" }", &contracts)).open();
    bench.rejects("a");
    bench.accepts("x");
    let record = bench.record();
    assert_eq!((record.status, record.offer.as_str()), (LeadStatus::Sold, "p"));
    assert_eq!(
        bench.steps(),
        "received scored:45 routed:1 a:posted a:declined handed on to offer p routed:1 x:posted \
         x:accepted ended:delivered"
    );
}

/// What a buyer says is stored and shown: it is cut, and has no control characters.
#[test]
fn a_buyers_text_is_kept_short_and_clean() {
    let mut bench = Bench::new(&book("", &[("a", "")])).open();
    let reason = Some(format!("no\r\n\u{1b}[31m{}", "é".repeat(300)));
    let outcome = Outcome::Declined;
    bench.answers("a", Reply::Lost { outcome, status: Some(200), reason });
    let lost = bench.record().steps.iter().find_map(|step| {
        let What::Lost { reason, .. } = &step.what else { return None };
        reason.clone()
    });
    let lost = lost.unwrap();
    assert!(lost.len() <= REASON_BYTES_MAX && lost.starts_with("no   [31mé"), "{lost}");
    assert!(!lost.chars().any(char::is_control));
}

/// A buyer's second answer, or an answer after the end, changes nothing.
#[test]
fn a_late_answer_changes_nothing() {
    let mut bench = Bench::new(&book("", &[("a", ""), ("b", "")])).open();
    bench.rejects("a");
    bench.accepts("a");
    assert_eq!(bench.record().status, LeadStatus::Delivering);
    bench.accepts("b");
    let before = bench.record().clone();
    bench.accepts("a");
    bench.rejects("b");
    assert_eq!(bench.record(), &before);
}
