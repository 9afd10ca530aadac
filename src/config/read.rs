//! Reading the settings from TOML. A value that is faulty is told and its default is used, so that
//! reading goes on; settings with a fault are never returned.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::base::Diagnostic;
use crate::base::table::Document;
use crate::base::table::Report;
use crate::base::table::Table;
use crate::base::table::Value;

use super::Carriers;
use super::Database;
use super::Flows;
use super::Http;
use super::Listen;
use super::Log;
use super::LogFormat;
use super::Media;
use super::Node;
use super::Outbound;
use super::Quota;
use super::Secret;
use super::Settings;
use super::Sip;
use super::secret;
use super::section::SECTIONS;

const NAME_BYTES_MAX: usize = 64;
const PATH_BYTES_MAX: usize = 4096;
const CALLS_MAX: u64 = 100_000;
const CALLS_PER_SECOND_MAX: u64 = 10_000;
const LISTENERS_MAX: usize = 16;

impl Settings {
    /// Reads settings from the text of a file; `variable` gives the environment for secrets. All
    /// faults come at once, in the file's order.
    pub fn parse(
        file: &str,
        text: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, Vec<Diagnostic>> {
        let mut report = Report::new(file, text);
        let document = Document::parse(text, &mut report);
        let settings = document.map(|document| read(&document.root(), variable, &mut report));
        match settings {
            Some(settings) if !report.is_refused() => Ok(settings),
            Some(_) | None => Err(report.finish()),
        }
    }
}

fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Settings {
    let known: Vec<&str> = SECTIONS.iter().filter_map(|s| s.name.split('.').next()).collect();
    root.check_keys(&known, &[], report);
    Settings {
        node: section(root, "node", report).map(|t| node(&t, report)).unwrap_or_default(),
        sip: section(root, "sip", report).map(|t| sip(&t, report)).unwrap_or_default(),
        media: section(root, "media", report).map(|t| media(&t, report)).unwrap_or_default(),
        http: section(root, "http", report).map(|t| http(&t, report)).unwrap_or_default(),
        database: section(root, "database", report)
            .map(|t| database(&t, report))
            .unwrap_or_default(),
        quota: section(root, "quota", report).map(|t| quota(&t, report)).unwrap_or_default(),
        flows: section(root, "flows", report).map(|t| flows(&t, report)).unwrap_or_default(),
        outbound: section(root, "outbound", report)
            .map(|t| outbound(&t, report))
            .unwrap_or_default(),
        carriers: carriers(root, variable, report),
        log: section(root, "log", report).map(|t| log(&t, report)).unwrap_or_default(),
    }
}

/// A section's table, its keys checked against the list of sections.
fn section<'d>(root: &Table<'d>, name: &str, report: &mut Report<'_>) -> Option<Table<'d>> {
    let key = name.rsplit('.').next().unwrap_or(name);
    let table = root.value(key)?.table(report)?.named(format!("[{name}]"));
    if let Some(section) = SECTIONS.iter().find(|section| section.name == name) {
        let known: Vec<&str> = section.keys.iter().chain(section.unset).copied().collect();
        table.check_keys(&known, section.later, report);
    }
    Some(table)
}

/// A key's value as a function reads it, or the default.
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
        Err(format!("`{shown}` is not a node's name: use 1 to 64 letters, digits, `.`, `_`, `-`"))
    };
    let default = Node::default();
    Node { name: read_or(table, "name", default.name, |v| v.parse_by(name, report)) }
}

fn sip(table: &Table<'_>, report: &mut Report<'_>) -> Sip {
    let default = Sip::default();
    let advertise = |text: &str| match text {
        "" => Ok(None),
        text => text.parse::<IpAddr>().map(Some).map_err(|_| {
            let shown: String = text.chars().take(80).collect();
            format!("`{shown}` is not an IP address; ports are those of `listen`")
        }),
    };
    let calls = |value: &Value<'_>, most: u64, report: &mut Report<'_>| {
        value.whole(1..=most, report).and_then(|count| u32::try_from(count).ok())
    };
    Sip {
        listen: read_or(table, "listen", default.listen, |v| listen(v, report)),
        advertise: read_or(table, "advertise", None, |v| v.parse_by(advertise, report)),
        max_calls: read_or(table, "max_calls", default.max_calls, |v| calls(v, CALLS_MAX, report)),
        calls_per_second: read_or(table, "calls_per_second", default.calls_per_second, |v| {
            calls(v, CALLS_PER_SECOND_MAX, report)
        }),
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
            report.error(item.at(), format!("`{listener}` is named twice"), "");
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
    Database { url: read_or(table, "url", Database::default().url, |v| v.parse(report)) }
}

fn quota(table: &Table<'_>, report: &mut Report<'_>) -> Quota {
    Quota { url: read_or(table, "url", Quota::default().url, |v| v.parse(report)) }
}

fn flows(table: &Table<'_>, report: &mut Report<'_>) -> Flows {
    Flows { directory: path(table, "directory", Flows::default().directory, report) }
}

fn outbound(table: &Table<'_>, report: &mut Report<'_>) -> Outbound {
    Outbound { allow_private: read_or(table, "allow_private", false, |v| v.boolean(report)) }
}

fn carriers(
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
    let mut secret = |name: &str, key: &str| -> Option<Secret> {
        let table = section(&all, name, report)?;
        secret::read(&table.value(key)?, variable, report)
    };
    Carriers {
        twilio: secret("carriers.twilio", "auth_token"),
        telnyx: secret("carriers.telnyx", "public_key"),
        signalwire: secret("carriers.signalwire", "signing_key"),
        plivo: secret("carriers.plivo", "auth_token"),
    }
}

fn log(table: &Table<'_>, report: &mut Report<'_>) -> Log {
    const FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];
    let default = Log::default();
    Log { format: read_or(table, "format", default.format, |v| v.choice(FORMATS, &[], report)) }
}
