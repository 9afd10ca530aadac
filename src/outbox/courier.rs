//! How many deliveries may be sent to each recipient now.
//!
//! Each server has its own places and its own breaker, so that one that is down or slow delays no
//! other.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::Breaker;
use crate::base::Mono;
use crate::base::Site;
use crate::book::Book;
use crate::book::Delivery;
use crate::book::Later;
use crate::book::Receiver;

use super::Recipient;

/// Most deliveries sent at once.
pub const IN_FLIGHT_MAX: usize = 64;
/// Most deliveries sent at once to one server.
pub const PLACES_PER_SITE: usize = 4;

/// The deliveries in progress, and the state of each server.
#[derive(Debug, Default)]
pub struct Courier {
    recipients: BTreeMap<Recipient, Site>,
    sites: BTreeMap<Site, State>,
    /// Deliveries in progress, by id.
    sent: BTreeMap<u64, Site>,
}

/// State of one server.
#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    breaker: Breaker,
}

impl Courier {
    /// Takes the recipients of a book. Servers that stay keep their state.
    pub fn follow(&mut self, book: &Book) {
        let enabled = book.postbacks.iter().filter(|postback| postback.enabled);
        let postbacks =
            enabled.map(|own| (Recipient::Postback(own.id.clone()), site_of(&own.receiver)));
        let contracts = book.contracts.iter().filter_map(|contract| {
            let site = site_of_later(contract.delivery.as_deref()?)?;
            Some((Recipient::Contract(contract.id.clone()), site))
        });
        self.recipients = postbacks.chain(contracts).collect();
        let Self { recipients, sites, .. } = self;
        let used: BTreeSet<&Site> = recipients.values().collect();
        sites.retain(|site, state| state.in_flight > 0 || used.contains(site));
        for site in used {
            sites.entry(site.clone()).or_default();
        }
    }

    /// Returns the recipients, in order.
    pub fn recipients(&self) -> Vec<Recipient> {
        self.recipients.keys().cloned().collect()
    }

    /// Returns whether a delivery is in progress.
    pub fn is_sent(&self, delivery: u64) -> bool {
        self.sent.contains_key(&delivery)
    }

    /// Returns the number of deliveries in progress.
    pub fn in_flight(&self) -> usize {
        self.sent.len()
    }

    /// Returns how many deliveries to a recipient may be sent now.
    pub fn places(&self, to: &Recipient, now: Mono) -> usize {
        let state = self.recipients.get(to).and_then(|own| self.sites.get(own));
        let Some(State { in_flight, breaker }) = state else { return 0 };
        let most = match breaker.probe_at() {
            None => PLACES_PER_SITE,
            Some(probe_at) => usize::from(now >= probe_at),
        };
        most.saturating_sub(*in_flight).min(IN_FLIGHT_MAX.saturating_sub(self.sent.len()))
    }

    /// Records that a delivery to a recipient is being sent.
    pub fn started(&mut self, delivery: u64, to: &Recipient) {
        let Some(site) = self.recipients.get(to) else { return };
        self.sites.entry(site.clone()).or_default().in_flight += 1;
        self.sent.insert(delivery, site.clone());
    }

    /// Records the end of an attempt, and whether its server works. Returns the server if its
    /// breaker opens now.
    pub fn ended(&mut self, delivery: u64, is_alive: bool, now: Mono) -> Option<Site> {
        let site = self.sent.remove(&delivery)?;
        let state = self.sites.get_mut(&site)?;
        state.in_flight = state.in_flight.saturating_sub(1);
        let before = state.breaker;
        state.breaker = before.after(is_alive, now);
        (!before.is_open() && state.breaker.is_open()).then_some(site)
    }

    /// Returns the number of servers whose breaker is open.
    pub fn open(&self) -> usize {
        self.sites.values().filter(|state| state.breaker.is_open()).count()
    }

    /// Returns when the next open breaker lets a probe through; `None` if none is waiting for that.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        let probes = self.sites.values().filter_map(|state| state.breaker.probe_at());
        probes.filter(|probe_at| *probe_at > now).min()
    }
}

/// Returns the server to which the deliveries of a postback go.
fn site_of(receiver: &Receiver) -> Site {
    match receiver {
        Receiver::Http(receiver) => Site::of_url(receiver.url.as_str()),
        Receiver::Email(_) => Site::mail(),
    }
}

/// Returns the server to which leads of a contract are delivered after their sale; `None` if they
/// are not delivered that way.
fn site_of_later(delivery: &Delivery) -> Option<Site> {
    match delivery.later()? {
        Later::Post(post) => Some(Site::of_url(post.url.as_str())),
        Later::Email(_) => Some(Site::mail()),
        Later::Sheet(sheet) => Some(Site::of_url(sheet.url.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    fn to(id: &str) -> Recipient {
        Recipient::Postback(id.parse().unwrap())
    }

    fn places(courier: &Courier, id: &str, seconds: u64) -> usize {
        courier.places(&to(id), at(seconds))
    }

    /// Lets one attempt of a postback fail or succeed.
    fn attempt(courier: &mut Courier, id: &str, seconds: u64, is_alive: bool) -> bool {
        courier.started(9_999, &to(id));
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
        assert_eq!(places(&courier, "b", 29), PLACES_PER_SITE, "others go on");
        for (now, reopens) in [(30, 90), (90, 210), (210, 450), (450, 750), (750, 1_050)] {
            assert_eq!(places(&courier, "a", now), 1, "{now}");
            courier.started(1, &to("a"));
            assert_eq!(places(&courier, "a", now), 0, "one probe at a time");
            assert_eq!(courier.ended(1, false, at(now)), None);
            assert_eq!(courier.deadline(at(now)), Some(at(reopens)), "{now}");
        }
        assert!(!attempt(&mut courier, "a", 1_050, true));
        assert_eq!((places(&courier, "a", 1_050), courier.open()), (PLACES_PER_SITE, 0));
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
                courier.started(number, &to(id));
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
        assert_eq!((places(&courier, "a", 1), courier.open()), (PLACES_PER_SITE, 0));
        assert_eq!(places(&courier, "b", 1), 0, "it is not in the book");
    }
}
