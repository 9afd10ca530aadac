use std::time::Duration;

use crate::base::End;
use crate::base::Rng;
use crate::lead::LeadStatus;

use super::bench::Bench;
use super::bench::book;

const PARKS: &str = "schedule = { weekly = { tue = [\"12:00-18:00\"] }, outside = \"park\" }";
const SKIPS: &str = "schedule = { weekly = { tue = [\"12:00-18:00\"] } }";

#[test]
fn a_lead_is_parked_until_its_contract_opens() {
    let mut bench = Bench::new(&book("", &[("a", PARKS)])).open();
    assert_eq!(bench.take_log(), "record parked");
    bench.pass(Duration::from_secs(3_599));
    assert_eq!(bench.record().status, LeadStatus::Parked);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.take_log(), "record delivering, post a");
    bench.accepts("a");
    assert_eq!(bench.record().status, LeadStatus::Sold);
}

#[test]
fn a_lead_is_not_parked_for_a_contract_that_skips_what_comes_outside_its_hours() {
    let bench = Bench::new(&book("", &[("a", SKIPS)])).open();
    assert_eq!(bench.record().reason, Some(End::NoContract));
}

/// A full cap may stay full for days: the lead does not wait for it.
#[test]
fn a_lead_does_not_wait_for_a_full_cap() {
    let book = book("", &[("a", "caps = { day = 1 }")]);
    let mut first = Bench::new(&book).open();
    first.accepts("a");
    let mut second = Bench::new(&book);
    (second.simulation, second.rng) = (first.simulation, Rng::seeded(21));
    assert_eq!(second.open().record().reason, Some(End::NoContract));
}

#[test]
fn a_parked_lead_expires() {
    let mut bench = Bench::new(&book("", &[("a", PARKS)]));
    bench.machine.rules.park_max = Duration::from_secs(60);
    let mut bench = bench.open();
    assert_eq!(bench.take_log(), "record parked");
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.take_log(), "record rejected");
    assert_eq!(bench.record().reason, Some(End::NoContract));
}
