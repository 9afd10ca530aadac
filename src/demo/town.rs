//! The demo's setup: its phones, its buyers, its book and its calls.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use jiff::ToSpan as _;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::PhoneError;
use super::Phones;
use super::Scene;
use super::Webhooks;
use super::buyers;
use super::buyers::BuyerReport;
use super::carrier::Account;
use super::carrier::Kind;
use super::scenes::Carrier;
use super::scenes::DESKS;
use super::scenes::SCENES;
use crate::base::Rng;
use crate::base::Wall;
use crate::net::Clock;
use crate::net::rtp::PortRange;

/// Most unread reports of buyers.
const HEARD: usize = 64;
/// The demo's book, with placeholders.
const BOOK: &str = include_str!("book.toml");

/// The side that a call comes from.
pub enum PhoneLine {
    /// Phones that speak SIP.
    Phones(Phones),
    /// A webhook carrier.
    Webhooks(Box<Webhooks>),
}

/// Callers at two carriers, and the buyers.
pub struct Town {
    carrier_a: Phones,
    carrier_b: Phones,
    webhooks: Webhooks,
    twilio: Account,
    buyers: SocketAddr,
    heard: mpsc::Receiver<BuyerReport>,
    _desks: JoinSet<()>,
}

impl Town {
    /// Starts each group of phones on its own loopback address; the buyers wait for calls.
    pub fn start(ports: &PortRange, clock: &Clock, rng: &mut Rng) -> Result<Self, PhoneError> {
        let mut phones = |last: u8| {
            let ip = IpAddr::from([127, 0, 0, last]);
            Phones::start(ip, *ports, clock.clone(), rng.fork())
        };
        let (carrier_a, _) = phones(1)?;
        let (carrier_b, _) = phones(2)?;
        let (desks, arrivals) = phones(3)?;
        let buyers = desks.address();
        let (tell, heard) = mpsc::channel(HEARD);
        let mut tasks = JoinSet::new();
        tasks.spawn(buyers::work(desks, arrivals, DESKS, tell));
        let twilio = Account::draw(Kind::Twilio, rng);
        let webhooks = Webhooks::new(twilio.clone(), buyers, rng.fork());
        Ok(Self { carrier_a, carrier_b, webhooks, twilio, buyers, heard, _desks: tasks })
    }

    /// Returns the book that sends calls to these buyers, form leads to `lead_buyers`, and postbacks
    /// to `tracker`. One contract opens only three days from `now`, so it is closed now in every
    /// zone. Phones of the network (/24) of `outside` may call, too.
    pub fn book(
        &self,
        now: Wall,
        outside: Option<Ipv4Addr>,
        tracker: SocketAddr,
        lead_buyers: SocketAddr,
    ) -> String {
        let today = now.timestamp().to_zoned(TimeZone::UTC).date();
        let open_day = match today.saturating_add(3.days()).weekday() {
            Weekday::Monday => "mon",
            Weekday::Tuesday => "tue",
            Weekday::Wednesday => "wed",
            Weekday::Thursday => "thu",
            Weekday::Friday => "fri",
            Weekday::Saturday => "sat",
            Weekday::Sunday => "sun",
        };
        let book = BOOK.replace("{buyers}", &self.buyers.to_string());
        let book = book.replace("{open_day}", open_day);
        let book = book.replace("{tracker}", &tracker.to_string());
        let book = book.replace("{lead_buyers}", &lead_buyers.to_string());
        let Some([a, b, c, _]) = outside.map(|address| address.octets()) else { return book };
        let network = format!("{}/24", Ipv4Addr::new(a, b, c, 0));
        format!("{book}\n[[trunk]]\nid = \"your-phones\"\naccept_from = \"{network}\"\n")
    }

    /// Returns the scenes whose calls to place, in order.
    pub fn scenes(&self) -> &'static [Scene] {
        SCENES
    }

    /// Returns the side that a scene's call comes from.
    pub fn line(&mut self, scene: &Scene) -> PhoneLine {
        match scene.carrier {
            Carrier::A => PhoneLine::Phones(self.carrier_a.clone()),
            Carrier::B => PhoneLine::Phones(self.carrier_b.clone()),
            Carrier::Twilio => PhoneLine::Webhooks(Box::new(self.webhooks.fork())),
        }
    }

    /// Returns the token with which the switch verifies the simulated Twilio.
    pub fn twilio_token(&self) -> String {
        self.twilio.webhook_secret()
    }

    /// Returns the buyers that answered since the last call of this function and did not hear the
    /// caller.
    pub fn deaf_buyers(&mut self) -> BTreeSet<&'static str> {
        let mut deaf = BTreeSet::new();
        while let Ok(heard) = self.heard.try_recv() {
            if !heard.caller {
                deaf.insert(heard.user);
            }
        }
        deaf
    }
}
