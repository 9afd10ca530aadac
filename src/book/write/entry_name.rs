//! The name of one entry of a book.

use serde::Serialize;
use std::fmt;

use super::node::Node;
use crate::base::Phone;
use crate::book::Noun;

/// An entry of a book, by kind and id. Prints as `` contract `acme-auto-ca` ``.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryName {
    /// Kind of the entry.
    pub noun: Noun,
    /// Id of the entry; E.164 for a number.
    pub id: String,
}

impl EntryName {
    /// Returns the name for an id in a path. The `+` of a number may be missing.
    pub fn new(noun: Noun, id: &str) -> Self {
        let is_bare = noun == Noun::Number && id.bytes().all(|byte| byte.is_ascii_digit());
        let id = if is_bare { format!("+{id}") } else { id.to_owned() };
        Self { noun, id: normal(noun, id) }
    }

    /// Returns the name from the keys of an entry; `None` if its id is missing or not a text.
    pub(super) fn of(noun: Noun, keys: &[(String, Node)]) -> Option<Self> {
        match keys.iter().find(|(key, _)| key == noun.key()) {
            Some((_, Node::Text(id))) => Some(Self { noun, id: normal(noun, id.clone()) }),
            Some(_) | None => None,
        }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.noun, self.id)
    }
}

/// Returns an id as the book stores it. Returns an invalid id unchanged, so that the reader rejects
/// it.
fn normal(noun: Noun, id: String) -> String {
    match noun {
        Noun::Number => id.parse().map_or(id, |number: Phone| number.e164().to_owned()),
        Noun::Trunk
        | Noun::Source
        | Noun::Buyer
        | Noun::Offer
        | Noun::Contract
        | Noun::Postback => id,
    }
}
