//! Parses XML as a carrier does: `quick-xml` for the syntax, plus the rules of XML 1.0 that it
//! leaves to its caller.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::BytesRef;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;

/// Deepest element below the root. Deeper documents are malformed; TwiML needs three.
const DEPTH_MAX: usize = 32;

/// An element with its attributes and content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    /// The line of its `<`, from 1.
    pub(super) line: u32,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) content: Vec<Content>,
}

/// A piece of an element's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Element(Element),
    /// Text up to the next element, and the line where it begins.
    Text {
        text: String,
        line: u32,
    },
}

/// Why a text is not a valid document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Malformed {
    /// The line, from 1.
    pub(super) line: u32,
    /// What is wrong there.
    pub(super) what: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the text before the first element, trimmed.
    pub(super) fn text(&self) -> &str {
        match self.content.first() {
            Some(Content::Text { text, .. }) => text.trim(),
            Some(Content::Element(_)) | None => "",
        }
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(element) => Some(element),
            Content::Text { .. } => None,
        })
    }
}

/// Reads a document and returns its root.
///
/// # Errors
/// [`Malformed`] if the text is not well-formed XML 1.0, has a document type, or is nested more
/// than [`DEPTH_MAX`] deep.
pub(super) fn parse(text: &str) -> Result<Element, Malformed> {
    let malformed = |at: u64, what: String| Malformed { line: line(text, at), what };
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_char(*c)) {
        let what = format!("the character U+{:04X} is not allowed", u32::from(c));
        return Err(malformed(at as u64, what));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event();
        let event = event.map_err(|error| malformed(reader.error_position(), error.to_string()))?;
        if event == Event::Eof {
            let end = text.len() as u64;
            return tree.end().map_err(|what| malformed(end, what));
        }
        tree.take(event, at, line(text, at)).map_err(|what| malformed(at, what))?;
    }
}

/// The open elements, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, at: u64, line: u32) -> Result<(), String> {
        match event {
            Event::Start(_) if self.open.is_empty() && self.root.is_some() => {
                Err("a second root".to_owned())
            }
            Event::Start(_) if self.open.len() > DEPTH_MAX => Err("nested too deep".to_owned()),
            Event::Start(start) => {
                self.open.push(element(&start, line)?);
                Ok(())
            }
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::Text(raw) if raw.contains("]]>") => Err("`]]>` outside CDATA".to_owned()),
            Event::Text(raw) => self.add(&raw.xml10_content(), line),
            Event::CData(_) if self.open.is_empty() => Err("CDATA outside the root".to_owned()),
            Event::CData(raw) => self.add(&raw.xml10_content(), line),
            Event::GeneralRef(_) if self.open.is_empty() => {
                Err("a reference outside the root".to_owned())
            }
            Event::GeneralRef(reference) => self.add(&referred(&reference)?, line),
            Event::Decl(_) if at > 0 => Err("a declaration that does not come first".to_owned()),
            Event::Decl(declaration) => {
                declaration.xml_version().map(drop).map_err(|error| error.to_string())
            }
            Event::DocType(_) => Err("a document type".to_owned()),
            Event::PI(instruction) => name(instruction.target()).map(drop),
            Event::Empty(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn add(&mut self, more: &str, line: u32) -> Result<(), String> {
        match self.open.last_mut() {
            None if more.trim().is_empty() => {}
            None => return Err("text outside the root".to_owned()),
            Some(Element { content, .. }) => match content.last_mut() {
                Some(Content::Text { text, .. }) => text.push_str(more),
                Some(Content::Element(_)) | None if more.is_empty() => {}
                Some(Content::Element(_)) | None => {
                    content.push(Content::Text { text: more.to_owned(), line });
                }
            },
        }
        Ok(())
    }

    fn close(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.content.push(Content::Element(closed)),
            None => self.root = Some(closed),
        }
    }

    fn end(self) -> Result<Element, String> {
        match self.open.last() {
            Some(open) => Err(format!("`{}` is not closed", open.name)),
            None => self.root.ok_or_else(|| "no root".to_owned()),
        }
    }
}

fn element(start: &BytesStart<'_>, line: u32) -> Result<Element, String> {
    let name = name(start.name().as_ref())?;
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| error.to_string())?.into_owned();
        if attribute.value.contains('<') || !value.chars().all(is_char) {
            return Err(format!("a character that `{}` may not hold", attribute.key.as_ref()));
        }
        attributes.push((self::name(attribute.key.as_ref())?, value));
    }
    Ok(Element { name, line, attributes, content: Vec::new() })
}

/// Returns the text of a reference `&…;`: a character, or one of the five names of XML.
fn referred(reference: &BytesRef<'_>) -> Result<String, String> {
    let unknown = || format!("`&{};` stands for nothing", reference.as_ref());
    match reference.resolve_char_ref().map_err(|error| error.to_string())? {
        Some(c) if is_char(c) => Ok(c.to_string()),
        Some(_) => Err(unknown()),
        None => resolve_xml_entity(reference).map(str::to_owned).ok_or_else(unknown),
    }
}

/// Returns a valid name (XML 1.0 §2.3, with every letter of Unicode), or an error.
fn name(name: &str) -> Result<String, String> {
    let begins = |c: char| c.is_alphabetic() || matches!(c, '_' | ':');
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
    if name.starts_with(begins) && name.chars().all(goes_on) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is not a name"))
    }
}

/// Returns whether XML 1.0 §2.2 allows a character.
fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

fn line(text: &str, at: u64) -> u32 {
    let before = text.bytes().zip(0..at).filter(|(byte, _)| *byte == b'\n').count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn malformed_documents_are_rejected_with_their_line() {
        let cases = [
            ("", 1, "no root"),
            ("\n<a>", 2, "`a` is not closed"),
            ("<a>\n</b>", 2, "</b>"),
            ("<a/>\n<b/>", 2, "a second root"),
            ("<a/>\nx", 1, "text outside the root"),
            ("<a/>\n&amp;", 2, "a reference outside the root"),
            ("<a>\n\u{1}</a>", 2, "U+0001"),
            ("<a>\n&#1;</a>", 2, "`&#1;` stands for nothing"),
            ("<a>\n&nbsp;</a>", 2, "`&nbsp;` stands for nothing"),
            ("<a>x & y</a>", 1, "reference not closed"),
            ("<a b='1' b='2'/>", 1, "duplicated"),
            ("<a b='<'/>", 1, "may not hold"),
            ("<a b='&#2;'/>", 1, "may not hold"),
            ("<a b='&x;'/>", 1, "unrecognized entity"),
            ("<a>]]></a>", 1, "outside CDATA"),
            ("<!DOCTYPE a>\n<a/>", 1, "a document type"),
            ("<a><!-- -- --></a>", 1, "comment"),
            ("<1/>", 1, "`1` is not a name"),
            (" <?xml version='1.0'?><a/>", 1, "does not come first"),
            ("<?xml version='3.0'?><a/>", 1, "version"),
        ];
        for (text, line, what) in cases {
            let malformed = parse(text).unwrap_err();
            assert_eq!(malformed.line, line, "{text}: {malformed:?}");
            assert!(malformed.what.contains(what), "{text}: {malformed:?}");
        }
        let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
        assert!(parse(&deep(DEPTH_MAX + 1)).is_ok());
        assert_eq!(parse(&deep(DEPTH_MAX + 2)).unwrap_err().what, "nested too deep");
    }

    /// Converts what the other parser reads: names, attributes and merged text.
    fn shown(node: roxmltree::Node<'_, '_>) -> Element {
        let mut element = Element {
            name: node.tag_name().name().to_owned(),
            line: node.document().text_pos_at(node.range().start).row,
            attributes: node
                .attributes()
                .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
                .collect(),
            content: Vec::new(),
        };
        for child in node.children() {
            if child.is_element() {
                element.content.push(Content::Element(shown(child)));
            } else if let Some(more) = child.text().filter(|_| child.is_text()) {
                match element.content.last_mut() {
                    Some(Content::Text { text, .. }) => text.push_str(more),
                    _ if more.is_empty() => {}
                    _ => element.content.push(Content::Text { text: more.to_owned(), line: 0 }),
                }
            }
        }
        element
    }

    /// Clears the lines of texts: the other parser has no line for merged text.
    fn without_lines_of_text(mut element: Element) -> Element {
        for content in &mut element.content {
            match content {
                Content::Element(inner) => *inner = without_lines_of_text(inner.clone()),
                Content::Text { line, .. } => *line = 0,
            }
        }
        element
    }

    /// Fragments for well-formed and malformed documents. A lone carriage return is left out:
    /// before a reference the other parser keeps it, against XML 1.0 §2.11.
    const FRAGMENTS: [&str; 39] = [
        "<a>",
        "</a>",
        "<b>",
        "</b>",
        "<a/>",
        "<b />",
        "<a c='1'>",
        "<b c=\"2\" d='&lt;'/>",
        "<",
        ">",
        "&",
        ";",
        "'",
        "\"",
        "=",
        "/",
        " ",
        "\n",
        "\t",
        "\r\n",
        "&amp;",
        "&#65;",
        "&#x42;",
        "&#0;",
        "&x;",
        "x",
        "é",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "--",
        "<?x y?>",
        "<?1?>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE a>",
        "\u{0}",
        "\u{FFFE}",
        "c='1'",
    ];

    fn document() -> impl Strategy<Value = String> {
        let pieces = prop::collection::vec(prop::sample::select(FRAGMENTS.to_vec()), 0..12);
        prop_oneof![
            pieces.clone().prop_map(|pieces| pieces.concat()),
            pieces.prop_map(|pieces| format!("<r>{}</r>", pieces.concat())),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Both parsers agree on whether a text is a document, and on its content.
        #[test]
        fn the_other_parser_agrees(text in document()) {
            let other = roxmltree::Document::parse(&text);
            match (parse(&text), other) {
                (Ok(root), Ok(other)) => {
                    prop_assert_eq!(without_lines_of_text(root), shown(other.root_element()));
                }
                (Err(_), Err(_)) => {}
                (own, other) => prop_assert!(false, "{text:?}: {own:?}, {other:?}"),
            }
        }
    }
}
