//! Writes a book as TOML.

use crate::base::Place;
use crate::book::Book;

use super::entries::entries;
use super::node::Node;

/// Maximum columns of a line, unless a single value is longer.
const COLUMNS: usize = 100;

/// Writes a book as TOML that [`parse`](crate::book::parse) reads back as an equal book.
pub fn to_toml(book: &Book) -> String {
    let entries = entries(book);
    let mut page = Page::default();
    for entry in &entries {
        page.noun(entry.noun.name(), &entry.keys.0);
    }
    page.text()
}

/// A file, written line by line. Each line records the value that it shows.
#[derive(Debug, Default)]
pub(super) struct Page<'n> {
    nouns: usize,
    lines: Vec<Line<'n>>,
}

#[derive(Debug)]
struct Line<'n> {
    text: String,
    /// Index of the noun, from 0; `None` outside of nouns.
    noun: Option<usize>,
    /// JSON pointer (RFC 6901) of the line's content, within its noun.
    pointer: String,
    shows: Shows<'n>,
}

/// Content of a line.
#[derive(Debug)]
enum Shows<'n> {
    /// Only the value of the pointer of the line.
    Whole,
    /// A value, after this many characters.
    Value { value: &'n Node, after: usize },
    /// Items of a list, after this many characters; `first` is the index of the first.
    Items { items: &'n [Node], first: usize, after: usize },
}

/// A place in the document that the page was written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// Index of the noun in the order of [`Page::noun`], from 0; `None` outside of nouns.
    pub(super) noun: Option<usize>,
    /// JSON pointer (RFC 6901) within the noun.
    pub(super) pointer: String,
}

impl<'n> Page<'n> {
    /// Adds `[[noun]]` and its keys.
    pub(super) fn noun(&mut self, noun: &str, keys: &'n [(String, Node)]) {
        self.nouns += 1;
        if !self.lines.is_empty() {
            self.line(String::new(), "", Shows::Whole);
        }
        self.line(format!("[[{}]]", bare(noun)), "", Shows::Whole);
        self.keys(&bare(noun), "", keys);
    }

    /// Adds the keys of a table that `path` names in heads of sections.
    fn keys(&mut self, path: &str, within: &str, keys: &'n [(String, Node)]) {
        let mut sections = Vec::new();
        for (key, value) in keys {
            match value {
                Node::Table(inner) if width(key, value) > COLUMNS => sections.push((key, inner)),
                Node::Text(_)
                | Node::Number(_)
                | Node::Flag(_)
                | Node::Money(_)
                | Node::List(_)
                | Node::Table(_)
                | Node::Week(_) => self.pair(within, key, value),
            }
        }
        // Sections follow the plain keys, because keys after the head of a section belong to the
        // section.
        for (key, keys) in sections {
            let (path, pointer) =
                (format!("{path}.{}", bare(key)), format!("{within}{}", step(key)));
            self.line(format!("[{path}]"), &pointer, Shows::Whole);
            self.keys(&path, &pointer, keys);
        }
    }

    /// Writes a key and its value on one line, or a long list on several.
    fn pair(&mut self, within: &str, key: &str, value: &'n Node) {
        let pointer = format!("{within}{}", step(key));
        match value {
            Node::List(items) if width(key, value) > COLUMNS => self.list(key, items, &pointer),
            Node::Text(_)
            | Node::Number(_)
            | Node::Flag(_)
            | Node::Money(_)
            | Node::List(_)
            | Node::Table(_)
            | Node::Week(_) => {
                let head = format!("{} = ", bare(key));
                let shows = Shows::Value { value, after: head.chars().count() };
                self.line(format!("{head}{}", inline(value)), &pointer, shows);
            }
        }
    }

    /// Writes a list on several lines.
    fn list(&mut self, key: &str, items: &'n [Node], pointer: &str) {
        self.line(format!("{} = [", bare(key)), pointer, Shows::Whole);
        let (mut row, mut first) = (String::new(), 0);
        for (at, item) in items.iter().enumerate() {
            let item = format!(" {},", inline(item));
            if !row.is_empty() && row.chars().count() + item.chars().count() + 3 > COLUMNS {
                self.row(&row, pointer, items.get(first..at).unwrap_or_default(), first);
                (row, first) = (String::new(), at);
            }
            row.push_str(&item);
        }
        self.row(&row, pointer, items.get(first..).unwrap_or_default(), first);
        self.line("]".to_owned(), pointer, Shows::Whole);
    }

    fn row(&mut self, row: &str, pointer: &str, items: &'n [Node], first: usize) {
        const INDENT: usize = 4;
        self.line(format!("   {row}"), pointer, Shows::Items { items, first, after: INDENT });
    }

    fn line(&mut self, text: String, pointer: &str, shows: Shows<'n>) {
        let noun = self.nouns.checked_sub(1);
        self.lines.push(Line { text, noun, pointer: pointer.to_owned(), shows });
    }

    /// Adds a key outside all nouns; call it before the first noun.
    pub(super) fn key(&mut self, key: &str, value: &'n Node) {
        self.pair("", key, value);
    }

    /// Returns the file.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    /// Returns the value at a place of the file.
    pub(super) fn spot(&self, place: Place) -> Spot {
        let index = |count: u32| usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(line) = self.lines.get(index(place.line)) else {
            return Spot { noun: None, pointer: String::new() };
        };
        let column = index(place.column);
        let below = match &line.shows {
            Shows::Whole => String::new(),
            Shows::Value { value, after } => match column.checked_sub(*after) {
                Some(column) => below(value, column),
                None => String::new(),
            },
            Shows::Items { items, first, after } => {
                among(items, *first, column.saturating_sub(*after))
            }
        };
        Spot { noun: line.noun, pointer: format!("{}{below}", line.pointer) }
    }
}

/// Returns the pointer of the value at a column of a one-line value, relative to that value.
fn below(value: &Node, column: usize) -> String {
    const BRACKET: usize = 1;
    match value {
        Node::Text(_) | Node::Number(_) | Node::Flag(_) => String::new(),
        Node::List(items) => match column.checked_sub(BRACKET) {
            Some(column) => among(items, 0, column),
            None => String::new(),
        },
        Node::Table(keys) => in_table(keys, column),
        Node::Week(days) => in_table(&Node::week_keys(days), column),
        Node::Money(money) => in_table(&Node::money_keys(money), column),
    }
}

/// Returns the same as [`below`], for items with commas between them.
fn among(items: &[Node], first: usize, column: usize) -> String {
    const COMMA: usize = 2;
    let mut start = 0;
    for (at, item) in items.iter().enumerate() {
        let end = start + inline(item).chars().count();
        if column < end + COMMA {
            return format!("/{}{}", first + at, below(item, column.saturating_sub(start)));
        }
        start = end + COMMA;
    }
    String::new()
}

/// Returns the same as [`below`], for a table in braces.
fn in_table(keys: &[(String, Node)], column: usize) -> String {
    const BRACE: usize = 2;
    const COMMA: usize = 2;
    let mut start = BRACE;
    for (key, value) in keys {
        let head = format!("{} = ", bare(key)).chars().count();
        let end = start + width(key, value);
        if column < start {
            break;
        }
        if column < end + COMMA {
            let below = column.checked_sub(start + head).map(|column| below(value, column));
            return format!("{}{}", step(key), below.unwrap_or_default());
        }
        start = end + COMMA;
    }
    String::new()
}

/// Returns the number of characters of a key and its value on one line.
fn width(key: &str, value: &Node) -> usize {
    format!("{} = {}", bare(key), inline(value)).chars().count()
}

/// Returns a key as a step of a JSON pointer (RFC 6901 §3).
fn step(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Returns a value on one line.
fn inline(node: &Node) -> String {
    match node {
        Node::Text(text) => quoted(text),
        Node::Number(number) => number.clone(),
        Node::Flag(flag) => flag.to_string(),
        Node::Money(money) => inline(&Node::Table(Node::money_keys(money))),
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

/// Returns a key, quoted if necessary.
fn bare(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(plain) { key.to_owned() } else { quoted(key) }
}

/// Returns a basic string (TOML 1.0 §String).
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
