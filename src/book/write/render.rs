//! TOML.

use crate::book::Book;

use super::entries::entries;
use super::node::Node;

/// Columns that a line fills at most, unless one value alone is longer.
const COLUMNS: usize = 100;

/// Writes a book as TOML that [`parse`](crate::book::parse) reads back as an equal book.
pub fn print(book: &Book) -> String {
    let mut page = Page::default();
    for entry in entries(book) {
        page.noun(entry.noun, "", &entry.keys.0);
    }
    page.text()
}

/// A file that grows line by line; each line knows which value it is of.
#[derive(Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    text: String,
    pointer: String,
}

impl Page {
    /// Adds `[[noun]]` and its keys. `pointer` is the noun's place in a JSON document.
    pub(super) fn noun(&mut self, noun: &str, pointer: &str, keys: &[(String, Node)]) {
        if !self.lines.is_empty() {
            self.line(String::new(), pointer);
        }
        self.line(format!("[[{}]]", bare(noun)), pointer);
        let mut sections = Vec::new();
        for (key, value) in keys {
            let text = format!("{} = {}", bare(key), inline(value));
            let place = format!("{pointer}/{key}");
            match value {
                Node::Table(keys) if text.chars().count() > COLUMNS => sections.push((key, keys)),
                Node::List(items) if text.chars().count() > COLUMNS => {
                    self.list(key, items, &place)
                }
                Node::Text(_)
                | Node::Number(_)
                | Node::Flag(_)
                | Node::Money(_)
                | Node::List(_)
                | Node::Table(_)
                | Node::Week(_) => self.line(text, &place),
            }
        }
        // After the plain keys: what follows a section's head belongs to the section.
        for (key, keys) in sections {
            self.section(
                &format!("{}.{}", bare(noun), bare(key)),
                &format!("{pointer}/{key}"),
                keys,
            );
        }
    }

    fn section(&mut self, name: &str, pointer: &str, keys: &[(String, Node)]) {
        self.line(format!("[{name}]"), pointer);
        for (key, value) in keys {
            let text = format!("{} = {}", bare(key), inline(value));
            let place = format!("{pointer}/{key}");
            match value {
                Node::List(items) if text.chars().count() > COLUMNS => {
                    self.list(key, items, &place)
                }
                Node::Text(_)
                | Node::Number(_)
                | Node::Flag(_)
                | Node::Money(_)
                | Node::List(_)
                | Node::Table(_)
                | Node::Week(_) => self.line(text, &place),
            }
        }
    }

    /// A list on lines of its own.
    fn list(&mut self, key: &str, items: &[Node], pointer: &str) {
        self.line(format!("{} = [", bare(key)), pointer);
        let mut row = String::new();
        for item in items {
            let item = format!(" {},", inline(item));
            if !row.is_empty() && row.chars().count() + item.chars().count() + 3 > COLUMNS {
                self.line(format!("   {row}"), pointer);
                row.clear();
            }
            row.push_str(&item);
        }
        self.line(format!("   {row}"), pointer);
        self.line("]".to_owned(), pointer);
    }

    fn line(&mut self, text: String, pointer: &str) {
        self.lines.push(Line { text, pointer: pointer.to_owned() });
    }

    /// Adds a key outside all nouns.
    pub(super) fn key(&mut self, key: &str, value: &Node) {
        self.line(format!("{} = {}", bare(key), inline(value)), &format!("/{key}"));
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    /// The JSON pointer (RFC 6901) of what stands on a line, from 1.
    pub(super) fn pointer(&self, line: u32) -> &str {
        let at = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        self.lines.get(at).map_or("", |line| line.pointer.as_str())
    }
}

/// A value on one line.
fn inline(node: &Node) -> String {
    match node {
        Node::Text(text) => quoted(text),
        Node::Number(number) => number.clone(),
        Node::Flag(flag) => flag.to_string(),
        Node::Money(money) => {
            let (amount, currency) = (money.amount(), money.currency());
            format!("{{ amount = {}, currency = {} }}", quoted(&amount), quoted(currency.as_str()))
        }
        Node::List(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Node::Table(keys) if keys.is_empty() => "{}".to_owned(),
        Node::Table(keys) => {
            let pair = |(key, value): &(String, Node)| format!("{} = {}", bare(key), inline(value));
            let pairs: Vec<String> = keys.iter().map(pair).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Node::Week(days) => inline(&Node::Table(Node::week_keys(days))),
    }
}

/// A key, in quotes when it needs them.
fn bare(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(plain) { key.to_owned() } else { quoted(key) }
}

/// A basic string (TOML 1.0 §String).
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
