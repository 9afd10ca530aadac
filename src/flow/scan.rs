//! Scans a document cheaply before it is parsed: size, depth, forbidden constructs.
//!
//! One pass over the bytes, so that a hostile document costs no more than its length. The parser
//! reports malformed documents, as it does so better.

use super::reader::Fault;

/// Maximum size of a flow file, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 64 * 1024;
/// Maximum nesting of elements.
pub(crate) const DEPTH_MAX: usize = 32;
/// Maximum number of elements in a file.
pub(crate) const ELEMENTS_MAX: usize = 4_000;

/// Result of scanning a document that may be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Every element that opens is closed.
    Closed,
    /// The element that opens at this offset is not closed.
    Unclosed(usize),
}

/// Scans a document. Returns a fault when it must not be parsed.
pub(crate) fn scan(text: &str) -> Result<Shape, Fault> {
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes, more than {FILE_BYTES_MAX}", text.len());
        return Err(Fault::new(0, message).hint("split the flow and <Redirect> between the parts"));
    }
    if let Some(offset) = text.find('\0') {
        let fault = Fault::new(offset, "a NUL character");
        return Err(fault.hint("save the file as plain UTF-8 text"));
    }
    let mut scan = Scan { text, at: 0, open: Vec::new(), elements: 0, root: false };
    while scan.next()? {}
    Ok(scan.open.last().map_or(Shape::Closed, |&offset| Shape::Unclosed(offset)))
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Offsets of the elements that are not closed yet.
    open: Vec<usize>,
    elements: usize,
    /// Whether a root element was found.
    root: bool,
}

impl Scan<'_> {
    /// Scans the next piece of markup; returns false at the document's end.
    fn next(&mut self) -> Result<bool, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(start) = rest.find('<') else { return Ok(false) };
        let markup = rest.get(start..).unwrap_or_default();
        let at = self.at + start;
        let length = if markup.starts_with("<!--") {
            length_to(markup, "-->")
        } else if markup.starts_with("<![CDATA[") {
            length_to(markup, "]]>")
        } else if markup.starts_with("<?") {
            let length = length_to(markup, "?>");
            check_declaration(at, markup.get(..length).unwrap_or_default())?;
            length
        } else if markup.starts_with("<!") {
            let fault = Fault::new(at, "a DOCTYPE or other declaration");
            return Err(fault.hint("remove it: a flow needs none, and entities are refused"));
        } else if markup.starts_with("</") {
            self.open.pop();
            length_to(markup, ">")
        } else {
            let length = tag_length(markup);
            let empty = markup.get(..length).is_some_and(|tag| tag.ends_with("/>"));
            self.element(at, empty)?;
            length
        };
        self.at = at + length;
        Ok(true)
    }

    fn element(&mut self, at: usize, empty: bool) -> Result<(), Fault> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(Fault::new(at, format!("more than {ELEMENTS_MAX} elements")));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(Fault::new(at, format!("nested deeper than {DEPTH_MAX} elements")));
        }
        if self.open.is_empty() && std::mem::replace(&mut self.root, true) {
            let fault = Fault::new(at, "a second root element");
            return Err(fault.hint("a file holds one <Flow>; put the other into its own file"));
        }
        if !empty {
            self.open.push(at);
        }
        Ok(())
    }
}

/// Rejects a declaration of another encoding: the text is UTF-8 here, so such a file was read
/// wrongly.
fn check_declaration(at: usize, instruction: &str) -> Result<(), Fault> {
    let Some((_, rest)) = instruction.split_once("encoding") else { return Ok(()) };
    let value = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
    let name = value.trim_start_matches(['"', '\'']).split(['"', '\'', '?']).next().unwrap_or("");
    let utf8 = ["utf-8", "utf8", "us-ascii"].contains(&name.to_ascii_lowercase().as_str());
    if utf8 || !instruction.starts_with("<?xml ") {
        return Ok(());
    }
    let name: String = name.chars().take(40).collect();
    let fault = Fault::new(at, format!("the file says that its encoding is `{name}`"));
    Err(fault.hint("save it as UTF-8 and say encoding=\"UTF-8\" or nothing"))
}

/// Returns the length of the markup including its end; the full length without an end.
fn length_to(markup: &str, end: &str) -> usize {
    markup.find(end).map_or(markup.len(), |start| start + end.len())
}

/// Returns the length of a start tag: to the first `>` outside quotes.
fn tag_length(markup: &str) -> usize {
    let mut quote = None;
    for (offset, byte) in markup.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return offset + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            (None | Some(_), _) => {}
        }
    }
    markup.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_documents_pass() {
        for text in [
            "",
            "no markup",
            "<a/>",
            "<?xml version='1.0' encoding='utf-8'?><a b='>'><!-- <b> --><![CDATA[<c>]]></a>",
            "<a><b/></a><!-- end -->",
        ] {
            assert_eq!(scan(text), Ok(Shape::Closed), "{text}");
        }
    }

    #[test]
    fn what_is_not_closed_is_found() {
        for (text, offset) in [("<a><b>", 3), ("<a><b/>", 0), ("<a><b></b>", 0), ("<a ", 0)] {
            assert_eq!(scan(text), Ok(Shape::Unclosed(offset)), "{text}");
        }
    }

    #[test]
    fn hostile_documents_are_refused() {
        let deep = "<a>".repeat(200_000);
        for (text, offset) in [
            ("<!DOCTYPE a>", 0),
            ("<a>\0</a>", 3),
            ("<a/><b/>", 4),
            (&deep[..600], DEPTH_MAX * 3),
            (&deep, 0),
            ("<?xml version='1.0' encoding='UTF-16'?><a/>", 0),
            (&format!("<a>{}</a>", "<b/>".repeat(4_000)), 3 + 3_999 * 4),
        ] {
            assert_eq!(scan(text).map_err(|fault| fault.offset), Err(offset));
        }
    }
}
