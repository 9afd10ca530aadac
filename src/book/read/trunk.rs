//! Reads `[[trunk]]`.

use std::time::Duration;

use ipnet::IpNet;
use jiff::tz::TimeZone;

use crate::base::CredentialsName;
use crate::base::DialPrefix;
use crate::base::DialingCountry;
use crate::base::Prack;
use crate::base::SipUri;
use crate::base::Srtp;
use crate::base::parse_host;
use crate::base::parse_network;
use crate::base::toml::Later;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::CallerIdentity;
use crate::book::FINAL_CODES;
use crate::book::Gateway;
use crate::book::HeaderRules;
use crate::book::NumberForm;
use crate::book::PING;
use crate::book::REGISTER_EXPIRES;
use crate::book::Trunk;

use super::audio;
use super::context::Context;
use super::context::TrunkNet;
use super::gateways;
use super::header_rules;
use super::trunk_limits;
use super::zone;

const KEYS: &[&str] = &[
    "id",
    "accept_from",
    "credentials",
    "register",
    "register_expires",
    "from_domain",
    "outbound",
    "ping",
    "final_codes",
    "identity",
    "number_form",
    "headers_pass",
    "headers_add",
    "headers_remove",
    "prack",
    "calls_at_once",
    "calls_per_second",
    "allow_prefixes",
    "timezone",
    "rate",
    "day",
    "prefixes",
    "symmetric_rtp",
    "srtp",
    "codecs",
    "country",
    "ringback",
    "hold_music",
];
const DIGEST: &str = "name credentials of the settings in `credentials`";
const LATER: &[Later] =
    &[Later { key: "username", remedy: DIGEST }, Later { key: "password", remedy: DIGEST }];

const PRACK: &[(&str, Prack)] =
    &[(Prack::Auto.name(), Prack::Auto), (Prack::Off.name(), Prack::Off)];

const IDENTITIES: &[(&str, CallerIdentity)] = &[
    (CallerIdentity::PAssertedIdentity.name(), CallerIdentity::PAssertedIdentity),
    (CallerIdentity::RemotePartyId.name(), CallerIdentity::RemotePartyId),
    (CallerIdentity::From.name(), CallerIdentity::From),
];

const NUMBER_FORMS: &[(&str, NumberForm)] = &[
    (NumberForm::E164.name(), NumberForm::E164),
    (NumberForm::E164Plain.name(), NumberForm::E164Plain),
    (NumberForm::National.name(), NumberForm::National),
];

/// Maximum number of networks in a book, because each is compared with every other.
const NETS_MAX: usize = 4096;
/// Maximum number of registrars of a trunk.
const REGISTRARS_MAX: usize = 8;
/// Range of `register_expires`.
const REGISTER_EXPIRES_RANGE: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(86_400);
/// Maximum number of prefixes of a trunk.
const PREFIXES_MAX: usize = 256;

pub(super) fn read(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Trunk> {
    table.check_keys(KEYS, LATER, &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let accept_from = match table.value("accept_from") {
        Some(list) => accept_from(table.name(), &list, cx),
        None => Some(Vec::new()),
    };
    let account = account(table, cx);
    let dialing = dialing(table, cx);
    let allow_prefixes = match table.value("allow_prefixes") {
        Some(list) => allow_prefixes(&list, &mut cx.report),
        None => Some(Vec::new()),
    };
    let timezone =
        table.value("timezone").map_or(Some(TimeZone::UTC), |name| zone::read(&name, cx));
    let limits = trunk_limits::read(table, cx);
    let country = country(table, &mut cx.report);
    let audio = audio::read(table, &mut cx.report);
    let (id, accept_from) = (id?, accept_from?);
    let Dialing { outbound, ping, final_codes, identity, number_form, headers, prack } = dialing?;
    let trunk_limits::Limits { rate, day, prefixes, calls_at_once, calls_per_second } = limits?;
    let Account { credentials, register, register_expires, from_domain } = account?;
    let trunk = Trunk {
        id,
        accept_from,
        credentials,
        register,
        register_expires,
        from_domain,
        outbound,
        ping,
        final_codes,
        identity,
        number_form,
        headers,
        prack,
        calls_at_once,
        calls_per_second,
        allow_prefixes: allow_prefixes?,
        timezone: timezone?,
        rate,
        day,
        prefixes,
        audio: audio?,
        country: country?,
    };
    if trunk.accept_from.is_empty()
        && trunk.credentials.is_none()
        && trunk.register.is_empty()
        && trunk.outbound.is_empty()
    {
        let hint = "say who may send calls in `accept_from` or `credentials`, or where calls go in \
                    `outbound`";
        cx.report.error(table.at(), format!("{} carries nothing", table.name()), hint);
    }
    let is_open = |gateway: &&Gateway| !gateway.uri.is_over_tls();
    if trunk.audio.srtp == Srtp::Required
        && let Some(gateway) = trunk.outbound.iter().find(is_open)
    {
        let message = format!("the keys of SRTP go to `{}` in plain text", gateway.uri);
        cx.report.warning(table.at(), message, "use an address with `;transport=tls`");
    }
    Some(trunk)
}

/// How calls are dialed through a trunk.
struct Dialing {
    outbound: Vec<Gateway>,
    ping: Option<Duration>,
    final_codes: Vec<u16>,
    identity: CallerIdentity,
    number_form: NumberForm,
    headers: HeaderRules,
    prack: Prack,
}

fn dialing(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Dialing> {
    let outbound = match table.value("outbound") {
        Some(list) => gateways::read(&list, &mut cx.report),
        None => Some(Vec::new()),
    };
    if outbound.as_ref().is_some_and(Vec::is_empty) {
        cx.inbound_only.insert(table.name().to_owned());
    }
    let ping = match table.value("ping") {
        Some(time) => gateways::ping(&time, &mut cx.report),
        None => Some(Some(PING)),
    };
    let final_codes = match table.value("final_codes") {
        Some(list) => gateways::final_codes(&list, &mut cx.report),
        None => Some(FINAL_CODES.to_vec()),
    };
    let identity = match table.value("identity") {
        Some(name) => name.choice(IDENTITIES, &[], &mut cx.report),
        None => Some(CallerIdentity::default()),
    };
    let number_form = match table.value("number_form") {
        Some(name) => name.choice(NUMBER_FORMS, &[], &mut cx.report),
        None => Some(NumberForm::default()),
    };
    let headers = header_rules::read(table, &mut cx.report);
    let prack = match table.value("prack") {
        Some(name) => name.choice(PRACK, &[], &mut cx.report),
        None => Some(Prack::default()),
    };
    Some(Dialing {
        outbound: outbound?,
        ping: ping?,
        final_codes: final_codes?,
        identity: identity?,
        number_form: number_form?,
        headers: headers?,
        prack: prack?,
    })
}

/// A trunk's account at its carrier.
struct Account {
    credentials: Option<CredentialsName>,
    register: Vec<SipUri>,
    register_expires: Duration,
    from_domain: Option<String>,
}

fn account(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Account> {
    let credentials = match table.value("credentials") {
        Some(name) => name.parse(&mut cx.report).map(Some),
        None => Some(None),
    };
    let register = register(table, cx);
    let register_expires = match table.value("register_expires") {
        Some(time) => time.duration(REGISTER_EXPIRES_RANGE, &mut cx.report),
        None => Some(REGISTER_EXPIRES),
    };
    let from_domain = match table.value("from_domain") {
        Some(name) => name.parse_by(parse_host, &mut cx.report).map(Some),
        None => Some(None),
    };
    Some(Account {
        credentials: credentials?,
        register: register?,
        register_expires: register_expires?,
        from_domain: from_domain?,
    })
}

fn register(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Vec<SipUri>> {
    let Some(list) = table.value("register") else { return Some(Vec::new()) };
    if table.value("credentials").is_none() {
        let message = format!("{} registers without `credentials`", table.name());
        cx.report.error(list.key_at(), message, "name those of the settings");
    }
    let items = list.list_or_one(&mut cx.report)?;
    if items.len() > REGISTRARS_MAX {
        let message = format!("a trunk has at most {REGISTRARS_MAX} registrars");
        cx.report.error(list.at(), message, "remove some");
        return None;
    }
    let mut read = Vec::new();
    for item in &items {
        let Some(uri) = item.parse::<SipUri>(&mut cx.report) else { continue };
        if let Some((user, host)) =
            uri.as_str().split_once(':').and_then(|(_, r)| r.split_once('@'))
        {
            let message = format!("a registrar has no user: `{user}` is the account's");
            let hint = format!("write sip:{host}, and the user in [credentials]");
            cx.report.error(item.at(), message, hint);
            continue;
        }
        read.push(uri);
    }
    (read.len() == items.len()).then_some(read)
}

fn allow_prefixes(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<DialPrefix>> {
    let items = list.list_or_one(report)?;
    if items.len() > PREFIXES_MAX {
        let message = format!("a trunk has at most {PREFIXES_MAX} prefixes");
        report.error(list.at(), message, "list shorter prefixes");
        return None;
    }
    let prefixes: Vec<_> = items.iter().map(|item| item.parse(report)).collect();
    prefixes.into_iter().collect()
}

/// Reads `country` of a trunk or a number. The outer `None` is a fault.
pub(super) fn country(
    table: &Table<'_>,
    report: &mut Report<'_>,
) -> Option<Option<DialingCountry>> {
    match table.value("country") {
        Some(letters) => letters.parse(report).map(Some),
        None => Some(None),
    }
}

fn accept_from(trunk: &str, list: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<Vec<IpNet>> {
    let items = list.list_or_one(&mut cx.report)?;
    if cx.nets.len() + items.len() > NETS_MAX {
        let message = format!("a book has at most {NETS_MAX} addresses and networks");
        cx.report.error(list.at(), message, "combine adjacent addresses into networks");
        return None;
    }
    let mut nets = Vec::new();
    for item in &items {
        let Some(net) = item.parse_by(parse_network, &mut cx.report) else {
            continue;
        };
        if net.prefix_len() == 0 {
            let message = format!("`{net}` would accept calls from every host");
            cx.report.warning(item.at(), message, "name the carrier's own addresses");
        }
        let overlap = |other: &IpNet| other.contains(&net) || net.contains(other);
        let clash = cx.nets.iter().find(|other| other.trunk != trunk && overlap(&other.net));
        if let Some(other) = clash {
            let message = format!("`{net}` overlaps `{}` of {}", other.net, other.trunk);
            let first = cx.report.name(other.at);
            let hint = format!("an address belongs to one trunk; see {first}");
            cx.report.error(item.at(), message, hint);
        }
        cx.nets.push(TrunkNet { trunk: trunk.to_owned(), net, at: item.at() });
        nets.push(net);
    }
    (nets.len() == items.len()).then_some(nets)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    #[test]
    fn a_carriers_country_is_optional() {
        let book = book("[[trunk]]\nid = \"x\"\noutbound = \"sip:a.example\"\ncountry = \"au\"");
        let countries: Vec<_> = book.trunks.iter().map(|trunk| trunk.country).collect();
        assert_eq!(countries, ["AU".parse().ok(), None, None]);
    }

    #[test]
    fn one_address_or_many() {
        let text = "[[trunk]]\nid = \"x\"\naccept_from = [\"192.0.2.1\", \
                    \"2001:db8::/32\"]\noutbound = [\"sip:a.example\", \"sip:b.example\"]\n\
                    symmetric_rtp = \"any\"\nhold_music = \"waltz\"\nprack = \"off\"\n\
                    allow_prefixes = [\"+1900\", \"911\"]";
        let book = book(text);
        let of = |address: &str| book.trunk_of(address.parse().unwrap()).map(|t| t.id.as_str());
        assert_eq!(of("192.0.2.1"), Some("x"));
        assert_eq!(of("::ffff:192.0.2.1"), Some("x"));
        assert_eq!(of("2001:db8::7"), Some("x"));
        assert_eq!(of("203.0.113.1"), Some("t"));
        assert_eq!(of("192.0.2.2"), None);
        assert_eq!(book.trunks[0].outbound[1].uri.as_str(), "sip:b.example");
        let symmetric: Vec<_> = book.trunks.iter().map(|t| t.audio.symmetric_rtp.name()).collect();
        assert_eq!(symmetric, ["any", "auto", "auto"]);
        let prack: Vec<_> = book.trunks.iter().map(|t| t.prack.name()).collect();
        assert_eq!(prack, ["off", "auto", "auto"]);
        let allowed: Vec<_> = book.trunks[0].allow_prefixes.iter().map(|p| p.as_str()).collect();
        assert_eq!(allowed, ["+1900", "911"]);
        assert_eq!(book.trunks[0].audio.hold_music.as_deref(), Some("waltz"));
    }

    #[test]
    fn prefixes_are_bounded() {
        let list = |count: u32| (0..count).map(|n| format!("\"+1{n}\",")).collect::<String>();
        let trunk = |count| {
            format!(
                "[[trunk]]\nid = \"x\"\noutbound = \"sip:a\"\n\
                                     allow_prefixes = [{}]",
                list(count)
            )
        };
        check(&trunk(256), &[]);
        check(
            &trunk(257),
            &["4:18: error: a trunk has at most 256 prefixes (list shorter prefixes)"],
        );
    }

    #[test]
    fn faults_of_accounts() {
        for (keys, expected) in [
            (
                "register = \"sip:b.example\"",
                "3:1: error: trunk `x` registers without `credentials` (name those of the settings)",
            ),
            (
                "credentials = \"c\"\nregister = \"sip:me@b.example\"",
                "4:12: error: a registrar has no user: `me` is the account's (write \
                 sip:b.example, and the user in [credentials])",
            ),
            (
                "credentials = \"c\"\nregister = \"sip:b\"\nregister_expires = \"10s\"",
                "5:20: error: `register_expires` must be from 1m to 1d, not 10s",
            ),
            (
                "outbound = \"sip:a\"\nfrom_domain = \"a b\"",
                "4:15: error: `a b` is no host: write a name or an IP address",
            ),
        ] {
            check(&format!("[[trunk]]\nid = \"x\"\n{keys}"), &[expected]);
        }
        let text = "[[trunk]]\nid = \"x\"\ncredentials = \"c\"\nregister = \"sip:a.example\"\n\
                    register_expires = \"5m\"\nfrom_domain = \"b.example\"";
        let trunk = book(text).trunks.remove(0);
        assert_eq!(trunk.register[0].as_str(), "sip:a.example");
        assert_eq!(trunk.register_expires, Duration::from_secs(300));
        assert_eq!(trunk.from_domain.as_deref(), Some("b.example"));
        assert!(trunk.takes_calls() && !trunk.calls_by_digest());
    }

    #[test]
    fn words_are_known_ones() {
        for (keys, expected) in [
            (
                "outbound = \"sip:a\"\nidentity = \"pai\"",
                "4:12: error: `identity` cannot be `pai` (use p_asserted_identity, remote_party_id, \
                 from)",
            ),
            (
                "outbound = \"sip:a\"\nprack = \"required\"",
                "4:9: error: `prack` cannot be `required` (use auto, off)",
            ),
            (
                "outbound = \"sip:a\"\nnumber_form = \"local\"",
                "4:15: error: `number_form` cannot be `local` (use e164, e164_plain, national)",
            ),
        ] {
            check(&format!("[[trunk]]\nid = \"x\"\n{keys}"), &[expected]);
        }
    }

    #[test]
    fn faults() {
        let trunk = |keys: &str| format!("[[trunk]]\nid = \"x\"\n{keys}");
        for (keys, expected) in [
            (
                r#"accept_from = "192.0.2""#,
                "3:15: error: `192.0.2` is not an address or network: write it like 192.0.2.10 or \
                 192.0.2.0/24",
            ),
            (
                r#"accept_from = ["192.0.2.9/24"]"#,
                "3:16: error: `192.0.2.9/24` is neither the address `192.0.2.9` nor the network \
                 `192.0.2.0/24`: choose one",
            ),
            (
                r#"accept_from = ["::/0"]"#,
                "3:16: warning: `::/0` would accept calls from every host (name the carrier's own \
                 addresses)",
            ),
            (
                r#"outbound = "sip:a.example:99999""#,
                "3:12: error: `99999` is not a port: use 1 to 65535",
            ),
            (
                "outbound = [\"sip:a;transport=tls\", \"SIPS:a\", \"sip:b\"]\nsrtp = \"required\"",
                "1:1: warning: the keys of SRTP go to `sip:b` in plain text (use an address with \
                 `;transport=tls`)",
            ),
            (
                "outbound = \"sip:a\"\nsymmetric_rtp = \"yes\"",
                "4:17: error: `symmetric_rtp` cannot be `yes` (use auto, any, off)",
            ),
            (
                "outbound = \"sip:a\"\nhold_music = \"\"",
                "4:14: error: `hold_music` is empty (fill it, or remove it)",
            ),
            (
                "outbound = \"sip:a\"\ncountry = \"61\"",
                "4:11: error: not a country with phone numbers: write two letters of ISO 3166, \
                 like AU",
            ),
            (
                "outbound = \"sip:a\"\nallow_prefixes = [\"1-900\"]",
                "4:19: error: `1-900` is not a prefix: write it like +1900, or 911 for a number \
                 without country code",
            ),
            ("outbound = 5060", "3:12: error: `outbound` must be a list, not a whole number"),
            (
                "outbound = []",
                "1:1: error: trunk `x` carries nothing (say who may send calls in `accept_from` \
                 or `credentials`, or where calls go in `outbound`)",
            ),
            (
                "outbound = \"sip:a\"\nusername = \"u\"",
                "4:1: error: `username` is not supported yet (name credentials of the settings in \
                 `credentials`)",
            ),
            (
                "outbound = \"sip:a\"\nacceptfrom = \"u\"",
                "4:1: error: unknown key `acceptfrom` in trunk `x` (did you mean `accept_from`?)",
            ),
        ] {
            check(&trunk(keys), &[expected]);
        }
        // The address of trunk `t` in `REST`.
        check(
            &trunk(r#"accept_from = "203.0.113.0/31""#),
            &["7:23: error: `203.0.113.1/32` overlaps `203.0.113.0/31` of trunk `x` (an address \
               belongs to one trunk; see line 3)"],
        );
    }
}
