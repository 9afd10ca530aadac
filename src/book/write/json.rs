//! JSON of the same shape.

use serde_json::Map;
use serde_json::Value;

use crate::book::Book;

use super::entries::entries;
use super::node::Node;

/// A book as JSON: `{"trunk": […], "source": […], "buyer": […], "offer": […], "contract": […],
/// "number": […]}`, each with the keys of the file. [`parse_json`](super::parse_json) reads it.
pub fn to_json(book: &Book) -> Value {
    let mut root = Map::new();
    for noun in ["trunk", "source", "buyer", "offer", "contract", "number"] {
        root.insert(noun.to_owned(), Value::Array(Vec::new()));
    }
    for entry in entries(book) {
        if let Some(Value::Array(list)) = root.get_mut(entry.noun) {
            list.push(table(&entry.keys.0));
        }
    }
    Value::Object(root)
}

fn table(keys: &[(String, Node)]) -> Value {
    Value::Object(keys.iter().map(|(key, node)| (key.clone(), value(node))).collect())
}

fn value(node: &Node) -> Value {
    match node {
        Node::Text(text) => Value::from(text.as_str()),
        // Whole numbers and decimals of at most six places: every one is a JSON number.
        Node::Number(number) => number.parse().map_or(Value::Null, Value::Number),
        Node::Flag(flag) => Value::from(*flag),
        Node::Money(money) => serde_json::to_value(money).unwrap_or_default(),
        Node::List(items) => items.iter().map(value).collect(),
        Node::Table(keys) => table(keys),
        Node::Week(days) => table(&Node::week_keys(days)),
    }
}
