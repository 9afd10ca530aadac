//! How the buyer of a contract is asked for bids on calls, and where its bids may send them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::base::DialPrefix;
use crate::base::Phone;
use crate::base::SipUri;
use crate::base::is_host;

use super::CallerId;
use super::Destination;
use super::Exchange;
use super::LeadToken;
use super::Ping;
use super::Target;

/// How a buyer is asked for bids on calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bidder {
    /// The request for a bid, and which bids are taken.
    pub ping: Ping,
    /// Whether its request names the caller before it has won.
    pub caller_id: CallerId,
    /// Destinations that a bid may name, beside the contract's own.
    pub allow: Vec<AllowedDestination>,
    /// Longest connected time that a bid may require: 0 s to 4 h.
    pub buffer_max: Duration,
    /// The request that confirms the bid that has won, before it is dialled; `None` for none.
    pub confirm: Option<Box<Confirm>>,
}

/// A request that confirms a bid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The request. An answer that says no loses the attempt.
    pub ask: Exchange,
    /// Longest time for the answer: 100 ms to 10 s.
    pub timeout: Duration,
}

impl Confirm {
    /// Time for the answer, if the contract sets none.
    pub const TIMEOUT: Duration = Duration::from_secs(2);
}

/// A destination that a bid may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedDestination {
    /// A phone number: `+18005550100`.
    Number(Phone),
    /// Phone numbers that begin like this: `+1888*`.
    Numbers(DialPrefix),
    /// SIP addresses at this host: `sip:rtb.example`.
    Host(String),
    /// SIP addresses at hosts below this domain: `sip:*.rtb.example`.
    HostsBelow(String),
}

/// Text that is no allowed destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no destination: write it like +18005550100, +1888*, sip:host, or sip:*.domain")]
pub struct InvalidAllowedDestination(String);

impl FromStr for AllowedDestination {
    type Err = InvalidAllowedDestination;

    fn from_str(text: &str) -> Result<Self, InvalidAllowedDestination> {
        let invalid = || InvalidAllowedDestination(text.chars().take(80).collect());
        if let Some(host) = text.strip_prefix("sip:") {
            let (below, host) = match host.strip_prefix("*.") {
                Some(domain) => (true, domain),
                None => (false, host),
            };
            let is_domain = host.contains('.') && host.parse::<std::net::IpAddr>().is_err();
            let host = Some(host.to_ascii_lowercase()).filter(|host| is_host(host));
            return match (host, below) {
                (Some(host), false) => Ok(Self::Host(host)),
                (Some(domain), true) if is_domain => Ok(Self::HostsBelow(domain)),
                (Some(_) | None, _) => Err(invalid()),
            };
        }
        if let Some(prefix) = text.strip_suffix('*') {
            let prefix: Option<DialPrefix> = prefix.parse().ok();
            // Without a country code, no number in E.164 begins so.
            let prefix = prefix.filter(|prefix| prefix.as_str().starts_with('+'));
            return prefix.map(Self::Numbers).ok_or_else(invalid);
        }
        let number = text.starts_with('+').then(|| text.parse().ok()).flatten();
        number.map(Self::Number).ok_or_else(invalid)
    }
}

impl fmt::Display for AllowedDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(number.e164()),
            Self::Numbers(prefix) => write!(f, "{prefix}*"),
            Self::Host(host) => write!(f, "sip:{host}"),
            Self::HostsBelow(domain) => write!(f, "sip:*.{domain}"),
        }
    }
}

impl AllowedDestination {
    /// Returns whether it allows phone numbers, which are dialled through a trunk.
    pub const fn is_phone(&self) -> bool {
        match self {
            Self::Number(_) | Self::Numbers(_) => true,
            Self::Host(_) | Self::HostsBelow(_) => false,
        }
    }

    fn allows(&self, target: &Target) -> bool {
        match (self, target) {
            (Self::Number(own), Target::Phone { number, .. }) => own == number,
            (Self::Numbers(prefix), Target::Phone { number, .. }) => prefix.covers(number.e164()),
            (Self::Host(host), Target::Sip { uri }) => uri.host().eq_ignore_ascii_case(host),
            (Self::HostsBelow(domain), Target::Sip { uri }) => {
                let host = uri.host().to_ascii_lowercase();
                host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
            }
            (Self::Number(_) | Self::Numbers(_), Target::Sip { .. })
            | (Self::Host(_) | Self::HostsBelow(_), Target::Phone { .. }) => false,
        }
    }
}

impl Bidder {
    /// Returns all tokens of what is sent to it.
    pub fn tokens(&self) -> impl Iterator<Item = &LeadToken> {
        let confirm = self.confirm.iter().flat_map(|confirm| confirm.ask.tokens());
        self.ping.ask.tokens().chain(confirm)
    }

    /// Longest connected time that a bid may require, if the contract sets none.
    pub const BUFFER_MAX: Duration = Duration::from_secs(3_600);

    /// Returns the first destination of a bid that its contract allows: `named` are SIP addresses,
    /// with or without scheme, and phone numbers. `own` is the contract's destination, whose trunk
    /// numbers are dialled through. `None` if none of them is allowed.
    pub fn allowed<'t>(
        &self,
        named: impl IntoIterator<Item = &'t str>,
        own: &Destination,
    ) -> Option<Target> {
        let mut targets = named.into_iter().filter_map(|text| target(text, own));
        targets.find(|target| {
            *target == own.to || self.allow.iter().any(|allowed| allowed.allows(target))
        })
    }
}

/// Reads a destination as bidders write it. A SIP address with parameters other than the transport
/// could lead elsewhere than to its host, and is none.
fn target(text: &str, own: &Destination) -> Option<Target> {
    let text = text.trim();
    let has_scheme = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sip:"));
    if !has_scheme && !text.contains('@') {
        let Target::Phone { trunk, .. } = &own.to else { return None };
        return Some(Target::Phone { number: text.parse().ok()?, trunk: trunk.clone() });
    }
    let uri = if has_scheme { text.to_owned() } else { format!("sip:{text}") };
    let (user, place) = uri.rsplit_once('@').unwrap_or(("", uri.as_str()));
    if !has_scheme && user.trim_start_matches("sip:").contains(':') {
        return None;
    }
    let is_transport =
        |part: &str| part.split('=').next().is_some_and(|it| it.eq_ignore_ascii_case("transport"));
    if !place.split(';').skip(1).all(is_transport) {
        return None;
    }
    uri.parse::<SipUri>().ok().map(|uri| Target::Sip { uri })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Method;
    use crate::base::Percent;
    use crate::book::Accept;
    use crate::book::BodyFormat;
    use crate::book::DeliveryBody;
    use crate::book::ResponseRule;
    use crate::book::Spot;
    use crate::book::Template;
    use crate::book::XmlRoot;

    fn bidder(allow: &[&str]) -> Bidder {
        let ask = Exchange {
            url: Template::parse("https://bidder.example/", Spot::Url).unwrap(),
            method: Method::Post,
            headers: Vec::new(),
            auth: None,
            body: DeliveryBody::Partial(BodyFormat::Json, XmlRoot::default()),
            response: ResponseRule::default(),
        };
        Bidder {
            ping: Ping { ask, max: None, counts: Percent::WHOLE },
            caller_id: CallerId::Hidden,
            allow: allow.iter().map(|text| text.parse().unwrap()).collect(),
            buffer_max: Bidder::BUFFER_MAX,
            confirm: None,
        }
    }

    fn own(to: Target) -> Destination {
        Destination { to, whisper: None, accept: Accept::None, symmetric_rtp: None, srtp: None }
    }

    fn phone(number: &str) -> Target {
        Target::Phone { number: number.parse().unwrap(), trunk: "t".parse().unwrap() }
    }

    /// Trap: the number of the answer is premium, an emergency number, or simply another one.
    #[test]
    fn only_allowed_destinations_of_a_bid_are_dialled() {
        let own = own(phone("+18005550100"));
        let allow = ["+1888*", "+13055550123", "sip:rtb.example", "sip:*.pool.example"];
        for (named, expected) in [
            ("+18885550101", Some("+18885550101")),
            ("18885550101", Some("+18885550101")),
            ("(888) 555-0101", Some("+18885550101")),
            ("3055550123", Some("+13055550123")),
            // The contract's own number needs no permission.
            ("8005550100", Some("+18005550100")),
            ("+19005550100", None),
            ("911", None),
            ("+448885550101", None),
            ("RTB12@rtb.example", Some("sip:RTB12@rtb.example")),
            // Elsewhere, the digits of such an address were dialled as a number.
            (
                "RTBf575d346177f4c9cb1439fc640cdfe59@x.pool.example",
                Some("sip:RTBf575d346177f4c9cb1439fc640cdfe59@x.pool.example"),
            ),
            (
                "SIP:RTB12@RTB.example:5070;transport=tcp",
                Some("SIP:RTB12@RTB.example:5070;transport=tcp"),
            ),
            ("sip:a@x.pool.example", Some("sip:a@x.pool.example")),
            ("sip:a@pool.example", None),
            ("sip:a@xpool.example", None),
            ("sip:a@rtb.example.evil.example", None),
            ("sip:rtb.example@evil.example", None),
            ("sip:a@rtb.example;maddr=203.0.113.9", None),
            ("sip:a@rtb.example?Route=%3Csip:evil.example%3E", None),
            ("sips:a@rtb.example", None),
            ("tel:+18885550101", None),
            ("", None),
        ] {
            let found = bidder(&allow).allowed([named], &own);
            assert_eq!(found.as_ref().map(Target::dialled), expected, "{named}");
        }
        let both = bidder(&allow).allowed(["sip:x@evil.example", "+18885550101"], &own);
        assert_eq!(both, Some(phone("+18885550101")), "the first that is allowed");
    }

    /// Without a trunk nothing says through which carrier a number is dialled.
    #[test]
    fn a_number_needs_the_trunk_of_the_contract() {
        let own = own(Target::Sip { uri: "sip:sales@198.51.100.9".parse().unwrap() });
        assert_eq!(bidder(&["+1888*"]).allowed(["+18885550101"], &own), None);
        let same = bidder(&[]).allowed(["sales@198.51.100.9"], &own);
        assert_eq!(same, Some(own.to.clone()));
    }

    #[test]
    fn allowed_destinations_are_written_as_they_are_read() {
        for text in ["+13055550123", "+1888*", "sip:rtb.example", "sip:198.51.100.9", "sip:*.a.b"] {
            assert_eq!(text.parse::<AllowedDestination>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "*",
            "1888*",
            "+*",
            "8885550101",
            "sip:",
            "sip:*.",
            "sip:*.com",
            "sip:a b",
            "sip:*.198.51.100.9",
            "rtb.example",
        ] {
            assert!(text.parse::<AllowedDestination>().is_err(), "{text}");
        }
    }
}
