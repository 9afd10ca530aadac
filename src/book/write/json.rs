//! Writes a book as JSON with the structure of the file.

use serde_json::Map;
use serde_json::Value;

use crate::book::Book;
use crate::book::Noun;

use super::entries::Entry;
use super::entries::entries;
use super::node::Node;

/// Returns a book as JSON: `{"trunk": […], "source": […], "buyer": […], "offer": […],
/// "contract": […], "number": […]}`, each with the keys of the file.
/// [`parse_json`](super::parse_json) reads it.
pub fn to_json(book: &Book) -> Value {
    let mut root = Map::new();
    for noun in Noun::ALL {
        root.insert(noun.name().to_owned(), Value::Array(Vec::new()));
    }
    for entry in entries(book) {
        if let Some(Value::Array(list)) = root.get_mut(entry.noun.name()) {
            list.push(entry.to_json());
        }
    }
    Value::Object(root)
}

impl Entry {
    /// Returns the entry as a JSON object.
    pub(super) fn to_json(&self) -> Value {
        table(&self.keys.0)
    }
}

fn table(keys: &[(String, Node)]) -> Value {
    Value::Object(keys.iter().map(|(key, node)| (key.clone(), value(node))).collect())
}

fn value(node: &Node) -> Value {
    match node {
        Node::Text(text) => Value::from(text.as_str()),
        // Whole numbers and decimals with at most six places are valid JSON numbers.
        Node::Number(number) => number.parse().map_or(Value::Null, Value::Number),
        Node::Flag(flag) => Value::from(*flag),
        Node::Money(money) => table(&Node::money_keys(money)),
        Node::List(items) => items.iter().map(value).collect(),
        Node::Table(keys) => table(keys),
        Node::Week(days) => table(&Node::week_keys(days)),
    }
}
