//! Sales as tables: a script of what happens, and the story that the machine makes of it.

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

/// A call that is sold, by the offer's lines and the contracts.
fn check(offer: &str, contracts: &[(&str, &str)], script: &str, story: &str) {
    let played = Bench::new(&book(offer, contracts), Channel::Call).words(script);
    assert_eq!(played, story, "{script}");
}
