//! A table and its keys.

use toml::de::DeTable;

use super::Report;
use super::Value;
use super::clip;
use toml::de::DeValue;

/// A key of the format that this version does not support: reported, not ignored.
#[derive(Debug, Clone, Copy)]
pub struct Later {
    /// The key.
    pub key: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
}

/// A table of a document.
#[derive(Debug, Clone)]
pub struct Table<'d> {
    entries: &'d DeTable<'d>,
    at: usize,
    name: String,
}

impl<'d> Table<'d> {
    pub(super) fn new(entries: &'d DeTable<'d>, at: usize, name: String) -> Self {
        Self { entries, at, name }
    }

    /// Returns the table under the name that messages use: ``buyer `acme` ``.
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// Returns the name that messages use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the byte offset at which the table starts.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Reports every key that is neither known nor planned.
    pub fn check_keys(&self, known: &[&str], later: &[Later], report: &mut Report<'_>) {
        for value in self.values() {
            let (key, at) = (value.key(), value.key_at());
            if known.contains(&key) {
                continue;
            }
            let shown = clip(key);
            if let Some(later) = later.iter().find(|later| later.key == key) {
                report.error(at, format!("`{shown}` is not supported yet"), later.remedy);
                continue;
            }
            let hint = report.meant(key, known.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("known keys: {}", known.join(", ")));
            report.error(at, format!("unknown key `{shown}` in {}", self.name), hint);
        }
    }

    /// Returns the value of a key.
    pub fn value(&self, key: &str) -> Option<Value<'d>> {
        let (key, value) = self.entries.get_key_value(key)?;
        Some(Value::new(key, value))
    }

    /// Returns the value of a required key, or reports that it is missing.
    pub fn needed(&self, key: &str, report: &mut Report<'_>) -> Option<Value<'d>> {
        let value = self.value(key);
        if value.is_none() {
            report.error(self.at, format!("`{key}` is missing in {}", self.name), "");
        }
        value
    }

    /// Returns every key with its value, sorted by key.
    pub fn values(&self) -> impl Iterator<Item = Value<'d>> {
        self.entries.iter().map(|(key, value)| Value::new(key, value))
    }

    /// Returns whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'d> Value<'d> {
    /// Returns the value as a table, or reports a fault.
    pub fn table(&self, report: &mut Report<'_>) -> Option<Table<'d>> {
        if let DeValue::Table(entries) = self.held {
            return Some(Table::new(entries, self.at, format!("`{}`", self.key)));
        }
        self.refuse("a table", "", report);
        None
    }

    /// Returns a list of tables: one `[[key]]` each.
    pub fn tables(&self, report: &mut Report<'_>) -> Vec<Table<'d>> {
        if let DeValue::Table(_) = self.held {
            let hint = format!("double the brackets: [[{}]]", self.key);
            self.refuse("a list of tables", &hint, report);
            // The entry is read all the same, so that references to it are no further faults.
            return self.table(report).into_iter().collect();
        }
        let items = self.list(report).unwrap_or_default();
        items.into_iter().filter_map(|item| item.table(report)).collect()
    }
}
