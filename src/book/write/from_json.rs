//! Reading a book from JSON: it is written out as TOML and read as such, so that there is one
//! reader; faults point at the JSON value.

use serde::Serialize;
use serde_json::Value;

use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book::Book;
use crate::book::parse_with;
use crate::geo::DmaTable;

use super::node::Node;
use super::render::Page;

/// A fault of a book in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsonFault {
    /// Where: a JSON pointer (RFC 6901) like `/contract/3/price`; empty for the whole document.
    pub pointer: String,
    /// Whether the book is refused for it.
    pub error: bool,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// Reads a book from JSON of the file's shape. Answers with the book, its text as TOML, and every
/// fault at once; there is a book exactly when none of them is an error. `null` counts as left
/// out.
///
/// Contracts may name the market areas of an imported table.
pub fn parse_json(
    document: &Value,
    areas: Option<&DmaTable>,
) -> (Option<(Book, String)>, Vec<JsonFault>) {
    let Value::Object(root) = document else {
        let message = "a book is an object of lists".to_owned();
        let hint = "{\"buyer\": […], \"offer\": […], …}".to_owned();
        return (None, vec![JsonFault { pointer: String::new(), error: true, message, hint }]);
    };
    let mut page = Page::default();
    let is_nouns = |value: &Value| {
        let items = value.as_array();
        items.is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
    };
    // Keys outside the nouns come first: in TOML they would belong to the noun before them.
    for (key, value) in root.iter().filter(|(_, value)| !is_nouns(value) && !value.is_null()) {
        if *value != Value::Array(Vec::new()) {
            page.key(key, &node(value));
        }
    }
    for (noun, value) in root.iter().filter(|(_, value)| is_nouns(value)) {
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            let pointer = format!("/{noun}/{at}");
            page.noun(noun, &pointer, &keys(item));
        }
    }
    let text = page.text();
    let (book, found) = parse_with("", &text, areas);
    let faults = found.into_iter().map(|fault| point(&page, fault)).collect();
    (book.map(|book| (book, text)), faults)
}

fn point(page: &Page, fault: Diagnostic) -> JsonFault {
    let Diagnostic { place, severity, message, hint, file: _ } = fault;
    let pointer = page.pointer(place.line).to_owned();
    JsonFault { pointer, error: severity == Severity::Error, message, hint }
}

fn keys(value: &Value) -> Vec<(String, Node)> {
    let pairs = value.as_object().into_iter().flatten();
    let kept = pairs.filter(|(_, value)| !value.is_null());
    kept.map(|(key, value)| (key.clone(), node(value))).collect()
}

fn node(value: &Value) -> Node {
    match value {
        Value::Null => Node::Text(String::new()),
        Value::Bool(flag) => Node::Flag(*flag),
        Value::Number(number) => Node::number(number),
        Value::String(text) => Node::text(text),
        Value::Array(items) => Node::List(items.iter().map(node).collect()),
        Value::Object(_) => Node::Table(keys(value)),
    }
}
