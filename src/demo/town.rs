//! The demo's town: its phones, its buyers at their desks, its book and its calls.

use std::collections::BTreeSet;
use std::net::IpAddr;
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

/// Buyers' reports that have not been read yet.
const HEARD: usize = 64;
/// The demo's book, with places to fill in.
const BOOK: &str = include_str!("book.toml");

/// What a call comes by.
pub enum PhoneLine<'t> {
    /// Phones that speak SIP.
    Phones(&'t Phones),
    /// A webhook carrier.
    Webhooks(&'t mut Webhooks),
}

/// Callers at two carriers, and buyers at their desks.
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
    /// Starts every phone on its own loopback address; the buyers wait for calls.
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

    /// The book that sends calls to this town's buyers. One contract is open three days from
    /// `now` only, and so closed now in whatever zone.
    pub fn book(&self, now: Wall) -> String {
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
        BOOK.replace("{buyers}", &self.buyers.to_string()).replace("{open_day}", open_day)
    }

    /// The calls to place, in order.
    pub fn scenes(&self) -> &'static [Scene] {
        SCENES
    }

    /// What a scene's call comes by.
    pub fn line(&mut self, scene: &Scene) -> PhoneLine<'_> {
        match scene.carrier {
            Carrier::A => PhoneLine::Phones(&self.carrier_a),
            Carrier::B => PhoneLine::Phones(&self.carrier_b),
            Carrier::Twilio => PhoneLine::Webhooks(&mut self.webhooks),
        }
    }

    /// The token by which the switch knows the simulated Twilio.
    pub fn twilio_token(&self) -> String {
        self.twilio.webhook_secret()
    }

    /// Buyers, since the last time, that answered and did not hear the caller.
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
