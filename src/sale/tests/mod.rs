//! Sales as tables: a script of events, and the events that the machine reports.

mod bench;
mod bidding;
mod chance;
mod ending;
mod selling;
mod sharing;
mod waiting;
mod winners;

use crate::book::Channel;

use bench::Bench;
use bench::book;

/// Checks the sale of a call for an offer's lines and contracts.
fn check(offer: &str, contracts: &[(&str, &str)], script: &str, story: &str) {
    let played = Bench::new(&book(offer, contracts), Channel::Call).words(script);
    assert_eq!(played, story, "{script}");
}
