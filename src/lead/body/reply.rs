//! Answers to sources, in the format that they ask for.

use crate::base::tree::Tree;
use crate::base::tree::to_json;
use crate::base::tree::to_xml;

use super::accept::ReplyFormat;

/// Returns the media type and the text of an answer with names and values. In XML they are below
/// `root`, in text one on each line. Names must be names of XML.
pub fn document_text(format: ReplyFormat, root: &str, values: &Tree) -> (&'static str, String) {
    match format {
        ReplyFormat::Json => ("application/json", to_json(values)),
        ReplyFormat::Xml => ("application/xml", to_xml(root, values)),
        ReplyFormat::Text => ("text/plain; charset=utf-8", lines("", values)),
    }
}

/// Returns each value on a line: `name: value`. Line ends in values become spaces.
fn lines(name: &str, values: &Tree) -> String {
    let below = |step: &str, value: &Tree| {
        let dot = if name.is_empty() { "" } else { "." };
        lines(&format!("{name}{dot}{step}"), value)
    };
    match values {
        Tree::Named(pairs) => pairs.iter().map(|(step, value)| below(step, value)).collect(),
        Tree::List(items) => {
            items.iter().enumerate().map(|(at, item)| below(&at.to_string(), item)).collect()
        }
        Tree::Null => String::new(),
        Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) => {
            let text = values.text().unwrap_or_default();
            let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            format!("{name}: {line}\n")
        }
    }
}
