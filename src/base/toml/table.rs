//! A table, and its keys.

use toml::de::DeTable;

use super::Report;
use super::Value;
use super::clip;
use toml::de::DeValue;

/// A key that the format has and this version does not: refused with an honest message rather
/// than passed over in silence.
#[derive(Debug, Clone, Copy)]
pub struct Later {
    /// The key.
    pub key: &'static str,
    /// What to do without it.
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

    /// Its name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it starts, as a byte offset.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Complains of every key that is neither known nor to come.
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

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<Value<'d>> {
        let (key, value) = self.entries.get_key_value(key)?;
        Some(Value::new(key, value))
    }

    /// The value of a key that must be there.
    pub fn needed(&self, key: &str, report: &mut Report<'_>) -> Option<Value<'d>> {
        let value = self.value(key);
        if value.is_none() {
            report.error(self.at, format!("`{key}` is missing in {}", self.name), "");
        }
        value
    }

    /// Every key with its value, sorted by key.
    pub fn values(&self) -> impl Iterator<Item = Value<'d>> {
        self.entries.iter().map(|(key, value)| Value::new(key, value))
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'d> Value<'d> {
    /// A table.
    pub fn table(&self, report: &mut Report<'_>) -> Option<Table<'d>> {
        if let DeValue::Table(entries) = self.held {
            return Some(Table::new(entries, self.at, format!("`{}`", self.key)));
        }
        self.refuse("a table", "", report);
        None
    }

    /// A list of tables: `[[key]]`, once for each.
    pub fn tables(&self, report: &mut Report<'_>) -> Vec<Table<'d>> {
        if let DeValue::Table(_) = self.held {
            let hint = format!("double the brackets: [[{}]]", self.key);
            self.refuse("a list of tables", &hint, report);
            return Vec::new();
        }
        let items = self.list(report).unwrap_or_default();
        items.into_iter().filter_map(|item| item.table(report)).collect()
    }
}
