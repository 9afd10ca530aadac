//! A buyer's answer as a document.

use std::borrow::Cow;

use crate::base::tree::Tree;
use crate::base::tree::TreeBounds;
use crate::base::tree::TreePath;
use crate::base::tree::from_json;
use crate::base::tree::from_xml;
use crate::book::AnswerFormat;

/// Longest body of an answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How much of a document is read.
const BOUNDS: TreeBounds = TreeBounds { depth: 24, values: 4_096 };

/// An answer as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body; of a longer one, its beginning and at least one byte above
    /// [`ANSWER_BYTES_MAX`].
    pub body: &'a [u8],
}

/// A body that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// The text, without a byte order mark and surrounding white space.
    pub(super) text: String,
    /// The values in it.
    pub(super) content: Content,
}

/// The values of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Those of a JSON document.
    Json(Tree),
    /// Those of an XML document, with the name of its root.
    Xml(String, Tree),
    /// A page for people.
    Page,
    /// None: the text is all.
    Text,
}

/// Why a body was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is too long.
    Long,
    /// It does not have the format.
    Not(AnswerFormat, String),
}

/// Reads a body. The format is that of the rule, or recognized by the first character: buyers serve
/// JSON as `text/html`. Text that only looks like JSON or XML is text.
pub(super) fn read(body: &[u8], format: Option<AnswerFormat>) -> Result<Document, Unread> {
    if body.len() > ANSWER_BYTES_MAX {
        return Err(Unread::Long);
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{FEFF}').trim();
    let content = match format {
        Some(AnswerFormat::Text) => Content::Text,
        Some(AnswerFormat::Json) => Content::Json(json(text)?),
        Some(AnswerFormat::Xml) => xml(text)?,
        None if text.starts_with('<') => xml(text).unwrap_or_else(|_| page_or_text(text)),
        None => json(text).map_or(Content::Text, Content::Json),
    };
    let content = opened(content);
    Ok(Document { text: text.to_owned(), content })
}

fn json(text: &str) -> Result<Tree, Unread> {
    let read = from_json(unwrapped(text), BOUNDS);
    read.map_err(|fault| Unread::Not(AnswerFormat::Json, fault.to_string()))
}

/// Returns the document that a JSON text holds instead of an object.
fn opened(content: Content) -> Content {
    let Content::Json(Tree::Text(text)) = &content else { return content };
    match from_json(text, BOUNDS) {
        Ok(tree @ (Tree::Named(_) | Tree::List(_))) => Content::Json(tree),
        Ok(_) | Err(_) => content,
    }
}

/// Returns the document in a call of a function: `callback({…});`, the form for browsers.
fn unwrapped(text: &str) -> &str {
    let inner = text.split_once('(').and_then(|(name, rest)| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
        let rest = rest.trim_end().trim_end_matches(';').trim_end().strip_suffix(')')?;
        (name.len() <= 64 && name.chars().all(is_name)).then_some(rest)
    });
    inner.unwrap_or(text)
}

fn xml(text: &str) -> Result<Content, Unread> {
    let (root, tree) = from_xml(text, BOUNDS)
        .map_err(|fault| Unread::Not(AnswerFormat::Xml, fault.to_string()))?;
    if root.eq_ignore_ascii_case("html") {
        return Ok(Content::Page);
    }
    Ok(Content::Xml(root, tree))
}

fn page_or_text(text: &str) -> Content {
    let start: String = text.chars().take(256).collect::<String>().to_ascii_lowercase();
    let is_page = start.starts_with("<!doctype html") || start.contains("<html");
    if is_page { Content::Page } else { Content::Text }
}

impl Document {
    /// Returns the value at a path. In XML the name of the root may be left out.
    pub(super) fn at(&self, path: &TreePath) -> Option<Cow<'_, Tree>> {
        match &self.content {
            Content::Json(tree) => path.find(tree, BOUNDS),
            Content::Xml(root, tree) => {
                let below = path.below(root).and_then(|path| path.find(tree, BOUNDS));
                below.or_else(|| path.find(tree, BOUNDS))
            }
            Content::Page | Content::Text => None,
        }
    }
}
