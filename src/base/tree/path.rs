//! Paths into a document: `response.errors.0.message`, `lead.@id`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::Tree;
use super::TreeBounds;
use super::from_json;

/// Longest path, in bytes.
const BYTES_MAX: usize = 200;
/// Most steps of a path.
const STEPS_MAX: usize = 16;

/// A path into a document: names, and positions in lists from 0, with dots between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreePath {
    written: String,
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// A step is empty.
    #[error("`{0}` has an empty step: write names with single dots, like `response.status`")]
    Empty(String),
    /// The path is too long.
    #[error("a path has at most {BYTES_MAX} bytes and {STEPS_MAX} steps")]
    Long,
}

impl TreePath {
    /// Returns the path as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Returns the steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.written.split('.')
    }

    /// Returns the path without its first step, if that is this name in any case and not the last
    /// step.
    pub fn below(&self, name: &str) -> Option<TreePath> {
        let (first, rest) = self.written.split_once('.')?;
        first.eq_ignore_ascii_case(name).then(|| Self { written: rest.to_owned() })
    }

    /// Returns the value at the path. A name means the first value with it, in the case as written
    /// if there is one; at a list it means the name within the first item. A position after a
    /// repeated name of XML means that repetition. A text that holds a JSON document is looked
    /// into, within `bounds`.
    pub fn find<'t>(&self, tree: &'t Tree, bounds: TreeBounds) -> Option<Cow<'t, Tree>> {
        let steps: Vec<&str> = self.steps().collect();
        find(Cow::Borrowed(tree), &steps, bounds)
    }
}

fn find<'t>(at: Cow<'t, Tree>, steps: &[&str], bounds: TreeBounds) -> Option<Cow<'t, Tree>> {
    let Some((step, rest)) = steps.split_first() else { return Some(at) };
    let position: Option<usize> = step.parse().ok();
    match (&*at, position) {
        (Tree::Text(text), _) => {
            // The bounds of depth shrink, so that documents within documents end.
            let bounds = TreeBounds { depth: bounds.depth.checked_sub(1)?, ..bounds };
            let inner = from_json(text, bounds).ok()?;
            let is_nested = matches!(inner, Tree::List(_) | Tree::Named(_) | Tree::Text(_));
            is_nested.then(|| find(Cow::Owned(inner), steps, bounds))?
        }
        (Tree::List(_), Some(position)) => {
            find(below(at, |tree| item(tree, position))?, rest, bounds)
        }
        (Tree::List(_), None) => find(below(at, |tree| item(tree, 0))?, steps, bounds),
        (Tree::Named(pairs), _) => {
            if let Some((next, after)) = rest.split_first()
                && let Ok(position) = next.parse::<usize>()
                && !matches!(at.named(step), Some(Tree::List(_)))
                && pairs.iter().any(|(name, _)| name == step)
            {
                let repeated = below(at, |tree| repetition(tree, step, position));
                return find(repeated?, after, bounds);
            }
            find(below(at, |tree| tree.named(step))?, rest, bounds)
        }
        (Tree::Null | Tree::Flag(_) | Tree::Number(_), _) => None,
    }
}

/// Returns a value below another, borrowed if that is.
fn below<'t>(at: Cow<'t, Tree>, pick: impl Fn(&Tree) -> Option<&Tree>) -> Option<Cow<'t, Tree>> {
    match at {
        Cow::Borrowed(tree) => pick(tree).map(Cow::Borrowed),
        Cow::Owned(tree) => pick(&tree).cloned().map(Cow::Owned),
    }
}

fn item(tree: &Tree, position: usize) -> Option<&Tree> {
    let Tree::List(items) = tree else { return None };
    items.get(position)
}

/// Returns the value of a name's repetition, from 0.
fn repetition<'t>(tree: &'t Tree, name: &str, position: usize) -> Option<&'t Tree> {
    let Tree::Named(pairs) = tree else { return None };
    let mut repeated = pairs.iter().filter(|(own, _)| own == name);
    repeated.nth(position).map(|(_, value)| value)
}

impl FromStr for TreePath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        if text.len() > BYTES_MAX || text.split('.').count() > STEPS_MAX {
            return Err(InvalidPath::Long);
        }
        if text.split('.').any(|step| step.trim().is_empty()) {
            return Err(InvalidPath::Empty(text.to_owned()));
        }
        Ok(Self { written: text.to_owned() })
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_xml;
    use super::*;

    const BOUNDS: TreeBounds = TreeBounds { depth: 8, values: 100 };

    fn text_at(tree: &Tree, path: &str) -> Option<String> {
        let path: TreePath = path.parse().unwrap();
        let found = path.find(tree, BOUNDS)?;
        found.text().map(Cow::into_owned)
    }

    #[test]
    fn paths_lead_to_values() {
        let json = r#"[{"status": "A", "bids": [{"price": 1}, {"price": 2.50}], "Status": "B",
            "inner": "{\"id\": \"x\", \"deep\": \"{\\\"y\\\": 7}\"}", "none": null, "text": "plain"}]"#;
        let tree = from_json(json, BOUNDS).unwrap();
        for (path, expected) in [
            ("0.status", Some("A")),
            ("status", Some("A")),
            ("Status", Some("B")),
            ("STATUS", Some("A")),
            ("bids.1.price", Some("2.50")),
            ("bids.price", Some("1")),
            ("bids.2.price", None),
            ("inner.id", Some("x")),
            ("inner.deep.y", Some("7")),
            ("none", None),
            ("none.x", None),
            ("text.x", None),
            ("1", None),
        ] {
            assert_eq!(text_at(&tree, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn repeated_elements_have_positions() {
        let xml = "<r><errors><error>a</error><error id=\"3\">b</error></errors><one>c</one></r>";
        let (_, tree) = from_xml(xml, BOUNDS).unwrap();
        for (path, expected) in [
            ("errors.error", Some("a")),
            ("errors.error.0", Some("a")),
            ("errors.error.1", Some("b")),
            ("errors.error.1.@id", Some("3")),
            ("errors.error.2", None),
            ("one.0", Some("c")),
        ] {
            assert_eq!(text_at(&tree, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn documents_within_documents_end() {
        let mut text = "1".to_owned();
        for _ in 0..6 {
            text = serde_json::Value::String(text).to_string();
        }
        let path: TreePath = vec!["a"; 16].join(".").parse().unwrap();
        assert_eq!(path.find(&Tree::Text(text), BOUNDS), None);
    }

    #[test]
    fn paths_are_bounded() {
        assert!(vec!["a"; 16].join(".").parse::<TreePath>().is_ok());
        assert_eq!(vec!["a"; 17].join(".").parse::<TreePath>(), Err(InvalidPath::Long));
        assert!("a".repeat(200).parse::<TreePath>().is_ok());
        assert_eq!("a".repeat(201).parse::<TreePath>(), Err(InvalidPath::Long));
        for text in ["", ".", "a..b", "a."] {
            assert_eq!(text.parse::<TreePath>(), Err(InvalidPath::Empty(text.to_owned())));
        }
    }
}
