//! Edits of one entry of a book, given as JSON. The edited book is written out and read whole, so
//! that an edit is checked as a file is.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::Severity;
use crate::base::toml::Places;
use crate::book::Book;
use crate::book::Noun;
use crate::book::read;
use crate::geo::DmaTable;

use super::entries::Entry;
use super::entries::entries;
use super::entry_name::EntryName;
use super::node::Node;
use super::references::Reference;
use super::references::references;
use super::render::Page;

/// What is to become of an entry. Bodies have the keys of a file as JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A new entry of this kind; the body has its id.
    Create(Noun, Value),
    /// The entry becomes the body, or is created. The body may leave the id out.
    Put(EntryName, Value),
    /// The entry is changed by a JSON merge patch (RFC 7396): `null` removes a key.
    Patch(EntryName, Value),
    /// The entry goes.
    Delete(EntryName),
}

/// The book after an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The whole book; equal to the one before when the edit changes nothing.
    pub book: Book,
    /// The entry.
    pub name: EntryName,
    /// The entry as JSON; `None` when it is gone.
    pub json: Option<Value>,
    /// What the edit brings that deserves a look.
    pub warnings: Vec<EntryFault>,
}

/// Why an edit is not possible. The book stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// There is no such entry.
    Unknown(EntryName),
    /// There is such an entry already.
    Exists(EntryName),
    /// Other entries refer to it.
    Referred(EntryName, Vec<Reference>),
    /// The book would have these faults.
    Faults(Vec<EntryFault>),
}

/// A fault of an edited book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFault {
    /// The entry that has the fault; `None` for the edited one, and for the book as a whole.
    pub entry: Option<EntryName>,
    /// Where in the entry: a JSON pointer (RFC 6901) like `/price/amount`; empty for all of it.
    pub pointer: String,
    /// Whether the edit is refused for it.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// Edits one entry of a book. Contracts may name the market areas of an imported table.
///
/// # Errors
/// [`Refusal`], with every fault at once.
pub fn edit(base: &Book, edit: Edit, areas: Option<&DmaTable>) -> Result<Edited, Refusal> {
    let mut all = entries(base);
    let place = |all: &[Entry], name: &EntryName| {
        all.iter().position(|entry| entry.noun == name.noun && entry.id == name.id)
    };
    let (name, edited) = match edit {
        Edit::Create(noun, body) => {
            let keys = keys_of(noun, &body)?;
            // Without an id, reading finds the fault.
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
    let (book, faults) = read(&all, at, areas);
    match book {
        Some(book) => {
            let warnings = new_warnings(base, faults, areas);
            let json = super::entry_json(&book, &name);
            Ok(Edited { book, name, json, warnings })
        }
        None => Err(Refusal::Faults(faults)),
    }
}

/// The keys of an entry's JSON.
fn keys_of(noun: Noun, body: &Value) -> Result<Vec<(String, Node)>, Refusal> {
    match body {
        Value::Object(_) => Ok(Node::keys_of_json(body)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            let hint = format!("{{\"{}\": …, …}}", noun.key());
            Err(refused("", format!("a {noun} is a JSON object"), hint))
        }
    }
}

/// Keys that have the entry's id: it may be left out, and it may not be another.
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

/// RFC 7396 §2.
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

/// Reads entries as a book; the faults of the entry at `edited` are its own.
fn read(
    all: &[Entry],
    edited: Option<usize>,
    areas: Option<&DmaTable>,
) -> (Option<Book>, Vec<EntryFault>) {
    let mut page = Page::default();
    for entry in all {
        page.noun(entry.noun.name(), &entry.keys.0);
    }
    let written = Written { page: &page, all, edited };
    let text = page.text();
    let (book, found) = read::parse_naming(&text, areas, &written);
    (book, found.into_iter().map(|fault| written.point(fault)).collect())
}

/// A page with entries.
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

/// The warnings of the edited entry, and those of others that the book before did not have.
fn new_warnings(base: &Book, found: Vec<EntryFault>, areas: Option<&DmaTable>) -> Vec<EntryFault> {
    if found.iter().all(|warning| warning.entry.is_none()) {
        return found;
    }
    let (_, before) = read(&entries(base), None, areas);
    let is_new = |warning: &EntryFault| warning.entry.is_none() || !before.contains(warning);
    found.into_iter().filter(is_new).collect()
}
