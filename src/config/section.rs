//! The sections of the file and their keys. The reader uses this list, and so does the test that
//! checks that the documented file is complete.

use crate::base::toml::Report;
use crate::base::toml::Table;

use crate::base::toml::Later;

/// A section, `[name]`.
#[derive(Debug)]
pub(super) struct Section {
    /// Its name, dotted when it is nested.
    pub(super) name: &'static str,
    /// Its keys that have a default.
    pub(super) keys: &'static [&'static str],
    /// Its keys that are unset by default.
    pub(super) unset: &'static [&'static str],
    /// Its keys that are not supported yet.
    pub(super) later: &'static [Later],
    /// Keys that are elsewhere now, and where.
    moved: &'static [Later],
}

const KEEP: &str = "write it as `decisions` and `journals` in [retention]";

/// Every section.
pub(super) const SECTIONS: &[Section] = &[
    section("node", &["name", "drain"]),
    Section {
        name: "sip",
        keys: &[
            "listen",
            "advertise",
            "max_calls",
            "calls_per_second",
            "no_response",
            "session_expires",
            "nameservers",
            "proxies",
            "source_header",
            "realm",
            "digest",
        ],
        unset: &[
            "host",
            "tls_certificate",
            "tls_private_key",
            "tls_authority",
            "tls_client_authority",
        ],
        later: &[],
        moved: &[],
    },
    section("media", &["address", "ports", "recordings", "prompts", "speech_command"]),
    section("http", &["listen", "public_url"]),
    Section {
        name: "database",
        keys: &["url"],
        unset: &["directory"],
        later: &[],
        moved: &[Later { key: "keep_details", remedy: KEEP }],
    },
    Section {
        name: "retention",
        keys: &[
            "ladders",
            "activity",
            "refused_calls",
            "events",
            "dead_letters",
            "idempotency_keys",
        ],
        unset: &["decisions", "journals", "callers", "recordings"],
        later: &[],
        moved: &[],
    },
    Section { name: "journal", keys: &["max"], unset: &["directory"], later: &[], moved: &[] },
    Section {
        name: "quota",
        keys: &["url", "name"],
        unset: &["username", "password"],
        later: &[],
        moved: &[],
    },
    section("flows", &["directory"]),
    Section { name: "geo", keys: &[], unset: &["dma"], later: &[], moved: &[] },
    section("spam", &["calls_per_minute", "withheld"]),
    Section { name: "stir", keys: &[], unset: &["authorities"], later: &[], moved: &[] },
    section("outbound", &["allow_private"]),
    section("leads", &["max", "answer_within", "unknown_after", "park_max", "ping_life"]),
    Section { name: "score", keys: &[], unset: &["retrain"], later: &[], moved: &[] },
    section("credentials", &[]),
    section("secrets", &[]),
    Section { name: "postbacks", keys: &[], unset: &["secrets"], later: &[], moved: &[] },
    Section {
        name: "smtp",
        keys: &[],
        unset: &["url", "from", "username", "password"],
        later: &[],
        moved: &[],
    },
    carrier("carriers.twilio", &["auth_token", "api_url"]),
    carrier("carriers.telnyx", &["public_key", "unsigned_from", "api_key", "api_url"]),
    carrier("carriers.signalwire", &["signing_key", "space", "project", "api_token", "api_url"]),
    carrier("carriers.plivo", &["auth_token", "auth_id", "api_url"]),
    carrier("platforms.meta", &["app_secret", "verify_token", "token", "api_url"]),
    carrier("platforms.linkedin", &["client_secret", "token", "api_url"]),
    section("log", &["format"]),
];

const fn section(name: &'static str, keys: &'static [&'static str]) -> Section {
    Section { name, keys, unset: &[], later: &[], moved: &[] }
}

const fn carrier(name: &'static str, unset: &'static [&'static str]) -> Section {
    Section { name, keys: &[], unset, later: &[], moved: &[] }
}

/// Returns the table of a section, after checking its keys against [`SECTIONS`].
pub(super) fn table_of<'d>(
    root: &Table<'d>,
    name: &str,
    report: &mut Report<'_>,
) -> Option<Table<'d>> {
    let key = name.rsplit('.').next().unwrap_or(name);
    let table = root.value(key)?.table(report)?.named(format!("[{name}]"));
    if let Some(section) = SECTIONS.iter().find(|section| section.name == name) {
        for moved in section.moved {
            if let Some(value) = table.value(moved.key) {
                report.error(value.key_at(), format!("`{}` has moved", moved.key), moved.remedy);
            }
        }
        let moved = section.moved.iter().map(|moved| moved.key);
        let known = section.keys.iter().chain(section.unset).copied().chain(moved);
        table.check_keys(&known.collect::<Vec<&str>>(), section.later, report);
    }
    Some(table)
}
