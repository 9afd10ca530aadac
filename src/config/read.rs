//! Reads the settings from TOML. The reader reports a faulty value and continues with its default,
//! so that it finds all faults. It never returns settings with a fault.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::base::Diagnostic;
use crate::base::parse_host;
use crate::base::parse_network;
use crate::base::toml::Document;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::sip::digest::Algorithm;
use crate::sip::wire::HeaderName;

use super::Database;
use super::Flows;
use super::Geo;
use super::Http;
use super::Journal;
use super::Listen;
use super::Location;
use super::Log;
use super::LogFormat;
use super::Media;
use super::Node;
use super::Outbound;
use super::Retention;
use super::Settings;
use super::Sip;
use super::Size;
use super::Stir;
use super::carriers;
use super::credentials;
use super::directory::directory_of;
use super::leads;
use super::nameservers;
use super::platforms;
use super::postbacks;
use super::quota;
use super::score;
use super::secrets;
use super::section::SECTIONS;
use super::section::Section;
use super::section::table_of;
use super::smtp;
use super::spam;
use super::tls;

const NAME_BYTES_MAX: usize = 64;
const PATH_BYTES_MAX: usize = 4096;
const CALLS_MAX: u64 = 100_000;
/// Retention of data of calls, and of the activity log. Every call ends within a day.
const RETENTION: RangeInclusive<Duration> =
    Duration::from_secs(86_400)..=Duration::from_secs(3_650 * 86_400);
/// Retention of what is not of calls.
const BRIEF: RangeInclusive<Duration> =
    Duration::from_secs(3_600)..=Duration::from_secs(3_650 * 86_400);
/// Retention of SIP messages; zero for none.
const LADDERS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3_650 * 86_400);
/// Range of the time a destination may take to send any response to an INVITE: from one INVITE
/// without a retransmission to timer B of RFC 3261.
const NO_RESPONSE: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(32);
/// Range of `session_expires` (RFC 4028 §5).
const SESSION_EXPIRES: RangeInclusive<Duration> =
    Duration::from_secs(90)..=Duration::from_secs(86_400);
/// Range of the time that live calls go on after the signal to stop.
const DRAIN: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(86_400);
const CALLS_PER_SECOND_MAX: u64 = 10_000;
const LISTENERS_MAX: usize = 16;
const PROXIES_MAX: usize = 64;
/// Longest realm, in bytes.
const REALM_BYTES_MAX: usize = 128;
const JOURNAL_MIN: Size = Size::of(1 << 20);
const JOURNAL_MAX: Size = Size::of(64 << 30);

impl Settings {
    /// Reads settings from the text of a file. `variable` looks up environment variables for
    /// secrets. Returns all faults at once, in the order of the file.
    pub fn parse(
        file: &str,
        text: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, Vec<Diagnostic>> {
        let mut report = Report::new(file, text);
        let document = Document::parse(text, &mut report);
        let settings = document.map(|document| read(&document.root(), variable, &mut report));
        match settings {
            Some(settings) if !report.is_refused() => Ok(settings.relative_to(directory_of(file))),
            Some(_) | None => Err(report.finish()),
        }
    }
}

fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Settings {
    let outermost = |section: &Section| section.name.split('.').next();
    let mut known: Vec<&str> = SECTIONS.iter().filter_map(outermost).collect();
    known.dedup();
    root.check_keys(&known, &[], report);
    Settings {
        node: table_of(root, "node", report).map(|t| node(&t, report)).unwrap_or_default(),
        sip: table_of(root, "sip", report).map(|t| sip(&t, report)).unwrap_or_default(),
        media: table_of(root, "media", report).map(|t| media(&t, report)).unwrap_or_default(),
        http: table_of(root, "http", report).map(|t| http(&t, report)).unwrap_or_default(),
        database: table_of(root, "database", report)
            .map(|t| database(&t, report))
            .unwrap_or_default(),
        retention: table_of(root, "retention", report)
            .map(|t| retention(&t, report))
            .unwrap_or_default(),
        journal: table_of(root, "journal", report).map(|t| journal(&t, report)).unwrap_or_default(),
        quota: quota::read(root, variable, report),
        flows: table_of(root, "flows", report).map(|t| flows(&t, report)).unwrap_or_default(),
        geo: table_of(root, "geo", report).map(|t| geo(&t, report)).unwrap_or_default(),
        spam: spam::read(root, report),
        stir: table_of(root, "stir", report).map(|t| stir(&t, report)).unwrap_or_default(),
        outbound: table_of(root, "outbound", report)
            .map(|t| outbound(&t, report))
            .unwrap_or_default(),
        leads: leads::read(root, report),
        score: score::read(root, report),
        credentials: credentials::read(root, variable, report),
        secrets: secrets::read(root, variable, report),
        postbacks: postbacks::read(root, variable, report),
        smtp: smtp::read(root, variable, report),
        carriers: carriers::read(root, variable, report),
        platforms: platforms::read(root, variable, report),
        log: table_of(root, "log", report).map(|t| log(&t, report)).unwrap_or_default(),
    }
}

/// Returns the value of a key, read by a function, or the default.
fn read_or<'d, T>(
    table: &Table<'d>,
    key: &str,
    default: T,
    read: impl FnOnce(&Value<'d>) -> Option<T>,
) -> T {
    table.value(key).and_then(|value| read(&value)).unwrap_or(default)
}

fn path(table: &Table<'_>, key: &str, default: PathBuf, report: &mut Report<'_>) -> PathBuf {
    read_or(table, key, default, |v| v.words(PATH_BYTES_MAX, report).map(PathBuf::from))
}

fn node(table: &Table<'_>, report: &mut Report<'_>) -> Node {
    let name = |text: &str| {
        let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        if clean && (1..=NAME_BYTES_MAX).contains(&text.len()) {
            return Ok(text.to_owned());
        }
        let shown: String = text.chars().take(80).collect();
        Err(format!("`{shown}` is not a node name: use 1 to 64 letters, digits, `.`, `_`, `-`"))
    };
    let default = Node::default();
    Node {
        name: read_or(table, "name", default.name, |v| v.parse_by(name, report)),
        drain: read_or(table, "drain", default.drain, |v| v.duration(DRAIN, report)),
    }
}

fn sip(table: &Table<'_>, report: &mut Report<'_>) -> Sip {
    let default = Sip::default();
    let advertise = |text: &str| match text {
        "" => Ok(None),
        text => text.parse::<IpAddr>().map(Some).map_err(|_| {
            let shown: String = text.chars().take(80).collect();
            format!("`{shown}` is not an IP address; set the ports in `listen`")
        }),
    };
    let calls = |value: &Value<'_>, most: u64, report: &mut Report<'_>| {
        value.whole(1..=most, report).and_then(|count| u32::try_from(count).ok())
    };
    let listeners = read_or(table, "listen", default.listen, |v| listen(v, report));
    Sip {
        tls: tls::read(table, &listeners, report),
        listen: listeners,
        advertise: read_or(table, "advertise", None, |v| v.parse_by(advertise, report)),
        host: read_or(table, "host", None, |v| v.parse_by(parse_host, report).map(Some)),
        proxies: read_or(table, "proxies", default.proxies, |v| proxies(v, report)),
        source_header: read_or(table, "source_header", default.source_header, |v| {
            v.parse_by(source_header, report)
        }),
        realm: read_or(table, "realm", default.realm, |v| {
            v.words(REALM_BYTES_MAX, report).map(str::to_owned)
        }),
        digest: read_or(table, "digest", default.digest, |v| digest(v, report)),
        max_calls: read_or(table, "max_calls", default.max_calls, |v| calls(v, CALLS_MAX, report)),
        calls_per_second: read_or(table, "calls_per_second", default.calls_per_second, |v| {
            calls(v, CALLS_PER_SECOND_MAX, report)
        }),
        no_response: read_or(table, "no_response", default.no_response, |v| {
            v.duration(NO_RESPONSE, report)
        }),
        session_expires: read_or(table, "session_expires", default.session_expires, |v| {
            if v.as_text() == Some("off") {
                return Some(None);
            }
            v.duration(SESSION_EXPIRES, report).map(Some)
        }),
        nameservers: read_or(table, "nameservers", default.nameservers, |v| {
            nameservers::read(v, report)
        }),
    }
}

fn digest(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<Algorithm>> {
    let items = list.list_or_one(report)?;
    if items.is_empty() {
        report.error(list.at(), "`digest` is empty", "name SHA-256, MD5, or both");
        return None;
    }
    let known = [Algorithm::Sha256, Algorithm::Md5].map(|known| (known.name(), known));
    let mut read = Vec::new();
    for item in &items {
        let algorithm = item.choice(&known, &[], report)?;
        if read.contains(&algorithm) {
            report.error(item.at(), format!("{} is named twice", algorithm.name()), "");
            return None;
        }
        read.push(algorithm);
    }
    Some(read)
}

fn proxies(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<IpNet>> {
    let items = list.list_or_one(report)?;
    if items.len() > PROXIES_MAX {
        let message = format!("`proxies` names at most {PROXIES_MAX} addresses and networks");
        report.error(list.at(), message, "combine adjacent addresses into networks");
        return None;
    }
    let mut networks = Vec::new();
    for item in &items {
        let Some(network) = item.parse_by(parse_network, report) else {
            continue;
        };
        if network.prefix_len() == 0 {
            let message = format!("`{network}` would let every host name another as the caller");
            report.error(item.at(), message, "name the addresses of your own proxies");
        }
        networks.push(network);
    }
    (networks.len() == items.len()).then_some(networks)
}

/// Reads the name of a header that proxies add: a token (RFC 3261 §25.1) that SIP does not use.
fn source_header(text: &str) -> Result<String, String> {
    let shown: String = text.chars().take(80).collect();
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b);
    if text.is_empty() || text.len() > NAME_BYTES_MAX || !text.bytes().all(is_token) {
        return Err(format!("`{shown}` is not the name of a header: write it like X-Source"));
    }
    match HeaderName::parse(text) {
        HeaderName::Other(name) => Ok(name.to_owned()),
        _ => Err(format!("`{shown}` is a header of SIP: choose a name of your own, like X-Source")),
    }
}

fn listen(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<Listen>> {
    let items = list.list_or_one(report)?;
    if items.is_empty() || items.len() > LISTENERS_MAX {
        let message = format!("`listen` must name 1 to {LISTENERS_MAX} addresses");
        report.error(list.at(), message, "for example [\"udp:0.0.0.0:5060\"]");
        return None;
    }
    let mut listeners: Vec<Listen> = Vec::new();
    for item in items {
        let Some(listener) = item.parse::<Listen>(report) else {
            continue;
        };
        if listener.address.port() != 0 && listeners.contains(&listener) {
            report.error(item.at(), format!("`{listener}` is listed twice"), "");
        }
        listeners.push(listener);
    }
    Some(listeners)
}

fn media(table: &Table<'_>, report: &mut Report<'_>) -> Media {
    let default = Media::default();
    let address = |text: &str| {
        let shown: String = text.chars().take(80).collect();
        text.parse::<IpAddr>().map_err(|_| format!("`{shown}` is not an IP address"))
    };
    let speech = |text: &str| match text.trim() {
        "" => Ok(None),
        command => command.parse().map(Some),
    };
    Media {
        address: read_or(table, "address", default.address, |v| v.parse_by(address, report)),
        ports: read_or(table, "ports", default.ports, |v| v.parse(report)),
        recordings: path(table, "recordings", default.recordings, report),
        prompts: path(table, "prompts", default.prompts, report),
        speech_command: read_or(table, "speech_command", default.speech_command, |v| {
            v.parse_by(speech, report)
        }),
    }
}

fn http(table: &Table<'_>, report: &mut Report<'_>) -> Http {
    let default = Http::default();
    let listen = |text: &str| {
        let shown: String = text.chars().take(80).collect();
        text.parse().map_err(|_| format!("`{shown}` is not an IP address and port, like [::]:8080"))
    };
    Http {
        listen: read_or(table, "listen", default.listen, |v| v.parse_by(listen, report)),
        public_url: read_or(table, "public_url", default.public_url, |v| v.parse(report)),
    }
}

fn database(table: &Table<'_>, report: &mut Report<'_>) -> Database {
    let mut at = read_or(table, "url", Database::default().at, |v| v.parse(report));
    if let Some(set) = table.value("directory") {
        let own = set.words(PATH_BYTES_MAX, report).map(PathBuf::from);
        match (&mut at, own) {
            (Location::Postgres { directory, .. }, Some(own)) => *directory = own,
            (Location::Postgres { .. }, None) => {}
            (Location::Sqlite(_), _) => report.error(
                set.key_at(),
                "`directory` is for PostgreSQL",
                "remove it: the files of a SQLite database are beside it",
            ),
        }
    }
    Database { at, earlier: None }
}

fn retention(table: &Table<'_>, report: &mut Report<'_>) -> Retention {
    let default = Retention::default();
    let mut of_calls =
        |key: &str| read_or(table, key, None, |v| v.duration(RETENTION, report).map(Some));
    let (decisions, journals) = (of_calls("decisions"), of_calls("journals"));
    let (callers, recordings) = (of_calls("callers"), of_calls("recordings"));
    let mut kept = |key: &str, range: RangeInclusive<Duration>, default: Duration| {
        read_or(table, key, default, |v| v.duration(range, report))
    };
    Retention {
        decisions,
        journals,
        callers,
        recordings,
        ladders: kept("ladders", LADDERS, default.ladders),
        activity: kept("activity", RETENTION, default.activity),
        refused_calls: kept("refused_calls", BRIEF, default.refused_calls),
        events: kept("events", BRIEF, default.events),
        dead_letters: kept("dead_letters", BRIEF, default.dead_letters),
        idempotency_keys: kept("idempotency_keys", BRIEF, default.idempotency_keys),
    }
}

fn journal(table: &Table<'_>, report: &mut Report<'_>) -> Journal {
    let max = |text: &str| {
        let size: Size = text.parse()?;
        if (JOURNAL_MIN..=JOURNAL_MAX).contains(&size) {
            return Ok(size);
        }
        Err(format!("`max` must be from {JOURNAL_MIN} to {JOURNAL_MAX}, not {size}"))
    };
    let mut path = |v: &Value<'_>| v.words(PATH_BYTES_MAX, report).map(PathBuf::from);
    Journal {
        directory: table.value("directory").and_then(|v| path(&v)),
        max: read_or(table, "max", Journal::default().max, |v| v.parse_by(max, report)),
    }
}

fn flows(table: &Table<'_>, report: &mut Report<'_>) -> Flows {
    Flows { directory: path(table, "directory", Flows::default().directory, report) }
}

fn geo(table: &Table<'_>, report: &mut Report<'_>) -> Geo {
    let mut path = |v: &Value<'_>| v.words(PATH_BYTES_MAX, report).map(PathBuf::from);
    Geo { dma: table.value("dma").and_then(|v| path(&v)) }
}

fn stir(table: &Table<'_>, report: &mut Report<'_>) -> Stir {
    let mut path = |v: &Value<'_>| v.words(PATH_BYTES_MAX, report).map(PathBuf::from);
    Stir { authorities: table.value("authorities").and_then(|v| path(&v)) }
}

fn outbound(table: &Table<'_>, report: &mut Report<'_>) -> Outbound {
    Outbound { allow_private: read_or(table, "allow_private", false, |v| v.boolean(report)) }
}

fn log(table: &Table<'_>, report: &mut Report<'_>) -> Log {
    const FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];
    let default = Log::default();
    Log { format: read_or(table, "format", default.format, |v| v.choice(FORMATS, &[], report)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Spam;
    use crate::config::Transport;
    use crate::config::Withheld;

    const DOCUMENTED: &str = include_str!("../../deploy/strowger.toml");

    fn variable(name: &str) -> Option<String> {
        (name == "SET").then(|| "from the environment".to_owned())
    }

    fn parse(text: &str) -> Result<Settings, Vec<String>> {
        let faults = |faults: Vec<Diagnostic>| faults.iter().map(ToString::to_string).collect();
        Settings::parse("s", text, &variable).map_err(faults)
    }

    #[test]
    fn the_documented_file_has_the_defaults() {
        // Its paths are those of the systemd unit; its comments name the defaults.
        let local = DOCUMENTED
            .replace("\"/etc/strowger/flows\"", "\"ivr-flows\"")
            .replace("\"/var/lib/strowger/", "\"var/")
            .replace("\"sqlite:/var/lib/strowger/", "\"sqlite:var/");
        assert_eq!(parse(&local), Ok(Settings::default()));
        assert_eq!(parse(""), Ok(Settings::default()));
    }

    #[test]
    fn the_documented_file_has_every_key() {
        // Keys without a default are commented out.
        let unset = |line: &&str| {
            SECTIONS
                .iter()
                .flat_map(|section| section.unset)
                .any(|key| line.starts_with(&format!("# {key} = ")))
        };
        let text: Vec<&str> =
            DOCUMENTED.lines().map(|line| if unset(&line) { &line[2..] } else { line }).collect();
        let text = text.join("\n");
        let mut report = Report::new("strowger.toml", &text);
        let document = Document::parse(&text, &mut report).unwrap();
        for section in SECTIONS {
            let table = section.name.split('.').fold(document.root(), |table, key| {
                table
                    .value(key)
                    .unwrap_or_else(|| panic!("[{}]", section.name))
                    .table(&mut report)
                    .unwrap()
            });
            for key in section.keys.iter().chain(section.unset) {
                assert!(table.value(key).is_some(), "`{key}` is missing in [{}]", section.name);
            }
        }
        assert_eq!(report.finish(), []);
    }

    #[test]
    fn every_key_is_read() {
        let settings = parse(
            r#"
            node.name = "n"
            node.drain = "5m"
            log.format = "json"
            outbound.allow_private = true
            flows.directory = "f"
            geo.dma = "dma.csv"
            database.url = "sqlite:/x/y.db"
            journal.directory = "j"
            journal.max = "1GiB"
            spam = { calls_per_minute = 6, withheld = "refuse" }
            quota = { url = "redis://h:7/1", name = "west", username = "u", password = "p" }
            [sip]
            proxies = ["192.0.2.10", "2001:db8::/64"]
            source_header = "X-From"
            listen = ["udp:192.0.2.1:5080", "tcp:[::1]:0", "tls:192.0.2.1:5061"]
            tls_certificate = "c.pem"
            tls_private_key = "k.pem"
            tls_authority = "a.pem"
            tls_client_authority = "b.pem"
            advertise = "203.0.113.9"
            max_calls = 1
            calls_per_second = 10_000
            no_response = "2s"
            session_expires = "off"
            nameservers = ["192.0.2.53", "[::1]:5353"]
            [media]
            address = "::1"
            ports = "1024-1027"
            recordings = "r"
            prompts = "p"
            speech_command = ""
            [http]
            listen = "[::]:80"
            public_url = "https://calls.example/x/"
            [carriers]
            twilio.auth_token = "env:SET"
            plivo.auth_token = "plain"
            "#,
        )
        .unwrap();
        assert_eq!(settings.node.name, "n");
        assert_eq!(settings.node.drain, Duration::from_secs(300));
        assert_eq!(settings.log.format, LogFormat::Json);
        assert!(settings.outbound.allow_private);
        assert_eq!(settings.flows.directory, PathBuf::from("f"));
        assert_eq!(settings.geo.dma, Some(PathBuf::from("dma.csv")));
        assert_eq!(settings.database.at, "sqlite:/x/y.db".parse().unwrap());
        assert_eq!(settings.journal_directory(), PathBuf::from("j"));
        assert_eq!(settings.journal.max.bytes(), 1 << 30);
        every_key_of_sip_is_read(&settings.sip);
        let spam = Spam { calls_per_minute: Some(6), withheld: Withheld::Refuse };
        assert_eq!(settings.spam, spam);
        assert_eq!(settings.media.address.to_string(), "::1");
        assert_eq!(settings.media.ports.pairs(), 2);
        assert_eq!((settings.media.recordings, settings.media.prompts), ("r".into(), "p".into()));
        assert_eq!(settings.media.speech_command, None);
        assert_eq!(settings.http.listen.to_string(), "[::]:80");
        assert_eq!(settings.http.public_url.as_str(), "https://calls.example/x");
        assert_eq!(settings.carriers.twilio.auth_token.unwrap().expose(), "from the environment");
        assert_eq!(settings.carriers.plivo.auth_token.unwrap().expose(), "plain");
    }

    fn every_key_of_sip_is_read(sip: &Sip) {
        assert_eq!(sip.listen[0].to_string(), "udp:192.0.2.1:5080");
        assert_eq!(sip.listen[1].transport, Transport::Tcp);
        let own = sip.tls.own.clone().unwrap();
        assert_eq!((own.certificate, own.private_key), ("c.pem".into(), "k.pem".into()));
        assert_eq!(sip.tls.authority, Some("a.pem".into()));
        assert_eq!(sip.tls.client_authority, Some("b.pem".into()));
        assert_eq!(sip.proxies.len(), 2);
        assert_eq!(sip.proxies[0].to_string(), "192.0.2.10/32");
        assert_eq!(sip.source_header, "X-From");
        assert_eq!(sip.advertise.unwrap().to_string(), "203.0.113.9");
        assert_eq!((sip.max_calls, sip.calls_per_second), (1, 10_000));
        let Sip { no_response, session_expires, .. } = *sip;
        assert_eq!((no_response, session_expires), (Duration::from_secs(2), None));
        let nameservers = ["192.0.2.53:53", "[::1]:5353"].map(|text| text.parse().unwrap());
        assert_eq!(sip.nameservers, nameservers);
    }

    /// A file and its expected fault.
    const FAULTS: &[(&str, &str)] = &[
        ("[sipp]", "1:2: error: unknown key `sipp` in the file (did you mean `sip`?)"),
        (
            "[zz]",
            "1:2: error: unknown key `zz` in the file (known keys: node, sip, media, http, \
             database, retention, journal, quota, flows, geo, spam, stir, outbound, leads, score, credentials, \
             secrets, postbacks, smtp, carriers, platforms, log)",
        ),
        ("sip = 3", "1:7: error: `sip` must be a table, not a whole number"),
        (
            "sip.port = 3",
            "1:5: error: unknown key `port` in [sip] (known keys: listen, advertise, max_calls, \
             calls_per_second, no_response, session_expires, nameservers, proxies, source_header, realm, digest, \
             host, tls_certificate, tls_private_key, tls_authority, tls_client_authority)",
        ),
        (
            "sip.nameservers = '192.0.2.53:x'",
            "1:19: error: `192.0.2.53:x` is not a name server: write it like 192.0.2.53 or \
             192.0.2.53:5353",
        ),
        (
            "sip.tls_certificate = 'x'",
            "1:1: error: [sip] has `tls_certificate` without `tls_private_key` (name both files)",
        ),
        (
            "sip.tls_client_authority = 'x'",
            "1:1: error: `tls_client_authority` is for callers over TLS (add a tls: address to \
             `listen`, or remove it)",
        ),
        (
            "retention.decisions = '12h'",
            "1:23: error: `decisions` must be from 1d to 3650d, not 12h",
        ),
        (
            "retention.ladders = '3651d'",
            "1:21: error: `ladders` must be from 0s to 3650d, not 3651d",
        ),
        (
            "retention.details = '90d'",
            "1:11: error: unknown key `details` in [retention] (did you mean `dead_letters`?)",
        ),
        (
            "database.keep_details = '90d'",
            "1:10: error: `keep_details` has moved (write it as `decisions` and `journals` in \
             [retention])",
        ),
        (
            "sip.listen = 'tls:0.0.0.0:5061'",
            "1:1: error: `listen` has a tls: address, but [sip] has no certificate (set \
             `tls_certificate` and `tls_private_key`)",
        ),
        (
            "sip.listen = '0.0.0.0:5060'",
            "1:14: error: `0.0.0.0:5060` must be like udp:0.0.0.0:5060, tcp:[::]:5060, or \
             tls:0.0.0.0:5061",
        ),
        (
            "sip.listen = 'udp:5060'",
            "1:14: error: `udp:5060` needs an IP address and a port after the transport",
        ),
        (
            "sip.listen = []",
            "1:14: error: `listen` must name 1 to 16 addresses (for example \
             [\"udp:0.0.0.0:5060\"])",
        ),
        ("sip.listen = ['udp:[::]:1', 'udp:[::]:1']", "1:29: error: `udp:[::]:1` is listed twice"),
        (
            "sip.advertise = 'calls.example'",
            "1:17: error: `calls.example` is not an IP address; set the ports in `listen`",
        ),
        (
            "sip.proxies = '192.0.2.10/24'",
            "1:15: error: `192.0.2.10/24` is neither the address `192.0.2.10` nor the network \
             `192.0.2.0/24`: choose one",
        ),
        (
            "sip.proxies = ['0.0.0.0/0']",
            "1:16: error: `0.0.0.0/0` would let every host name another as the caller (name the \
             addresses of your own proxies)",
        ),
        (
            "sip.source_header = 'X Source'",
            "1:21: error: `X Source` is not the name of a header: write it like X-Source",
        ),
        (
            "sip.source_header = 'via'",
            "1:21: error: `via` is a header of SIP: choose a name of your own, like X-Source",
        ),
        ("sip.max_calls = 0", "1:17: error: `max_calls` must be from 1 to 100000, not 0"),
        (
            "sip.calls_per_second = '9'",
            "1:24: error: `calls_per_second` must be a whole number from 1 to 10000, not a string",
        ),
        (
            "media.ports = '20000-29998'",
            "1:15: error: `20000-29998` must start with an even port and end with an odd one: \
             media takes pairs",
        ),
        (
            "media.ports = '20001-29999'",
            "1:15: error: `20001-29999` must start with an even port and end with an odd one: \
             media takes pairs",
        ),
        (
            "media.ports = '400-499'",
            "1:15: error: `400-499` starts below 1024, among the system's ports",
        ),
        ("media.ports = '3000-2001'", "1:15: error: `3000-2001` ends before it starts"),
        (
            "media.ports = '20000-70000'",
            "1:15: error: `20000-70000` is not a range of ports: write it like 20000-29999",
        ),
        (
            "media.speech_command = 'say'",
            "1:24: error: the speech command needs {text_file}, the file with the text",
        ),
        ("media.address = 'x'", "1:17: error: `x` is not an IP address"),
        ("media.prompts = ''", "1:17: error: `prompts` is empty (fill it, or remove it)"),
        (
            "http.listen = '8080'",
            "1:15: error: `8080` is not an IP address and port, like [::]:8080",
        ),
        (
            "http.public_url = 'calls.example'",
            "1:19: error: `calls.example` is not a web address: write it like \
             https://calls.example",
        ),
        (
            "database.url = 'postgres://u:p@h'",
            "1:16: error: the address has no host or database: write \
             postgres://user@host:5432/strowger",
        ),
        ("database.url = 'sqlite:'", "1:16: error: `sqlite:` needs the path of a file"),
        (
            "database.url = 'x'",
            "1:16: error: invalid database address: write it like sqlite:var/strowger.db or \
             postgres://user@host:5432/strowger",
        ),
        (
            "journal.max = '256MB'",
            "1:15: error: `256MB` is not a size: write a whole number and KiB, MiB or GiB, like \
             256MiB",
        ),
        ("journal.max = '1KiB'", "1:15: error: `max` must be from 1MiB to 64GiB, not 1KiB"),
        ("journal.directory = ''", "1:21: error: `directory` is empty (fill it, or remove it)"),
        (
            "quota.url = 'x'",
            "1:13: error: invalid quota address: use memory:, redis://HOST:PORT, \
             rediss://HOST:PORT, or redis+sentinel://HOST:PORT,…/SERVICE",
        ),
        (
            "node.name = 'two words'",
            "1:13: error: `two words` is not a node name: use 1 to 64 letters, digits, `.`, \
             `_`, `-`",
        ),
        (
            "outbound.allow_private = 'no'",
            "1:26: error: `allow_private` must be true or false, not a string",
        ),
        ("log.format = 'xml'", "1:14: error: `format` cannot be `xml` (use text, json)"),
        (
            "carriers.twillio.auth_token = 'x'",
            "1:10: error: unknown key `twillio` in [carriers] (did you mean `twilio`?)",
        ),
        (
            "carriers.twilio.token = 'x'",
            "1:17: error: unknown key `token` in [carriers.twilio] (known keys: auth_token, \
             api_url)",
        ),
        (
            "carriers.twilio.auth_token = 'env:UNSET'",
            "1:30: error: environment variable `UNSET` is not set (secrets are `env:NAME`, \
             `file:PATH` or the text)",
        ),
        (
            "carriers.twilio.auth_token = ''",
            "1:30: error: `auth_token` is empty (secrets are `env:NAME`, `file:PATH` or the text)",
        ),
    ];

    #[test]
    fn faults() {
        for (text, expected) in FAULTS {
            assert_eq!(parse(text), Err(vec![format!("s:{expected}")]), "{text}");
        }
    }

    #[test]
    fn all_faults_are_reported_at_once_in_file_order() {
        let text = "log.format = 1\nsip.max_calls = 0\nsip.advertise = 'x'\nnodes = 1\n";
        let places: Vec<String> =
            parse(text).unwrap_err().iter().map(|fault| fault[..5].to_owned()).collect();
        assert_eq!(places, ["s:1:1", "s:2:1", "s:3:1", "s:4:1"]);
    }

    proptest! {
        #[test]
        fn damaged_settings_do_not_panic(
            damage in proptest::collection::vec((0..DOCUMENTED.len(), "[\\[\\]{}\"=,.0-9a-z\n-]{0,3}", 0usize..4), 1..8),
        ) {
            let mut bytes = DOCUMENTED.as_bytes().to_vec();
            for (at, text, cut) in damage {
                let at = at.min(bytes.len());
                let end = (at + cut).min(bytes.len());
                bytes.splice(at..end, text.bytes());
            }
            if let Err(faults) = parse(&String::from_utf8_lossy(&bytes)) {
                prop_assert!(!faults.is_empty());
            }
        }
    }
}
