//! Keys and values of a noun or of a table, as they are built.

use super::node::Node;

/// Keys and values, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(pub(super) Vec<(String, Node)>);

impl Keys {
    /// Adds a key.
    pub(super) fn with(mut self, key: &str, value: Node) -> Self {
        self.0.push((key.to_owned(), value));
        self
    }

    /// Adds the key if there is a value.
    pub(super) fn maybe(self, key: &str, value: Option<Node>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds the key if the list has items.
    pub(super) fn listed(self, key: &str, values: Vec<Node>) -> Self {
        if values.is_empty() { self } else { self.with(key, Node::List(values)) }
    }

    /// Returns a table; `None` without keys.
    pub(super) fn table(self) -> Option<Node> {
        (!self.0.is_empty()).then_some(Node::Table(self.0))
    }
}
