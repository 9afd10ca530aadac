//! XML that the program writes: a tree of elements, printed through `quick-xml`.
//!
//! The tree holds plain text. It is escaped once, when the tree is printed.

use quick_xml::Writer;
use quick_xml::events::BytesDecl;
use quick_xml::events::BytesEnd;
use quick_xml::events::BytesStart;
use quick_xml::events::BytesText;
use quick_xml::events::Event;

/// An element with its attributes and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Element(Element),
    Words(String),
    Address(String),
}

/// Kind of a text, which decides its allowed characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Prose: tabs and line ends are kept.
    Words,
    /// A URL, a number, a name or an attribute's value: no control characters.
    Address,
}

impl Element {
    /// Creates an empty element. The name is printed unescaped.
    pub const fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), content: Vec::new() }
    }

    /// Adds an attribute. Its value is an address, a number or a word.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds an attribute if there is a value.
    #[must_use]
    pub fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Returns whether the element has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Adds an element to the content.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// Adds elements to the content.
    #[must_use]
    pub fn children(self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().fold(self, Element::child)
    }

    /// Adds [`Kind::Words`] to the content.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.content.push(Content::Words(text.to_owned()));
        self
    }

    /// Adds a [`Kind::Address`] to the content.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.content.push(Content::Address(address.to_owned()));
        self
    }

    /// Returns the element with every text and every attribute's value replaced.
    #[must_use]
    pub fn rewritten(self, rewrite: &impl Fn(Kind, &str) -> String) -> Self {
        let value = |(name, value): (_, String)| (name, rewrite(Kind::Address, &value));
        let content = |content| match content {
            Content::Element(element) => Content::Element(element.rewritten(rewrite)),
            Content::Words(words) => Content::Words(rewrite(Kind::Words, &words)),
            Content::Address(address) => Content::Address(rewrite(Kind::Address, &address)),
        };
        Self {
            name: self.name,
            attributes: self.attributes.into_iter().map(value).collect(),
            content: self.content.into_iter().map(content).collect(),
        }
    }

    /// Returns the element as XML text, in UTF-8 and without a declaration.
    pub fn print(&self) -> String {
        print(|events| self.write(events))
    }

    /// Returns the element as an XML document with its declaration.
    pub fn document(&self) -> String {
        print(|events| {
            events(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
            self.write(events);
        })
    }

    fn write(&self, events: &mut dyn FnMut(Event<'_>)) {
        let mut start = BytesStart::new(self.name);
        for (name, value) in &self.attributes {
            start.push_attribute((*name, kept(Kind::Address, value).as_str()));
        }
        if self.content.is_empty() {
            return events(Event::Empty(start));
        }
        events(Event::Start(start));
        for content in &self.content {
            match content {
                Content::Element(element) => element.write(events),
                Content::Words(words) => text(Kind::Words, words, events),
                Content::Address(address) => text(Kind::Address, address, events),
            }
        }
        events(Event::End(BytesEnd::new(self.name)));
    }
}

/// Returns a text for the content or an attribute of an XML document: escaped, and without the
/// characters that XML 1.0 §2.2 forbids.
pub fn escaped(text: &str) -> String {
    quick_xml::escape::escape(kept(Kind::Words, text)).into_owned()
}

fn text(kind: Kind, text: &str, events: &mut dyn FnMut(Event<'_>)) {
    events(Event::Text(BytesText::new(&kept(kind, text))));
}

/// Collects what `write` sends. A vector takes every event, and UTF-8 in gives UTF-8 out.
fn print(write: impl FnOnce(&mut dyn FnMut(Event<'_>))) -> String {
    let mut writer = Writer::new(Vec::new());
    write(&mut |event| drop(writer.write_event(event)));
    String::from_utf8_lossy(&writer.into_inner()).into_owned()
}

fn kept(kind: Kind, text: &str) -> String {
    text.chars().filter(|c| is_kept(kind, *c)).collect()
}

/// Returns whether a character is printed. Others are dropped: characters that XML 1.0 §2.2
/// excludes, and the remaining control characters.
pub fn is_kept(kind: Kind, c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => kind == Kind::Words,
        '\u{FFFE}' | '\u{FFFF}' => false,
        c => !c.is_control(),
    }
}

/// Returns the arrowhead of pictures in SVG: the marker `tip`.
pub fn tip() -> Element {
    Element::new("marker")
        .with("id", "tip")
        .with("viewBox", "0 0 10 10")
        .with("refX", "9")
        .with("refY", "5")
        .with("markerWidth", "7")
        .with("markerHeight", "7")
        .with("orient", "auto")
        .child(Element::new("path").with("class", "tip").with("d", "M0 0L10 5L0 10z"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_are_printed() {
        let cases = [
            (Element::new("A"), "<A/>"),
            (Element::new("A").text(""), "<A></A>"),
            (Element::new("A").with("b", "1").maybe("c", None::<&str>), "<A b=\"1\"/>"),
            (Element::new("A").child(Element::new("B").text("x")).text("y"), "<A><B>x</B>y</A>"),
            (Element::new("A").text("a\tb\nc\rd\u{0}\u{85}"), "<A>a\tb\nc&#13;d</A>"),
            (Element::new("A").address("a\tb\nc\rd\u{FFFE}"), "<A>abcd</A>"),
            (Element::new("A").with("b", "<&>\"'\n"), "<A b=\"&lt;&amp;&gt;&quot;&apos;\"/>"),
            (Element::new("A").text("<&>\"']]>"), "<A>&lt;&amp;&gt;&quot;&apos;]]&gt;</A>"),
        ];
        for (element, printed) in cases {
            assert_eq!(element.print(), printed);
            let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{printed}");
            assert_eq!(element.document(), document);
        }
    }

    proptest! {
        /// Another parser reads the printed text back unchanged.
        #[test]
        fn texts_come_back(value in ".{0,20}", words in ".{0,20}", address in "(\\PC|.){0,20}") {
            let inner = Element::new("B").with("c", &value).address(&address);
            let printed = Element::new("A").text(&words).child(inner).document();
            let tree = roxmltree::Document::parse(&printed);
            prop_assert!(tree.is_ok(), "{tree:?}: {printed}");
            let tree = tree.unwrap();
            let root = tree.root_element();
            let read = root.children().filter(|node| node.is_text()).filter_map(|node| node.text());
            prop_assert_eq!(read.collect::<String>(), kept(Kind::Words, &words));
            let inner = root.last_child().unwrap();
            prop_assert_eq!(inner.attribute("c").unwrap(), kept(Kind::Address, &value));
            prop_assert_eq!(inner.text().unwrap_or_default(), kept(Kind::Address, &address));
        }

        #[test]
        fn every_text_is_rewritten(value in "[a-z]{1,9}") {
            let tree = |value: &str| {
                let inner = Element::new("B").address(value);
                Element::new("A").with("b", value).text(value).child(inner)
            };
            let rewritten = tree(&value).rewritten(&|_, text: &str| text.to_uppercase());
            prop_assert_eq!(rewritten, tree(&value.to_uppercase()));
        }
    }
}
