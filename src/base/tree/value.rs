//! Values of a document.

use std::borrow::Cow;

/// A value of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Tree>),
    /// Values with names, in order; a name may come more than once. In a tree of XML, attributes
    /// begin with `@`, and the text beside attributes has the name [`TEXT`].
    Named(Vec<(String, Tree)>),
}

/// Name of the text of an XML element that also has attributes.
pub const TEXT: &str = "#text";

impl Tree {
    /// Returns a single value as text; `None` for `null`, lists and objects. An XML element with
    /// attributes is its text.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Tree::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Tree::Number(text) | Tree::Text(text) => Some(Cow::Borrowed(text)),
            Tree::Named(_) => self.named(TEXT).and_then(Tree::text),
            Tree::Null | Tree::List(_) => None,
        }
    }

    /// Returns all texts of a value and of what is below it, in order. Blank ones are left out.
    pub fn texts(&self) -> Vec<Cow<'_, str>> {
        match self {
            Tree::List(items) => items.iter().flat_map(Tree::texts).collect(),
            Tree::Named(pairs) => pairs.iter().flat_map(|(_, value)| value.texts()).collect(),
            Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) => {
                self.text().filter(|text| !text.trim().is_empty()).into_iter().collect()
            }
        }
    }

    /// Returns the first value with a name; else the first whose name differs only in case.
    pub fn named(&self, name: &str) -> Option<&Tree> {
        let Tree::Named(pairs) = self else { return None };
        let exact = pairs.iter().find(|(own, _)| own == name);
        let found = exact.or_else(|| pairs.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value)
    }
}
