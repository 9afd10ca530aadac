//! Edits of one entry of a book, given as JSON. The edited book is written and parsed as a whole,
//! so that an edit is checked like a file.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::Severity;
use crate::base::toml::Places;
use crate::book::Book;
use crate::book::Noun;
use crate::book::Surroundings;
use crate::book::read;

use super::entries::Entry;
use super::entries::entries;
use super::entry_name::EntryName;
use super::node::Node;
use super::references::Reference;
use super::references::references;
use super::render::Page;

/// An edit of an entry. Bodies have the keys of a file as JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Creates an entry of this kind. The body includes the id.
    Create(Noun, Value),
    /// Replaces or creates the entry. The body may omit the id.
    Put(EntryName, Value),
    /// Changes the entry by a JSON merge patch (RFC 7396): `null` removes a key.
    Patch(EntryName, Value),
    /// Removes the entry.
    Delete(EntryName),
}

/// The book after an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// Whole book; equal to the previous one if the edit changes nothing.
    pub book: Book,
    /// Name of the entry.
    pub name: EntryName,
    /// Entry as JSON; `None` if it was removed.
    pub json: Option<Value>,
    /// Warnings that the edit causes.
    pub warnings: Vec<EntryFault>,
}

/// Reason why an edit was rejected. The book does not change.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The entry does not exist.
    Unknown(EntryName),
    /// The entry already exists.
    Exists(EntryName),
    /// Other entries refer to the entry.
    Referred(EntryName, Vec<Reference>),
    /// The edited book has these faults.
    Faults(Vec<EntryFault>),
}

/// A fault of an edited book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFault {
    /// Entry that has the fault; `None` for the edited one, and for the book as a whole.
    pub entry: Option<EntryName>,
    /// JSON pointer into the entry (RFC 6901) like `/price/amount`; empty for the whole entry.
    pub pointer: String,
    /// Severity: an error rejects the edit.
    pub severity: Severity,
    /// Description of the fault.
    pub message: String,
    /// Remedy; may be empty.
    pub hint: String,
}

/// Edits one entry of a book. Contracts may name the market beside of an imported table.
///
/// # Errors
/// [`Refusal`], with all faults at once.
pub fn edit(base: &Book, edit: Edit, beside: Surroundings<'_>) -> Result<Edited, Refusal> {
    let mut all = entries(base);
    let place = |all: &[Entry], name: &EntryName| {
        all.iter().position(|entry| entry.noun == name.noun && entry.id == name.id)
    };
    let (name, edited) = match edit {
        Edit::Create(noun, body) => {
            let keys = keys_of(noun, &body)?;
            // The reader reports a missing id.
            let unnamed = EntryName { noun, id: String::new() };
            let name = EntryName::of(noun, &keys).unwrap_or(unnamed);
            if place(&all, &name).is_some() {
                return Err(Refusal::Exists(name));
            }
            (name, Some((all.len(), keys)))
        }
        Edit::Put(name, body) => {
            let keys = named(&name, keys_of(name.noun, &body)?)?;
            let at = place(&all, &name).unwrap_or(all.len());
            (name, Some((at, keys)))
        }
        Edit::Patch(name, patch) => {
            let at = place(&all, &name);
            let found = at.and_then(|at| Some((at, all.get(at)?)));
            let (at, entry) = found.ok_or_else(|| Refusal::Unknown(name.clone()))?;
            let patched = merge_patch(entry.to_json(), patch);
            let keys = named(&name, keys_of(name.noun, &patched)?)?;
            (name, Some((at, keys)))
        }
        Edit::Delete(name) => {
            let at = place(&all, &name).ok_or_else(|| Refusal::Unknown(name.clone()))?;
            let mut by = references(base, &name);
            by.retain(|reference| reference.from != name);
            if !by.is_empty() {
                return Err(Refusal::Referred(name, by));
            }
            all.remove(at);
            (name, None)
        }
    };
    let at = edited.map(|(at, keys)| {
        let entry = Entry::of(&name, keys);
        match all.get_mut(at) {
            Some(old) => *old = entry,
            None => all.push(entry),
        }
        at
    });
    let (book, faults) = read(&all, at, beside);
    match book {
        Some(book) => {
            let warnings = new_warnings(base, faults, beside);
            let json = super::entry_json(&book, &name);
            Ok(Edited { book, name, json, warnings })
        }
        None => Err(Refusal::Faults(faults)),
    }
}

/// Returns the keys of an entry as JSON.
fn keys_of(noun: Noun, body: &Value) -> Result<Vec<(String, Node)>, Refusal> {
    match body {
        Value::Object(_) => Ok(Node::keys_of_json(body)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            let hint = format!("{{\"{}\": …, …}}", noun.key());
            Err(refused("", format!("a {noun} is a JSON object"), hint))
        }
    }
}

/// Returns the keys with the id of the entry. The body may omit the id, but not change it.
fn named(name: &EntryName, mut keys: Vec<(String, Node)>) -> Result<Vec<(String, Node)>, Refusal> {
    let key = name.noun.key();
    if !keys.iter().any(|(own, _)| own == key) {
        keys.insert(0, (key.to_owned(), Node::text(&name.id)));
        return Ok(keys);
    }
    if EntryName::of(name.noun, &keys).as_ref() == Some(name) {
        return Ok(keys);
    }
    let message = format!("`{key}` is not that of {name}");
    let hint = "leave it out, or give the one in the path: an id cannot change";
    Err(refused(&format!("/{key}"), message, hint.to_owned()))
}

fn refused(pointer: &str, message: String, hint: String) -> Refusal {
    let (pointer, severity) = (pointer.to_owned(), Severity::Error);
    Refusal::Faults(vec![EntryFault { entry: None, pointer, severity, message, hint }])
}

/// Applies a JSON merge patch (RFC 7396 §2).
fn merge_patch(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut merged = match target {
        Value::Object(target) => target,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Default::default()
        }
    };
    for (key, value) in patch {
        if value.is_null() {
            merged.remove(&key);
        } else {
            let before = merged.remove(&key).unwrap_or_default();
            merged.insert(key, merge_patch(before, value));
        }
    }
    Value::Object(merged)
}

/// Reads entries as a book. Faults of the entry at `edited` have no entry name.
fn read(
    all: &[Entry],
    edited: Option<usize>,
    beside: Surroundings<'_>,
) -> (Option<Book>, Vec<EntryFault>) {
    let mut page = Page::default();
    for entry in all {
        page.noun(entry.noun.name(), &entry.keys.0);
    }
    let written = Written { page: &page, all, edited };
    let text = page.text();
    let (book, found) = read::parse_naming(&text, beside, &written);
    (book, found.into_iter().map(|fault| written.point(fault)).collect())
}

/// A page that is written from entries.
#[derive(Debug)]
struct Written<'n> {
    page: &'n Page<'n>,
    all: &'n [Entry],
    edited: Option<usize>,
}

impl Written<'_> {
    fn point(&self, fault: Diagnostic) -> EntryFault {
        let Diagnostic { place, severity, message, hint, file: _ } = fault;
        let spot = self.page.spot(place);
        let other = spot.noun.filter(|noun| self.edited != Some(*noun));
        let entry = other.and_then(|noun| self.all.get(noun)).map(Entry::name);
        EntryFault { entry, pointer: spot.pointer, severity, message, hint }
    }
}

impl Places for Written<'_> {
    fn name(&self, place: Place) -> String {
        let spot = self.page.spot(place);
        let entry = spot.noun.and_then(|noun| self.all.get(noun)).map(Entry::name);
        match entry {
            Some(name) if spot.pointer.is_empty() => name.to_string(),
            Some(name) => format!("{} of {name}", spot.pointer),
            None => "the book".to_owned(),
        }
    }
}

/// Returns the warnings of the edited entry, and new warnings of others.
fn new_warnings(base: &Book, found: Vec<EntryFault>, beside: Surroundings<'_>) -> Vec<EntryFault> {
    if found.iter().all(|warning| warning.entry.is_none()) {
        return found;
    }
    let (_, before) = read(&entries(base), None, beside);
    let is_new = |warning: &EntryFault| warning.entry.is_none() || !before.contains(warning);
    found.into_iter().filter(is_new).collect()
}
