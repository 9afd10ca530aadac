//! Trunks.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use jiff::tz::TimeZone;

use crate::base::CredentialsName;
use crate::base::DialPrefix;
use crate::base::DialingCountry;
use crate::base::Money;
use crate::base::Phone;
use crate::base::Prack;
use crate::base::SipUri;
use crate::base::TrunkId;

use super::Audio;
use super::CallerIdentity;
use super::DayLimits;
use super::Gateway;
use super::HeaderRules;
use super::NumberForm;
use super::TrunkPrefix;

/// Default of `register_expires`.
pub const REGISTER_EXPIRES: Duration = Duration::from_secs(3_600);

/// Default of `ping`.
pub const PING: Duration = Duration::from_secs(30);

/// Default of `final_codes`: the phone is busy, or its user declines, whichever gateway is tried.
pub const FINAL_CODES: [u16; 3] = [486, 600, 603];

/// The SIP connection of a carrier: who may send calls, and where to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    /// Slug of the trunk.
    pub id: TrunkId,
    /// Addresses that may send calls; no other trunk has any of them.
    pub accept_from: Vec<IpNet>,
    /// Credentials in the settings: challenges of the carrier are answered with them, and without
    /// `accept_from` and `register` they let it call from any address.
    pub credentials: Option<CredentialsName>,
    /// Registrars with which the node registers by the credentials; calls from their addresses are
    /// the trunk's.
    pub register: Vec<SipUri>,
    /// Time that a registrar is asked for. 1 minute to 1 day.
    pub register_expires: Duration,
    /// Host in From and P-Asserted-Identity of calls through the trunk, and in the account that is
    /// registered; `None` for our own host, and for the registrar's.
    pub from_domain: Option<String>,
    /// Gateways for calls to phone numbers; empty for an inbound trunk.
    pub outbound: Vec<Gateway>,
    /// How often the gateways are asked by OPTIONS whether they are there; `None` for never. 5 s to
    /// 1 hour.
    pub ping: Option<Duration>,
    /// Final SIP statuses of a gateway after which no other one is tried. 400 to 699.
    pub final_codes: Vec<u16>,
    /// Header with the caller's number.
    pub identity: CallerIdentity,
    /// How called and calling numbers are written.
    pub number_form: NumberForm,
    /// What is changed in the headers of INVITEs that are sent through the trunk.
    pub headers: HeaderRules,
    /// Whether provisional responses are acknowledged, in both directions.
    pub prack: Prack,
    /// Most calls at once at a node, in both directions together. 1 to 100,000.
    pub calls_at_once: Option<u32>,
    /// Most new calls per second at a node, in both directions together. 1 to 10,000.
    pub calls_per_second: Option<u32>,
    /// Prefixes of emergency, premium-rate, shared-cost, and satellite numbers that may be dialed
    /// through the trunk all the same.
    pub allow_prefixes: Vec<DialPrefix>,
    /// Zone of the day of the limits.
    pub timezone: TimeZone,
    /// Cost of a connected minute; `None` if it is not known.
    pub rate: Option<Money>,
    /// Limits on all calls that are dialed through the trunk together.
    pub day: DayLimits,
    /// Rates and limits of prefixes.
    pub prefixes: Vec<TrunkPrefix>,
    /// Audio of its calls.
    pub audio: Audio,
    /// Country of the numbers that the carrier writes without a calling code; `None` for North
    /// America.
    pub country: Option<DialingCountry>,
}

impl Trunk {
    /// Returns whether a call from this address belongs to the trunk.
    pub fn accepts(&self, address: IpAddr) -> bool {
        self.accept_from.iter().any(|net| net.contains(&address))
    }

    /// Returns whether anybody may send calls.
    pub fn takes_calls(&self) -> bool {
        !self.accept_from.is_empty() || !self.register.is_empty() || self.calls_by_digest()
    }

    /// Returns whether its calls are known by its credentials.
    pub fn calls_by_digest(&self) -> bool {
        self.accept_from.is_empty() && self.register.is_empty() && self.credentials.is_some()
    }

    /// Returns whether anything is limited, and so counted.
    pub fn is_limited(&self) -> bool {
        self.limits().any(|(_, day)| *day != DayLimits::NONE)
    }

    /// Returns the limits: of the trunk, and of each prefix.
    pub fn limits(&self) -> impl Iterator<Item = (Option<&DialPrefix>, &DayLimits)> {
        let own = self.prefixes.iter().map(|own| (Some(&own.prefix), &own.day));
        std::iter::once((None, &self.day)).chain(own)
    }

    /// Returns the cost of a connected time to a number, in micros, rounded up: by the rate of its
    /// longest prefix that has one, else of the trunk; 0 without a rate.
    pub fn cost(&self, number: &Phone, talk: Duration) -> i64 {
        let own = self.prefixes.iter().filter(|own| own.prefix.covers(number.e164()));
        let own = own.filter_map(|own| Some((own.prefix.as_str().len(), own.rate?)));
        let longest = own.max_by_key(|(length, _)| *length).map(|(_, rate)| rate);
        let rate = longest.or(self.rate).map_or(0, Money::micros);
        // A rate is never below 0.
        let rate = u128::from(rate.unsigned_abs());
        let micros = (rate * talk.as_millis()).div_ceil(60_000);
        i64::try_from(micros).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_with_a_rate_decides() {
        let text = "[[trunk]]\nid = \"t\"\noutbound = \"sip:a\"\n\
            rate = { amount = \"0.01\", currency = \"USD\" }\n\
            prefixes = [{ prefix = \"+44\", rate = { amount = \"0.02\", currency = \"USD\" } },\n\
            { prefix = \"+447\", rate = { amount = \"0.3\", currency = \"USD\" } },\n\
            { prefix = \"+4479\", day = { calls = 1 } }]";
        let book = crate::book::parse("b", text).0.unwrap();
        for (number, seconds, micros) in [
            ("+13055550123", 60, 10_000),
            ("+13055550123", 1, 167),
            ("+442079460018", 90, 30_000),
            ("+447700900123", 60, 300_000),
            ("+447911123456", 60, 300_000),
            ("+447911123456", 0, 0),
        ] {
            let cost = book.trunks[0].cost(&number.parse().unwrap(), Duration::from_secs(seconds));
            assert_eq!(cost, micros, "{number} {seconds}");
        }
    }
}
