//! Suppression lists as the store keeps them.

use serde::Serialize;

use super::Mutation;
use crate::base::ListName;
use crate::base::Wall;
use crate::suppression::Applies;
use crate::suppression::Contact;

/// Most suppression lists.
pub const LISTS_MAX: usize = 1_000;
/// Most contacts that are added or removed at once. An import has no such bound.
pub const CONTACTS_MAX: usize = 10_000;
/// Most digests in one write of an import. Bounds how long other writes wait for it.
pub const IMPORT_ROWS_MAX: usize = 10_000;

/// A suppression list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuppressionList {
    /// Name of the list.
    #[serde(serialize_with = "as_text")]
    pub name: ListName,
    /// What the list applies to.
    #[serde(serialize_with = "in_words")]
    pub applies_to: Applies,
    /// Number of entries, including those that have ended.
    pub entries: u64,
    /// When the list was made.
    pub created_at: Wall,
    /// When the list was last changed.
    pub changed_at: Wall,
}

/// Which list entries go to. The first entry makes the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Name of the list.
    pub list: ListName,
    /// What the list applies to; `None` for what it applies to already, or everything if it is new.
    pub applies: Option<Applies>,
}

/// What is said about entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remark {
    /// Why the contacts are listed.
    pub reason: Option<String>,
    /// Until when; `None` without an end.
    pub until: Option<Wall>,
}

/// Contacts to add to a list.
#[derive(Debug, Clone)]
pub struct Addition {
    /// The list.
    pub to: Destination,
    /// At most [`CONTACTS_MAX`] contacts.
    pub contacts: Vec<Contact>,
    /// What is said about each. It replaces what was said before.
    pub remark: Remark,
    /// The change.
    pub by: Mutation,
}

/// Why entries cannot go to a list. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    /// The list applies to something else.
    #[error("the list applies to {0}: drop it first, or use another list")]
    Applies(Applies),
    /// There are [`LISTS_MAX`] lists.
    #[error("there are {LISTS_MAX} suppression lists, which is the most")]
    TooMany,
}

/// How many contacts an addition changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Contacts that were not on the list.
    pub added: u64,
    /// Contacts that were, and still are.
    pub known: u64,
}

/// An import that is being loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportId(pub(super) i64);

/// What an import does with the entries that the list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// They stay.
    Add,
    /// They go, except those that are imported again, which stay since when they were.
    Replace,
}

/// A finished import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Entries that the import wrote: not those that the list had, unless it was replaced.
    pub written: u64,
    /// Entries of the list now.
    pub entries: u64,
}

fn as_text<S: serde::Serializer>(name: &ListName, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(name.as_str())
}

fn in_words<S: serde::Serializer>(applies: &Applies, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(applies)
}
