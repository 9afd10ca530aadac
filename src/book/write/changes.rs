//! The differences between two books.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::book::Book;
use crate::book::Noun;

use super::entries::Entry;
use super::entries::entries;
use super::node::DAYS;
use super::node::Node;

/// Maximum length of lists that are shown in full. For longer ones, additions and removals are
/// shown.
const LISTED_WHOLE_MAX: usize = 4;
/// Maximum number of list items to show before the rest is counted.
const NAMED_MAX: usize = 6;

/// One difference. Prints as `contract acme-auto-ca: price 45.00 → 50.00 USD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Kind of the entry.
    pub noun: Noun,
    /// Id or number of the entry.
    pub id: String,
    /// Kind of the change.
    #[serde(flatten)]
    pub what: What,
}

/// Change of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    /// The entry is added.
    Added,
    /// The entry is removed.
    Removed,
    /// One key of the entry has another value.
    Changed {
        /// Key, with dots: `caps.day`.
        key: String,
        /// Old value; `None` if it was not set.
        from: Option<String>,
        /// New value; `None` if it is not set.
        to: Option<String>,
    },
    /// A long list of the entry has other items.
    Listed {
        /// Key, with dots: `filters.zips`.
        key: String,
        /// Added items, sorted.
        added: Vec<String>,
        /// Removed items, sorted.
        removed: Vec<String>,
    },
}

/// Returns all differences: removals first, then by noun in the order of a file. Returns none for
/// equal books.
pub fn changes(before: &Book, after: &Book) -> Vec<Change> {
    let (old, new) = (entries(before), entries(after));
    let key = |entry: &Entry| (entry.noun, entry.id.clone());
    let known: BTreeMap<(Noun, String), &Entry> = old.iter().map(|e| (key(e), e)).collect();
    let kept: BTreeSet<(Noun, String)> = new.iter().map(key).collect();
    let mut found = Vec::new();
    for entry in old.iter().filter(|entry| !kept.contains(&key(entry))) {
        found.push(Change { noun: entry.noun, id: entry.id.clone(), what: What::Removed });
    }
    for entry in &new {
        let Some(earlier) = known.get(&key(entry)) else {
            found.push(Change { noun: entry.noun, id: entry.id.clone(), what: What::Added });
            continue;
        };
        for what in differences(earlier, entry) {
            found.push(Change { noun: entry.noun, id: entry.id.clone(), what });
        }
    }
    found
}

fn differences(before: &Entry, after: &Entry) -> Vec<What> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    flatten("", &before.keys.0, &mut old);
    flatten("", &after.keys.0, &mut new);
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differ = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    differ.map(|key| difference(key, old.get(key), new.get(key))).collect()
}

/// Flattens nested keys to dotted keys.
fn flatten(prefix: &str, keys: &[(String, Node)], into: &mut BTreeMap<String, Node>) {
    for (key, value) in keys {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Node::Table(keys) => flatten(&key, keys, into),
            Node::Week(days) => {
                for (day, hours) in DAYS.iter().zip(days) {
                    into.insert(format!("{key}.{day}"), Node::texts(hours));
                }
            }
            Node::Text(_) | Node::Number(_) | Node::Flag(_) | Node::Money(_) | Node::List(_) => {
                into.insert(key, value.clone());
            }
        }
    }
}

fn difference(key: &str, before: Option<&Node>, after: Option<&Node>) -> What {
    let key = key.to_owned();
    let items = |node: Option<&Node>| match node {
        Some(Node::List(items)) => items.iter().map(Node::to_string).collect(),
        Some(_) | None => BTreeSet::new(),
    };
    let is_long = |node: Option<&Node>| matches!(node, Some(Node::List(items)) if items.len() > LISTED_WHOLE_MAX);
    let (old, new): (BTreeSet<String>, BTreeSet<String>) = (items(before), items(after));
    if (is_long(before) || is_long(after)) && old != new {
        let added = new.difference(&old).cloned().collect();
        let removed = old.difference(&new).cloned().collect();
        return What::Listed { key, added, removed };
    }
    let shown = |node: Option<&Node>| node.map(Node::to_string);
    What::Changed { key, from: shown(before), to: shown(after) }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.noun, self.id, self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Added => f.write_str("added"),
            What::Removed => f.write_str("removed"),
            What::Changed { key, from, to } => {
                let shown = |value: &Option<String>| value.clone().unwrap_or("unset".to_owned());
                let (from, to) = (shown(from), shown(to));
                // Two amounts of the same currency show the currency once.
                match (from.rsplit_once(' '), to.rsplit_once(' ')) {
                    (Some((amount, of)), Some((_, same))) if of == same && is_code(of) => {
                        write!(f, "{key} {amount} → {to}")
                    }
                    _ => write!(f, "{key} {from} → {to}"),
                }
            }
            What::Listed { key, added, removed } => {
                write!(f, "{key}")?;
                for (list, what, comma) in [
                    (added, "added", ""),
                    (removed, "removed", if added.is_empty() { "" } else { "," }),
                ] {
                    if !list.is_empty() {
                        write!(f, "{comma} {} {what} ({})", list.len(), named(list))?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn named(list: &[String]) -> String {
    let shown: Vec<&str> = list.iter().take(NAMED_MAX).map(String::as_str).collect();
    match list.len().saturating_sub(NAMED_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
