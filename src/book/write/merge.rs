//! Merges a file into a book: adds and changes entries, but removes none.

use std::collections::BTreeSet;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::toml::Document;
use crate::base::toml::Report;
use crate::book::Book;
use crate::book::Noun;
use crate::book::Surroundings;
use crate::book::parse_with;

use super::entries::entries;
use super::render::Page;

/// Name in diagnostics for the entries that the file does not contain.
const REST: &str = "the live book";

/// Reads a file as changes of a book. An entry of the file replaces the whole entry of the book
/// with the same id; other entries do not change. The file may refer to entries of the book.
/// Returns all faults at once, those in the file with its lines.
///
/// Contracts may name the market beside of an imported table.
pub fn merge(
    base: &Book,
    file: &str,
    text: &str,
    beside: Surroundings<'_>,
) -> (Option<Book>, Vec<Diagnostic>) {
    let mut report = Report::new(file, text);
    let Some(document) = Document::parse(text, &mut report) else {
        return (None, report.finish());
    };
    let named = names(&document);
    let mut kept = entries(base);
    kept.retain(|entry| !named.contains(&(entry.noun, entry.id.clone())));
    let mut page = Page::default();
    for entry in &kept {
        page.noun(entry.noun.name(), &entry.keys.0);
    }
    // The file first, so that its lines keep their numbers.
    let whole = format!("{text}\n{}", page.text());
    let (book, found) = parse_with(file, &whole, beside);
    let own_lines = Place::of(text, text.len()).line;
    let is_own = |fault: &Diagnostic| fault.place.line <= own_lines;
    let mut faults: Vec<Diagnostic> = Vec::new();
    for fault in found {
        if is_own(&fault) {
            faults.push(fault);
        } else if fault.severity == crate::base::Severity::Error {
            faults.push(Diagnostic { file: REST.to_owned(), place: Place::START, ..fault });
        }
    }
    (book.map(|book| in_order(base, book)), faults)
}

/// Returns the ids of the entries in a file, with their nouns.
fn names(document: &Document<'_>) -> BTreeSet<(Noun, String)> {
    let mut scrap = Report::new("", "");
    let root = document.root();
    let mut named = BTreeSet::new();
    for noun in Noun::ALL {
        for table in root.value(noun.name()).map(|list| list.tables(&mut scrap)).unwrap_or_default()
        {
            let id = table.value(noun.key()).and_then(|id| id.as_text());
            named.extend(id.map(|id| (noun, id.to_owned())));
        }
    }
    named
}

/// Sorts the book: existing entries keep their order, new ones follow.
fn in_order(base: &Book, mut book: Book) -> Book {
    let place = |at: Option<usize>| at.unwrap_or(usize::MAX);
    book.trunks.sort_by_key(|x| place(base.trunks.iter().position(|y| x.id == y.id)));
    book.sources.sort_by_key(|x| place(base.sources.iter().position(|y| x.id == y.id)));
    book.buyers.sort_by_key(|x| place(base.buyers.iter().position(|y| x.id == y.id)));
    book.offers.sort_by_key(|x| place(base.offers.iter().position(|y| x.id == y.id)));
    let places: std::collections::HashMap<_, _> =
        base.contracts.iter().enumerate().map(|(at, contract)| (&contract.id, at)).collect();
    book.contracts.sort_by_key(|contract| place(places.get(&contract.id).copied()));
    book
}
