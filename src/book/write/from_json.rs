//! Reads a book from JSON: converts it to TOML and parses that, so that there is only one parser.
//! Faults point at the JSON value.

use serde_json::Value;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::Severity;
use crate::base::toml::Places;
use crate::book::Book;
use crate::book::Surroundings;
use crate::book::read;

use super::node::Node;
use super::render::Page;

/// A fault in a book as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonFault {
    /// JSON pointer of the value (RFC 6901) like `/contract/3/price/amount`; empty for the whole
    /// document.
    pub pointer: String,
    /// Severity: an error rejects the book.
    pub severity: Severity,
    /// Description of the fault.
    pub message: String,
    /// Remedy; may be empty.
    pub hint: String,
}

/// Reads a book from JSON with the structure of the file. Returns the book, its text as TOML, and
/// all faults at once. Returns a book if and only if none of them is an error. `null` counts as
/// absent.
///
/// Contracts may name the market beside of an imported table.
pub fn parse_json(
    document: &Value,
    beside: Surroundings<'_>,
) -> (Option<(Book, String)>, Vec<JsonFault>) {
    let Value::Object(root) = document else {
        let message = "a book is an object of lists".to_owned();
        let hint = "{\"buyer\": […], \"offer\": […], …}".to_owned();
        let severity = Severity::Error;
        return (None, vec![JsonFault { pointer: String::new(), severity, message, hint }]);
    };
    let is_nouns = |value: &Value| {
        let items = value.as_array();
        items.is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
    };
    let others = root.iter().filter(|(_, value)| !is_nouns(value) && !value.is_null());
    let others = others.filter(|(_, value)| **value != Value::Array(Vec::new()));
    let others: Vec<(&str, Node)> =
        others.map(|(key, value)| (key.as_str(), Node::of_json(value))).collect();
    let mut nouns = Vec::new();
    for (noun, value) in root.iter().filter(|(_, value)| is_nouns(value)) {
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            nouns.push((noun, format!("/{noun}/{at}"), Node::keys_of_json(item)));
        }
    }
    let mut page = Page::default();
    // Keys outside the nouns come first. In TOML they would belong to the preceding noun otherwise.
    for (key, value) in &others {
        page.key(key, value);
    }
    for (noun, _, keys) in &nouns {
        page.noun(noun, keys);
    }
    let roots = nouns.iter().map(|(_, root, _)| root.clone()).collect();
    let pointers = Pointers { page: &page, roots };
    let text = page.text();
    let (book, found) = read::parse_naming(&text, beside, &pointers);
    let faults = found.into_iter().map(|fault| pointers.point(fault)).collect();
    (book.map(|book| (book, text)), faults)
}

/// The JSON pointers for a page written from a whole book.
#[derive(Debug)]
struct Pointers<'n> {
    page: &'n Page<'n>,
    /// Pointer of each noun.
    roots: Vec<String>,
}

impl Pointers<'_> {
    fn point(&self, fault: Diagnostic) -> JsonFault {
        let Diagnostic { place, severity, message, hint, file: _ } = fault;
        JsonFault { pointer: self.name(place), severity, message, hint }
    }
}

impl Places for Pointers<'_> {
    fn name(&self, place: Place) -> String {
        let spot = self.page.spot(place);
        let root = spot.noun.and_then(|noun| self.roots.get(noun));
        format!("{}{}", root.map_or("", String::as_str), spot.pointer)
    }
}

impl Node {
    /// Returns the keys of a JSON object. `null` counts as absent.
    pub(super) fn keys_of_json(value: &Value) -> Vec<(String, Node)> {
        let pairs = value.as_object().into_iter().flatten();
        let kept = pairs.filter(|(_, value)| !value.is_null());
        kept.map(|(key, value)| (key.clone(), Node::of_json(value))).collect()
    }

    fn of_json(value: &Value) -> Node {
        match value {
            Value::Null => Node::Text(String::new()),
            Value::Bool(flag) => Node::Flag(*flag),
            Value::Number(number) => Node::number(number),
            Value::String(text) => Node::text(text),
            Value::Array(items) => Node::List(items.iter().map(Node::of_json).collect()),
            Value::Object(_) => Node::Table(Node::keys_of_json(value)),
        }
    }
}
