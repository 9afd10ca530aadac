//! `[carriers.*]`: the keys that verify webhooks, and the access to carrier APIs.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::base::is_host;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::carrier;
use crate::carrier::Carrier;

use super::HttpUrl;
use super::Secret;
use super::secret;
use super::section::SECTIONS;
use super::section::table_of;

/// Most networks in `unsigned_from`.
const NETWORKS_MAX: usize = 64;
/// Longest account id, in bytes.
const ID_BYTES_MAX: usize = 128;

/// `[carriers.*]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carriers {
    /// `[carriers.twilio]`
    pub twilio: Twilio,
    /// `[carriers.telnyx]`
    pub telnyx: Telnyx,
    /// `[carriers.signalwire]`
    pub signalwire: SignalWire,
    /// `[carriers.plivo]`
    pub plivo: Plivo,
}

/// `[carriers.twilio]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Twilio {
    /// Token of the account: signs requests, and authenticates API requests.
    pub auth_token: Option<Secret>,
    /// Address of the API; `None` for Twilio's own.
    pub api_url: Option<HttpUrl>,
}

/// `[carriers.telnyx]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Telnyx {
    /// Public key of Telnyx: base64 of an Ed25519 key.
    pub public_key: Option<Secret>,
    /// Networks that may send requests without a signature; none when empty. The switch rejects a
    /// wrong signature from these networks too.
    pub unsigned_from: Vec<IpNet>,
    /// The key or token of the API.
    pub api_key: Option<Secret>,
    /// Address of the API; `None` for Telnyx's own.
    pub api_url: Option<HttpUrl>,
}

/// `[carriers.signalwire]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignalWire {
    /// The key that SignalWire signs requests with.
    pub signing_key: Option<Secret>,
    /// The host of the project's space, which serves its API.
    pub space: Option<String>,
    /// The id of the project.
    pub project: Option<String>,
    /// The key or token of the API.
    pub api_token: Option<Secret>,
    /// Address of the API; `None` for the space.
    pub api_url: Option<HttpUrl>,
}

/// `[carriers.plivo]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plivo {
    /// Token of the account: signs requests, and authenticates API requests.
    pub auth_token: Option<Secret>,
    /// The id of the account.
    pub auth_id: Option<String>,
    /// Address of the API; `None` for Plivo's own.
    pub api_url: Option<HttpUrl>,
}

/// The access to a carrier's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierApi<'s> {
    /// Base of the API's addresses, without a trailing slash.
    pub url: String,
    /// Account id; `None` if the carrier sends it with each call.
    pub id: Option<&'s str>,
    /// A token or a key.
    pub secret: &'s Secret,
}

impl Carriers {
    /// Returns the key that verifies a carrier's signatures, if it is set.
    pub fn key(&self, carrier: Carrier) -> Option<carrier::Secret> {
        let secret = match carrier {
            Carrier::Twilio => self.twilio.auth_token.as_ref(),
            Carrier::Telnyx => self.telnyx.public_key.as_ref(),
            Carrier::SignalWire => self.signalwire.signing_key.as_ref(),
            Carrier::Plivo => self.plivo.auth_token.as_ref(),
        };
        // The reader has already rejected invalid keys.
        carrier::Secret::new(carrier, secret?.expose()).ok()
    }

    /// Returns the access to a carrier's API, if all its keys are set.
    pub fn api(&self, carrier: Carrier) -> Option<CarrierApi<'_>> {
        let (own, url, id, secret) = match carrier {
            Carrier::Twilio => {
                let Twilio { auth_token, api_url } = &self.twilio;
                ("https://api.twilio.com".to_owned(), api_url, None, auth_token.as_ref()?)
            }
            Carrier::Telnyx => {
                let Telnyx { api_key, api_url, .. } = &self.telnyx;
                ("https://api.telnyx.com".to_owned(), api_url, None, api_key.as_ref()?)
            }
            Carrier::SignalWire => {
                let SignalWire { space, project, api_token, api_url, .. } = &self.signalwire;
                let own = format!("https://{}", space.as_deref().unwrap_or_default());
                (own, api_url, Some(project.as_deref()?), api_token.as_ref()?)
            }
            Carrier::Plivo => {
                let Plivo { auth_token, auth_id, api_url } = &self.plivo;
                let own = "https://api.plivo.com".to_owned();
                (own, api_url, Some(auth_id.as_deref()?), auth_token.as_ref()?)
            }
        };
        let url = url.as_ref().map_or(own, |url| url.as_str().to_owned());
        Some(CarrierApi { url, id, secret })
    }

    /// Returns whether the switch accepts a request without a signature from this address.
    pub fn takes_unsigned(&self, carrier: Carrier, from: IpAddr) -> bool {
        let networks = match carrier {
            Carrier::Telnyx => self.telnyx.unsigned_from.as_slice(),
            Carrier::Twilio | Carrier::SignalWire | Carrier::Plivo => &[],
        };
        networks.iter().any(|network| network.contains(&from.to_canonical()))
    }

    /// Returns the carriers that may send requests: those with a key or networks.
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
    let mut of = |carrier: Carrier| table_of(&all, &format!("carriers.{carrier}"), report);
    let tables =
        (of(Carrier::Twilio), of(Carrier::Telnyx), of(Carrier::SignalWire), of(Carrier::Plivo));
    let (twilio, telnyx, signalwire, plivo) = tables;
    Carriers {
        twilio: twilio.map(|t| read_twilio(&t, variable, report)).unwrap_or_default(),
        telnyx: telnyx.map(|t| read_telnyx(&t, variable, report)).unwrap_or_default(),
        signalwire: signalwire.map(|t| read_signalwire(&t, variable, report)).unwrap_or_default(),
        plivo: plivo.map(|t| read_plivo(&t, variable, report)).unwrap_or_default(),
    }
}

fn read_twilio(
    table: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Twilio {
    Twilio {
        auth_token: proof(Carrier::Twilio, table, "auth_token", variable, report),
        api_url: api_url(table, report),
    }
}

fn read_telnyx(
    table: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Telnyx {
    let unsigned_from = table.value("unsigned_from").and_then(|v| networks(&v, report));
    Telnyx {
        public_key: proof(Carrier::Telnyx, table, "public_key", variable, report),
        unsigned_from: unsigned_from.unwrap_or_default(),
        api_key: table.value("api_key").and_then(|v| secret::read(&v, variable, report)),
        api_url: api_url(table, report),
    }
}

/// Reads `[carriers.signalwire]`. The API needs all of project, token and space, or none of them.
fn read_signalwire(
    table: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> SignalWire {
    let space = table.value("space").and_then(|v| v.parse_by(host, report));
    let project = id(table, "project", report);
    let api_token = table.value("api_token").and_then(|v| secret::read(&v, variable, report));
    let api_url = api_url(table, report);
    let place = ["space", "project", "api_token"].iter().find_map(|key| table.value(key));
    let lacks = |key: &str| table.value(key).is_none();
    let lacks_space = lacks("space") && lacks("api_url");
    if let Some(given) = place
        && (lacks_space || lacks("project") || lacks("api_token"))
    {
        let message = "the API needs `space`, `project` and `api_token`, and one is missing";
        report.error(given.key_at(), message, "set all three, or none");
    }
    let signing_key = proof(Carrier::SignalWire, table, "signing_key", variable, report);
    SignalWire { signing_key, space, project, api_token, api_url }
}

fn read_plivo(
    table: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Plivo {
    Plivo {
        auth_token: proof(Carrier::Plivo, table, "auth_token", variable, report),
        auth_id: id(table, "auth_id", report),
        api_url: api_url(table, report),
    }
}

fn api_url(table: &Table<'_>, report: &mut Report<'_>) -> Option<HttpUrl> {
    table.value("api_url").and_then(|value| value.parse(report))
}

/// Reads an account id. It becomes a part of addresses.
fn id(table: &Table<'_>, key: &str, report: &mut Report<'_>) -> Option<String> {
    let read = |text: &str| {
        let sound = (1..=ID_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let shown: String = text.chars().take(60).collect();
        let fault = format!("`{shown}` is not an account id: copy it from the carrier's console");
        sound.then(|| text.to_owned()).ok_or(fault)
    };
    table.value(key).and_then(|value| value.parse_by(read, report))
}

fn host(text: &str) -> Result<String, String> {
    let shown: String = text.chars().take(60).collect();
    let fault = format!("`{shown}` is not a host: write it like example.signalwire.com");
    is_host(text).then(|| text.to_owned()).ok_or(fault)
}

/// Reads a secret and checks that it is a valid key of the carrier.
fn proof(
    carrier: Carrier,
    table: &Table<'_>,
    key: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<Secret> {
    let value = table.value(key)?;
    let secret = secret::read(&value, variable, report)?;
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
        report.error(value.at(), message, "combine adjacent networks");
    }
    if let Some(all) = found.iter().find(|network| network.prefix_len() == 0) {
        let message = format!("`{all}` would let every host send unsigned requests");
        report.error(value.at(), message, "name the carrier's own networks");
    }
    Some(found)
}

/// Parses a network, or a single address as a network of one.
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
    fn the_api_is_available_when_all_its_keys_are_set() {
        let all = "[carriers]\ntwilio.auth_token = 'a'\ntelnyx.api_key = 'K'\n\
                   signalwire = { space = 'x.signalwire.com', project = 'p', api_token = 't' }\n\
                   plivo = { auth_token = 'b', auth_id = 'MA1', api_url = 'http://[::1]:9/' }";
        let apis = |text: &str| {
            let carriers = parse(text).unwrap();
            Carrier::ALL.map(|carrier| {
                carriers.api(carrier).map(|CarrierApi { url, id, secret }| {
                    format!("{url} {} {}", id.unwrap_or("-"), secret.expose())
                })
            })
        };
        let mut expected = [
            (Carrier::Twilio, "https://api.twilio.com - a"),
            (Carrier::Telnyx, "https://api.telnyx.com - K"),
            (Carrier::SignalWire, "https://x.signalwire.com p t"),
            (Carrier::Plivo, "http://[::1]:9 MA1 b"),
        ];
        let place = |carrier: &Carrier| Carrier::ALL.iter().position(|one| one == carrier);
        expected.sort_by_key(|(carrier, _)| place(carrier));
        assert_eq!(apis(all), expected.map(|(_, api)| Some(api.to_owned())));
        let keys = "carriers.plivo.auth_token = 'b'\ncarriers.signalwire.signing_key = 'k'";
        assert_eq!(apis(keys), [const { None }; 4]);
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
                "s:1:33: error: `0.0.0.0/0` would let every host send unsigned requests (name the \
                 carrier's own networks)",
            ),
            (
                "carriers.twilio.unsigned_from = []",
                "s:1:17: error: unknown key `unsigned_from` in [carriers.twilio] (known keys: \
                 auth_token, api_url)",
            ),
            (
                "carriers.signalwire = { project = 'p', api_token = 't' }",
                "s:1:25: error: the API needs `space`, `project` and `api_token`, and one is \
                 missing (set all three, or none)",
            ),
            (
                "carriers.signalwire = { space = 'https://x', project = 'p', api_token = 't' }",
                "s:1:33: error: `https://x` is not a host: write it like example.signalwire.com",
            ),
            (
                "carriers.plivo = { auth_token = 'x', auth_id = 'MA/1' }",
                "s:1:48: error: `MA/1` is not an account id: copy it from the carrier's console",
            ),
            (
                "carriers.telnyx.api_url = 'api.telnyx.com'",
                "s:1:27: error: `api.telnyx.com` is not a web address: write it like \
                 https://calls.example",
            ),
        ] {
            assert_eq!(parse(text), Err(vec![expected.to_owned()]), "{text}");
        }
    }
}
