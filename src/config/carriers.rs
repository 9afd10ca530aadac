//! `[carriers.*]`: what proves that a webhook comes from its carrier.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::carrier;
use crate::carrier::Carrier;

use super::Secret;
use super::read::section;
use super::secret;
use super::section::SECTIONS;

/// Most networks that `unsigned_from` may name.
const NETWORKS_MAX: usize = 64;

/// `[carriers.*]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carriers {
    /// Twilio's `auth_token`.
    pub twilio: Option<Secret>,
    /// `[carriers.telnyx]`
    pub telnyx: Telnyx,
    /// SignalWire's `signing_key`.
    pub signalwire: Option<Secret>,
    /// Plivo's `auth_token`.
    pub plivo: Option<Secret>,
}

/// `[carriers.telnyx]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Telnyx {
    /// Its `public_key`, base64 of an Ed25519 key.
    pub public_key: Option<Secret>,
    /// Who may send requests without a signature; empty: nobody. A wrong signature is refused from
    /// there too.
    pub unsigned_from: Vec<IpNet>,
}

impl Carriers {
    /// What a carrier's signatures are checked with, when the settings have it.
    pub fn key(&self, carrier: Carrier) -> Option<carrier::Secret> {
        let secret = match carrier {
            Carrier::Twilio => self.twilio.as_ref(),
            Carrier::Telnyx => self.telnyx.public_key.as_ref(),
            Carrier::SignalWire => self.signalwire.as_ref(),
            Carrier::Plivo => self.plivo.as_ref(),
        };
        // The reader has refused what is no key.
        carrier::Secret::new(carrier, secret?.expose()).ok()
    }

    /// Whether a request without a signature is taken from this address.
    pub fn takes_unsigned(&self, carrier: Carrier, from: IpAddr) -> bool {
        let networks = match carrier {
            Carrier::Telnyx => self.telnyx.unsigned_from.as_slice(),
            Carrier::Twilio | Carrier::SignalWire | Carrier::Plivo => &[],
        };
        networks.iter().any(|network| network.contains(&from.to_canonical()))
    }

    /// The carriers that may send requests at all: those with a key, or with networks.
    pub fn in_use(&self) -> Vec<Carrier> {
        let networks =
            |carrier| carrier == Carrier::Telnyx && !self.telnyx.unsigned_from.is_empty();
        let used = |carrier: &Carrier| self.key(*carrier).is_some() || networks(*carrier);
        Carrier::ALL.into_iter().filter(used).collect()
    }
}

pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Carriers {
    let Some(all) = root.value("carriers").and_then(|carriers| carriers.table(report)) else {
        return Carriers::default();
    };
    let all = all.named("[carriers]".to_owned());
    let known: Vec<&str> =
        SECTIONS.iter().filter_map(|section| section.name.strip_prefix("carriers.")).collect();
    all.check_keys(&known, &[], report);
    let mut one = |carrier: Carrier, key: &str| -> (Option<Secret>, Vec<IpNet>) {
        let Some(table) = section(&all, &format!("carriers.{carrier}"), report) else {
            return (None, Vec::new());
        };
        let networks = table.value("unsigned_from").and_then(|v| networks(&v, report));
        let secret = table.value(key).and_then(|v| proof(carrier, &v, variable, report));
        (secret, networks.unwrap_or_default())
    };
    let (twilio, _) = one(Carrier::Twilio, "auth_token");
    let (public_key, unsigned_from) = one(Carrier::Telnyx, "public_key");
    let (signalwire, _) = one(Carrier::SignalWire, "signing_key");
    let (plivo, _) = one(Carrier::Plivo, "auth_token");
    Carriers { twilio, telnyx: Telnyx { public_key, unsigned_from }, signalwire, plivo }
}

/// A secret that is one of the carrier's kind.
fn proof(
    carrier: Carrier,
    value: &Value<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<Secret> {
    let secret = secret::read(value, variable, report)?;
    match carrier::Secret::new(carrier, secret.expose()) {
        Ok(_) => Some(secret),
        Err(error) => {
            report.error(value.at(), error.to_string(), "");
            None
        }
    }
}

fn networks(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<IpNet>> {
    let found = value.each(report, |item, report| item.parse_by(network, report))?;
    if found.len() > NETWORKS_MAX {
        let message = format!("`{}` names more than {NETWORKS_MAX} networks", value.key());
        report.error(value.at(), message, "join neighbours");
    }
    if let Some(all) = found.iter().find(|network| network.prefix_len() == 0) {
        let message = format!("`{all}` lets everybody send unsigned requests");
        report.error(value.at(), message, "name the carrier's own networks");
    }
    Some(found)
}

/// A network, or a single address as a network of one.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().map(|address: IpAddr| IpNet::from(address.to_canonical()));
    let network = network.or_else(|_| text.parse::<IpNet>()).ok();
    network.filter(|network| network.trunc() == *network).ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        format!("`{shown}` is not a network: write it like 192.0.2.10 or 192.0.2.0/24")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    const KEY: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn parse(text: &str) -> Result<Carriers, Vec<String>> {
        let faults = |faults: Vec<crate::base::Diagnostic>| {
            faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        Settings::parse("s", text, &|_| None).map(|s| s.carriers).map_err(faults)
    }

    #[test]
    fn keys_by_carrier() {
        let text = format!(
            "[carriers]\ntwilio.auth_token = 'a'\nplivo.auth_token = 'b'\n\
             telnyx = {{ public_key = '{KEY}', unsigned_from = ['192.0.2.0/24', '2001:db8::1'] }}"
        );
        let carriers = parse(&text).unwrap();
        assert_eq!(carriers.in_use(), [Carrier::Twilio, Carrier::Telnyx, Carrier::Plivo]);
        for carrier in Carrier::ALL {
            let of = carriers.key(carrier).map(|key| key.carrier());
            assert_eq!(of, (carrier != Carrier::SignalWire).then_some(carrier));
        }
        assert!(!format!("{carriers:?}").contains(KEY));
        for (carrier, address, taken) in [
            (Carrier::Telnyx, "192.0.2.7", true),
            (Carrier::Telnyx, "::ffff:192.0.2.7", true),
            (Carrier::Telnyx, "2001:db8::1", true),
            (Carrier::Telnyx, "198.51.100.1", false),
            (Carrier::Twilio, "192.0.2.7", false),
        ] {
            assert_eq!(carriers.takes_unsigned(carrier, address.parse().unwrap()), taken);
        }
        let unsigned = parse("carriers.telnyx.unsigned_from = ['192.0.2.1']").unwrap();
        assert_eq!(unsigned.in_use(), [Carrier::Telnyx]);
        assert_eq!(Carriers::default().in_use(), []);
    }

    #[test]
    fn faults() {
        for (text, expected) in [
            (
                "carriers.telnyx.public_key = 'KEY0123'",
                "s:1:30: error: the public key of telnyx must be base64 of 32 bytes: copy it \
                 from the portal's API keys",
            ),
            (
                "carriers.telnyx.unsigned_from = '192.0.2.1'",
                "s:1:33: error: `unsigned_from` must be a list, not a string (put it in \
                 brackets: [\"192.0.2.1\"])",
            ),
            (
                "carriers.telnyx.unsigned_from = ['192.0.2.1/24']",
                "s:1:34: error: `192.0.2.1/24` is not a network: write it like 192.0.2.10 or \
                 192.0.2.0/24",
            ),
            (
                "carriers.telnyx.unsigned_from = ['0.0.0.0/0']",
                "s:1:33: error: `0.0.0.0/0` lets everybody send unsigned requests (name the \
                 carrier's own networks)",
            ),
            (
                "carriers.twilio.unsigned_from = []",
                "s:1:17: error: unknown key `unsigned_from` in [carriers.twilio] (known keys: \
                 auth_token)",
            ),
        ] {
            assert_eq!(parse(text), Err(vec![expected.to_owned()]), "{text}");
        }
    }
}
