//! How many deliveries may be sent to each receiver now.
//!
//! Each destination has its own places and its own breaker, so that one that is down or slow delays
//! no other.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::Mono;
use crate::base::PostbackId;
use crate::book::Book;
use crate::book::Postback;
use crate::book::Receiver;

/// Most deliveries sent at once.
pub const IN_FLIGHT_MAX: usize = 64;
/// Most deliveries sent at once to one destination.
pub const PLACES_PER_DESTINATION: usize = 4;
/// Failures in a row after which the breaker of a destination opens.
const FAILURES_MAX: u32 = 5;
/// First pause of an open breaker. It doubles with each failed probe.
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// Longest pause of an open breaker, and the longest delay until a recovery is noticed.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// A server that receives events: scheme, host and port, or the mail server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination(String);

/// The deliveries in progress, and the state of each destination.
#[derive(Debug, Default)]
pub struct Courier {
    postbacks: BTreeMap<PostbackId, Destination>,
    destinations: BTreeMap<Destination, State>,
    /// Deliveries in progress, by id.
    sent: BTreeMap<u64, Destination>,
}

/// State of one destination.
#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    breaker: Breaker,
}

/// Stops attempts to a destination that is down, except for a probe after each pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaker {
    /// Attempts are made.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// No attempt is made before `until`; then one.
    Open { until: Mono, pause: Duration },
}

impl Default for Breaker {
    fn default() -> Self {
        Breaker::Closed { failures: 0 }
    }
}

impl Destination {
    /// Returns the destination of a receiver.
    pub fn of(receiver: &Receiver) -> Self {
        match receiver {
            Receiver::Http(receiver) => {
                let url = receiver.url.as_str();
                let host = url.find("://").map_or(0, |at| at + 3);
                let end = url.get(host..).and_then(|rest| rest.find(['/', '?']));
                let site = end.and_then(|end| url.get(..host + end)).unwrap_or(url);
                Self(site.to_ascii_lowercase())
            }
            Receiver::Email(_) => Self("email".to_owned()),
        }
    }

    /// Returns the destination as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Courier {
    /// Takes the postbacks of a book. Destinations that stay keep their state.
    pub fn follow(&mut self, book: &Book) {
        let enabled = book.postbacks.iter().filter(|postback| postback.enabled);
        let of = |postback: &Postback| (postback.id.clone(), Destination::of(&postback.receiver));
        self.postbacks = enabled.map(of).collect();
        let Self { postbacks, destinations, .. } = self;
        let is_used = |destination: &Destination| postbacks.values().any(|own| own == destination);
        destinations.retain(|destination, state| state.in_flight > 0 || is_used(destination));
        for destination in postbacks.values() {
            destinations.entry(destination.clone()).or_default();
        }
    }

    /// Returns the postbacks, by id.
    pub fn postbacks(&self) -> Vec<PostbackId> {
        self.postbacks.keys().cloned().collect()
    }

    /// Returns whether a delivery is in progress.
    pub fn is_sent(&self, delivery: u64) -> bool {
        self.sent.contains_key(&delivery)
    }

    /// Returns the number of deliveries in progress.
    pub fn in_flight(&self) -> usize {
        self.sent.len()
    }

    /// Returns how many deliveries of a postback may be sent now.
    pub fn places(&self, postback: &PostbackId, now: Mono) -> usize {
        let state = self.postbacks.get(postback).and_then(|own| self.destinations.get(own));
        let Some(State { in_flight, breaker }) = state else { return 0 };
        let most = match breaker {
            Breaker::Closed { .. } => PLACES_PER_DESTINATION,
            Breaker::Open { until, .. } => usize::from(now >= *until),
        };
        most.saturating_sub(*in_flight).min(IN_FLIGHT_MAX.saturating_sub(self.sent.len()))
    }

    /// Records that a delivery of a postback is being sent.
    pub fn started(&mut self, delivery: u64, postback: &PostbackId) {
        let Some(destination) = self.postbacks.get(postback) else { return };
        self.destinations.entry(destination.clone()).or_default().in_flight += 1;
        self.sent.insert(delivery, destination.clone());
    }

    /// Records the end of an attempt, and whether its destination works. Returns the destination
    /// if its breaker opens now.
    pub fn ended(&mut self, delivery: u64, is_alive: bool, now: Mono) -> Option<Destination> {
        let destination = self.sent.remove(&delivery)?;
        let state = self.destinations.get_mut(&destination)?;
        state.in_flight = state.in_flight.saturating_sub(1);
        let before = state.breaker;
        state.breaker = before.after(is_alive, now);
        let opens =
            matches!((before, state.breaker), (Breaker::Closed { .. }, Breaker::Open { .. }));
        opens.then_some(destination)
    }

    /// Returns the destinations whose breaker is open.
    pub fn open(&self) -> usize {
        let is_open = |state: &&State| matches!(state.breaker, Breaker::Open { .. });
        self.destinations.values().filter(is_open).count()
    }

    /// Returns when the next open breaker lets a probe through; `None` if none is waiting for that.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let until = |state: &State| match state.breaker {
            Breaker::Open { until, .. } => Some(until),
            Breaker::Closed { .. } => None,
        };
        self.destinations.values().filter_map(until).filter(|until| *until > now).min()
    }
}

impl Breaker {
    fn after(self, is_alive: bool, now: Mono) -> Self {
        match (self, is_alive) {
            (_, true) => Breaker::Closed { failures: 0 },
            (Breaker::Closed { failures }, false) if failures + 1 < FAILURES_MAX => {
                Breaker::Closed { failures: failures + 1 }
            }
            (Breaker::Closed { .. }, false) => {
                Breaker::Open { until: now + PAUSE_FIRST, pause: PAUSE_FIRST }
            }
            // An attempt that began before the breaker opened is no probe.
            (Breaker::Open { until, .. }, false) if now < until => self,
            (Breaker::Open { pause, .. }, false) => {
                let pause = (pause * 2).min(PAUSE_MAX);
                Breaker::Open { until: now + pause, pause }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(postbacks: &[(&str, &str)]) -> Book {
        let one = |(id, url): &(&str, &str)| {
            format!("[[postback]]\nid = \"{id}\"\nevent = \"call.missed\"\nurl = \"{url}\"\n")
        };
        let text: String = postbacks.iter().map(one).collect();
        crate::book::parse("b", &text).0.unwrap()
    }

    fn at(seconds: u64) -> Mono {
        Mono::default() + Duration::from_secs(seconds)
    }

    fn courier(postbacks: &[(&str, &str)]) -> Courier {
        let mut courier = Courier::default();
        courier.follow(&book(postbacks));
        courier
    }

    fn places(courier: &Courier, id: &str, seconds: u64) -> usize {
        courier.places(&id.parse().unwrap(), at(seconds))
    }

    /// Lets one attempt of a postback fail or succeed.
    fn attempt(courier: &mut Courier, id: &str, seconds: u64, is_alive: bool) -> bool {
        courier.started(9_999, &id.parse().unwrap());
        courier.ended(9_999, is_alive, at(seconds)).is_some()
    }

    #[test]
    fn a_destination_that_is_down_gets_one_probe_after_each_pause() {
        let mut courier = courier(&[("a", "https://a.example/x"), ("b", "https://b.example/")]);
        for _ in 0..4 {
            assert!(!attempt(&mut courier, "a", 0, false));
        }
        assert!(attempt(&mut courier, "a", 0, false), "the fifth failure opens it");
        assert_eq!((places(&courier, "a", 29), courier.deadline(at(29))), (0, Some(at(30))));
        assert_eq!(places(&courier, "b", 29), PLACES_PER_DESTINATION, "others go on");
        for (now, reopens) in [(30, 90), (90, 210), (210, 450), (450, 750), (750, 1_050)] {
            assert_eq!(places(&courier, "a", now), 1, "{now}");
            courier.started(1, &"a".parse().unwrap());
            assert_eq!(places(&courier, "a", now), 0, "one probe at a time");
            assert_eq!(courier.ended(1, false, at(now)), None);
            assert_eq!(courier.deadline(at(now)), Some(at(reopens)), "{now}");
        }
        assert!(!attempt(&mut courier, "a", 1_050, true));
        assert_eq!((places(&courier, "a", 1_050), courier.open()), (PLACES_PER_DESTINATION, 0));
    }

    #[test]
    fn a_refusal_shows_that_the_destination_works() {
        let mut courier = courier(&[("a", "https://a.example/")]);
        for round in 0..40 {
            assert!(!attempt(&mut courier, "a", 0, round % 5 == 4), "{round}");
        }
    }

    #[test]
    fn places_are_bounded_for_each_destination_and_in_all() {
        let many: Vec<(String, String)> =
            (0..20).map(|n| (format!("p{n}"), format!("https://h{n}.example/"))).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let mut courier = courier(&many);
        let mut number = 0;
        for (id, _) in &many {
            for _ in 0..places(&courier, id, 0) {
                number += 1;
                courier.started(number, &id.parse().unwrap());
            }
        }
        assert_eq!((courier.in_flight(), places(&courier, "p19", 0)), (IN_FLIGHT_MAX, 0));
        courier.ended(1, true, at(0));
        assert_eq!((places(&courier, "p0", 0), places(&courier, "p1", 0)), (1, 0));
    }

    #[test]
    fn postbacks_of_one_server_share_it_and_a_new_book_keeps_what_is_known() {
        let two = [("a", "https://A.example/x?{call_id}"), ("b", "https://a.example?{call_id}")];
        let mut courier = courier(&two);
        for _ in 0..5 {
            attempt(&mut courier, "a", 0, false);
        }
        assert_eq!((places(&courier, "a", 1), places(&courier, "b", 1)), (0, 0));
        courier.follow(&book(&two[..1]));
        assert_eq!(places(&courier, "a", 1), 0);
        courier.follow(&book(&[("a", "https://new.example/")]));
        assert_eq!((places(&courier, "a", 1), courier.open()), (PLACES_PER_DESTINATION, 0));
        assert_eq!(places(&courier, "b", 1), 0, "it is not in the book");
    }
}
