//! `[postbacks]`: the keys that sign postbacks.

use crate::base::PostbackId;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::outbox::Key;

use super::secret;
use super::section::table_of;

/// Most keys.
const KEYS_MAX: usize = 1_000;

/// `[postbacks]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Postbacks {
    /// Keys that sign the requests of postbacks.
    pub secrets: Vec<(PostbackId, Key)>,
}

pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Postbacks {
    let table = table_of(root, "postbacks", report);
    let secrets = table.and_then(|table| table.value("secrets")?.table(report));
    let mut read = Vec::new();
    for value in secrets.iter().flat_map(Table::values).take(KEYS_MAX) {
        let id = match value.key().parse::<PostbackId>() {
            Ok(id) => id,
            Err(error) => {
                report.error(value.key_at(), error.to_string(), "");
                continue;
            }
        };
        let Some(secret) = secret::read(&value, variable, report) else { continue };
        match secret.expose().parse() {
            Ok(key) => read.push((id, key)),
            Err(error) => {
                let error: crate::outbox::InvalidKey = error;
                report.error(value.at(), format!("`{id}`: {error}"), "");
            }
        }
    }
    Postbacks { secrets: read }
}
