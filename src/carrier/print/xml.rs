//! XML as carriers read it: elements, escaped once, where they are printed.

/// What becomes of braces, which Telnyx reads as Mustache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Braces {
    /// They are printed as they are.
    Kept,
    /// Two never stand together: a space parts them in speech, addresses have them encoded.
    Parted,
}

/// An element with what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Vec<Inside>,
}

#[derive(Debug, Clone)]
enum Inside {
    Element(Element),
    Text(String),
    Address(String),
}

impl Element {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), inside: Vec::new() }
    }

    /// With an attribute; its value is a number, a word or an address.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With an attribute when there is a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn child(mut self, child: Element) -> Self {
        self.inside.push(Inside::Element(child));
        self
    }

    pub(crate) fn children(self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().fold(self, Element::child)
    }

    /// With words.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.inside.push(Inside::Text(text.to_owned()));
        self
    }

    /// With a URL, a SIP URI or a number.
    pub(crate) fn address(mut self, address: &str) -> Self {
        self.inside.push(Inside::Address(address.to_owned()));
        self
    }

    /// The element as a document.
    pub(crate) fn print(&self, braces: Braces) -> String {
        let mut out = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
        self.write(braces, &mut out);
        out
    }

    fn write(&self, braces: Braces, out: &mut String) {
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape_address(value, braces, out);
            out.push('"');
        }
        if self.inside.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for inside in &self.inside {
            match inside {
                Inside::Element(element) => element.write(braces, out),
                Inside::Text(text) => escape_text(text, braces, out),
                Inside::Address(address) => escape_address(address, braces, out),
            }
        }
        out.push_str("</");
        out.push_str(self.name);
        out.push('>');
    }
}

/// Words: what XML 1.0 §2.2 has not is dropped, with the other control characters.
fn escape_text(text: &str, braces: Braces, out: &mut String) {
    let mut before = None;
    for c in text.chars() {
        match c {
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            c if is_dropped(c) => continue,
            '{' | '}' if braces == Braces::Parted && before == Some(c) => {
                out.push(' ');
                out.push(c);
            }
            c => escape(c, out),
        }
        before = Some(c);
    }
}

/// Addresses and attributes: no control character at all.
fn escape_address(text: &str, braces: Braces, out: &mut String) {
    for c in text.chars() {
        match c {
            c if is_dropped(c) => {}
            '{' if braces == Braces::Parted => out.push_str("%7B"),
            '}' if braces == Braces::Parted => out.push_str("%7D"),
            c => escape(c, out),
        }
    }
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&apos;"),
        c => out.push(c),
    }
}

/// Characters that no text of ours keeps (XML 1.0 §2.2), tab and line ends apart.
pub(crate) fn is_dropped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}
