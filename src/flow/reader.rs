//! Reads elements: attributes of every kind, children, text. Records each fault with its place.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use roxmltree::Attribute;
use roxmltree::Node;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::suggest;

use super::Goto;
use super::Speak;
use super::white_space::collapse;

/// Maximum number of faults that are reported for one file.
const FAULTS_MAX: usize = 100;
/// Maximum length of a file excerpt in a message, in characters.
const EXCERPT_CHARS_MAX: usize = 40;
/// Maximum time that an attribute may give, in milliseconds.
const MILLIS_MAX: u64 = 60_000;

/// A fault at an offset in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Offset in the text, in bytes.
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Fault {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), hint: String::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn error(self, file: &str, text: &str) -> Diagnostic {
        let place = Place::of(text, self.offset);
        Diagnostic::error(file, place, self.message).hint(self.hint)
    }
}

/// Whether every reference in the flow could be read. Otherwise the paths are not checked: a step
/// may seem unreachable because the verb that leads to it has a typing error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    All,
    SomeLost,
}

/// The state of reading one file.
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    faults: Vec<Diagnostic>,
    steps: HashMap<String, usize>,
    /// Default language of sentences.
    pub(crate) language: String,
    pub(crate) ways: Ways,
    /// Fields that texts may name, and how their values are spoken.
    pub(crate) spoken_fields: BTreeMap<String, Speak>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let language = String::from("en-US");
        let (faults, steps) = (Vec::new(), HashMap::new());
        // The caller's number is known before any question.
        let spoken_fields = BTreeMap::from([(String::from("phone"), Speak::Phone)]);
        Self { file, text, faults, steps, language, ways: Ways::All, spoken_fields }
    }

    pub(crate) fn into_faults(self) -> Vec<Diagnostic> {
        self.faults
    }

    /// Declares a step's id. Returns the index of the earlier step when the id is taken.
    pub(crate) fn declare(&mut self, id: &str, index: usize) -> Option<usize> {
        if let Some(earlier) = self.steps.get(id) {
            return Some(*earlier);
        }
        self.steps.insert(id.to_owned(), index)
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        Place::of(self.text, offset)
    }

    pub(crate) fn error(&mut self, fault: Fault) {
        // Finding a place scans the file, so skip it for faults that are not reported.
        if self.faults.len() > FAULTS_MAX {
            return;
        }
        let fault = fault.error(self.file, self.text);
        self.note(fault);
    }

    pub(crate) fn warning(&mut self, place: Place, message: String, hint: &str) {
        self.note(Diagnostic::warning(self.file, place, message).hint(hint));
    }

    pub(crate) fn error_at(&mut self, place: Place, message: String, hint: &str) {
        self.note(Diagnostic::error(self.file, place, message).hint(hint));
    }

    fn note(&mut self, fault: Diagnostic) {
        match self.faults.len() {
            FAULTS_MAX => {
                let more = "more faults are not shown";
                self.faults.push(Diagnostic::error(self.file, fault.place, more));
            }
            count if count < FAULTS_MAX => self.faults.push(fault),
            _enough => {}
        }
    }

    /// Reports the attributes that are not in `known`. Skips other namespaces (a schema location,
    /// say).
    pub(crate) fn attributes(&mut self, node: Node<'_, '_>, known: &[&str]) {
        for attribute in node.attributes().filter(|a| a.namespace().is_none()) {
            let name = attribute.name();
            if !known.contains(&name) {
                let element = node.tag_name().name();
                let message =
                    format!("<{}> has no attribute `{}`", excerpt(element), excerpt(name));
                let hint = meant(name, known);
                self.error(Fault::new(attribute.range().start, message).hint(hint));
            }
        }
    }

    /// Returns the child elements, which must be in `known`; reports other elements and stray text.
    pub(crate) fn children<'d, 'i>(
        &mut self,
        node: Node<'d, 'i>,
        known: &[&str],
    ) -> Vec<Node<'d, 'i>> {
        let mut children = Vec::new();
        for child in node.children() {
            if child.is_element() {
                if self.knows(node, child, known) {
                    children.push(child);
                }
            } else if let Some(stray) = child.text().filter(|_| child.is_text()).map(str::trim)
                && !stray.is_empty()
            {
                let indent = child.text().map_or(0, |text| text.len() - text.trim_start().len());
                let message = format!("text outside a verb: `{}`", excerpt(stray));
                let fault = Fault::new(child.range().start + indent, message);
                self.error(fault.hint("put it into <Say>"));
            }
        }
        children
    }

    fn knows(&mut self, node: Node<'_, '_>, child: Node<'_, '_>, known: &[&str]) -> bool {
        let name = child.tag_name().name();
        let ours = child.tag_name().namespace() == node.tag_name().namespace();
        if ours && known.contains(&name) {
            return true;
        }
        self.ways = Ways::SomeLost;
        let (name, within) = (excerpt(name), excerpt(node.tag_name().name()));
        let message = match known {
            [] => format!("<{within}> holds no other element, and here is <{name}>"),
            [..] => format!("<{within}> cannot hold <{name}>"),
        };
        let hint = if ours { meant(&name, known) } else { "it has another namespace".to_owned() };
        self.error(Fault::new(child.range().start, message).hint(hint));
        false
    }

    /// Returns the text of an element with white space collapsed; reports child elements.
    pub(crate) fn sentence(&mut self, node: Node<'_, '_>) -> String {
        let mut text = String::new();
        for child in node.children() {
            if child.is_element() {
                self.knows(node, child, &[]);
            } else if child.is_text() {
                text.push_str(child.text().unwrap_or_default());
            }
        }
        collapse(&text)
    }

    /// Returns a required attribute.
    pub(crate) fn required<'d, 'i>(
        &mut self,
        node: Node<'d, 'i>,
        name: &str,
    ) -> Option<Attribute<'d, 'i>> {
        let attribute = node.attribute_node(name);
        if attribute.is_none() {
            let element = node.tag_name().name();
            let message = format!("<{}> needs the attribute `{name}`", excerpt(element));
            self.error(Fault::new(node.range().start, message));
        }
        attribute
    }

    /// Parses an attribute of a type such as an id or a field's name.
    pub(crate) fn parsed<T>(&mut self, attribute: Option<Attribute<'_, '_>>) -> Option<T>
    where
        T: FromStr,
        T::Err: ToString,
    {
        let attribute = attribute?;
        match attribute.value().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault_in(attribute, T::Err::to_string(&error), "");
                None
            }
        }
    }

    /// Returns a whole number within a range.
    pub(crate) fn number(
        &mut self,
        node: Node<'_, '_>,
        name: &str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let attribute = node.attribute_node(name)?;
        let digits = attribute.value().bytes().all(|b| b.is_ascii_digit());
        let value = attribute.value().parse().ok().filter(|n| digits && range.contains(n));
        if value.is_none() {
            let hint = format!("a whole number from {} to {}", range.start(), range.end());
            self.bad_value(attribute, &hint);
        }
        value
    }

    /// Returns a time in seconds, with at most three decimals, above 0 and at most 60 s.
    pub(crate) fn seconds(&mut self, node: Node<'_, '_>, name: &str) -> Option<Duration> {
        let attribute = node.attribute_node(name)?;
        let time = millis(attribute.value()).filter(|n| (1..=MILLIS_MAX).contains(n));
        if time.is_none() {
            self.bad_value(attribute, "seconds, more than 0 and at most 60, like 5 or 2.5");
        }
        time.map(Duration::from_millis)
    }

    /// Returns `true` or `false`.
    pub(crate) fn boolean(&mut self, node: Node<'_, '_>, name: &str) -> Option<bool> {
        let attribute = node.attribute_node(name)?;
        match attribute.value() {
            "true" => Some(true),
            "false" => Some(false),
            _other => {
                self.bad_value(attribute, "true or false");
                None
            }
        }
    }

    /// Returns the step that an optional attribute names.
    pub(crate) fn goto(&mut self, node: Node<'_, '_>, name: &str) -> Option<Goto> {
        let attribute = node.attribute_node(name)?;
        let id = attribute.value();
        let step = self.steps.get(id).copied();
        if step.is_none() {
            self.ways = Ways::SomeLost;
            let mut ids: Vec<&str> = self.steps.keys().map(String::as_str).collect();
            ids.sort_unstable();
            let hint = meant(id, &ids);
            self.fault_in(attribute, format!("there is no step `{}`", excerpt(id)), &hint);
        }
        step.map(Goto)
    }

    /// Returns the step that a required attribute names.
    pub(crate) fn required_goto(&mut self, node: Node<'_, '_>, name: &str) -> Option<Goto> {
        if self.required(node, name).is_none() {
            self.ways = Ways::SomeLost;
        }
        self.goto(node, name)
    }

    /// Returns an optional language tag.
    pub(crate) fn language_of(&mut self, node: Node<'_, '_>) -> Option<String> {
        let attribute = node.attribute_node("language")?;
        if is_language(attribute.value()) {
            return Some(attribute.value().to_owned());
        }
        self.bad_value(attribute, "a language tag like en-US or es");
        None
    }

    /// Reports an invalid attribute value.
    pub(crate) fn bad_value(&mut self, attribute: Attribute<'_, '_>, wanted: &str) {
        let (name, value) = (attribute.name(), excerpt(attribute.value()));
        self.fault_in(attribute, format!("invalid value `{value}` for `{name}`"), wanted);
    }

    /// Reports a fault at an attribute.
    pub(crate) fn fault_in(&mut self, at: Attribute<'_, '_>, message: String, hint: &str) {
        self.error(Fault::new(at.range().start, message).hint(hint));
    }
}

/// Returns the start of a text, for messages.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(EXCERPT_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Returns the hint for an unknown name.
fn meant(wrong: &str, known: &[&str]) -> String {
    match suggest(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => String::from("remove it"),
        None => format!("known: {}", excerpt_list(known)),
    }
}

fn excerpt_list(known: &[&str]) -> String {
    const SHOWN_MAX: usize = 12;
    let names: Vec<String> = known.iter().take(SHOWN_MAX).map(|name| excerpt(name)).collect();
    let more = if known.len() > SHOWN_MAX { ", …" } else { "" };
    names.join(", ") + more
}

fn millis(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |s: &str, most: usize| {
        (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
    };
    if !plain(whole, 3) || !plain(part, 3) {
        return None;
    }
    let part = format!("{part:0<3}").parse::<u64>().ok()?;
    Some(whole.parse::<u64>().ok()? * 1_000 + part)
}

/// Returns whether a tag has the shape of BCP 47: a language of 2 or 3 letters, then subtags.
fn is_language(tag: &str) -> bool {
    const TAG_BYTES_MAX: usize = 35;
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tag.len() <= TAG_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_exactly() {
        for (text, want) in [
            ("5", Some(5_000)),
            ("0.5", Some(500)),
            ("2.05", Some(2_050)),
            ("12.345", Some(12_345)),
            ("", None),
            (".5", None),
            ("5.", None),
            ("-1", None),
            ("1e3", None),
            ("1.2345", None),
            ("9999", None),
        ] {
            assert_eq!(millis(text), want, "{text}");
        }
    }

    #[test]
    fn languages_have_a_shape() {
        for (tag, good) in [
            ("en", true),
            ("en-US", true),
            ("zh-Hant-TW", true),
            ("es-419", true),
            ("english", false),
            ("en_US", false),
            ("", false),
            ("en-", false),
        ] {
            assert_eq!(is_language(tag), good, "{tag}");
        }
    }
}
