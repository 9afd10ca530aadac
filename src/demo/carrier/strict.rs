//! Checks every element of a document against its dialect's rules.

use super::account::Kind;
use super::fault::Trap;
use super::rules;
use super::rules::Inner;
use super::rules::Value;
use super::xml::Content;
use super::xml::Element;

/// Longest sentence, in characters (Twilio's limit, used for all).
const SPEECH_MAX: usize = 4096;
/// Longest SIP URI with its headers, in characters.
const SIP_MAX: usize = 1024;
/// Keys that Twilio reads in a URL's fragment.
const OVERRIDES: [&str; 7] = ["ct", "rt", "tt", "rc", "rp", "sni", "e"];

/// Checks an element and everything in it. Calls `found` with each trap and its line.
pub(super) fn check(kind: Kind, node: &Element, found: &mut dyn FnMut(u32, Trap)) {
    let name = &node.name;
    let Some(rule) = rules::rule(kind, name) else { return };
    for (attribute, value) in &node.attributes {
        let (element, attribute) = (name.clone(), attribute.clone());
        let mut known = rule.attributes.iter().copied().flatten();
        match known.find(|known| known.0 == attribute) {
            None => found(node.line, Trap::Attribute { element, attribute }),
            Some(known) => {
                if let Some(wanted) = unfit(kind, known.1, value) {
                    let value = value.clone();
                    found(node.line, Trap::Value { element, attribute, value, wanted });
                }
            }
        }
        if kind == Kind::Telnyx && value.contains("{{") {
            found(node.line, Trap::Mustache(name.clone()));
        }
    }
    match rule.inner {
        Inner::Elements(allowed) => children(kind, node, allowed, found),
        Inner::Nothing | Inner::Speech | Inner::Url | Inner::Phone | Inner::Sip => {
            text(kind, node, rule.inner, found);
        }
    }
}

fn children(kind: Kind, node: &Element, allowed: &[&str], found: &mut dyn FnMut(u32, Trap)) {
    for content in &node.content {
        match content {
            Content::Element(child) => {
                if !allowed.contains(&child.name.as_str()) {
                    let (element, parent) = (child.name.clone(), node.name.clone());
                    found(child.line, Trap::Element { element, parent });
                }
                check(kind, child, found);
            }
            Content::Text { text, .. } if text.trim().is_empty() => {}
            Content::Text { line, .. } => {
                found(*line, Trap::Text { element: node.name.clone(), wanted: "only elements" });
            }
        }
    }
}

/// Checks the text of an element without child elements.
fn text(kind: Kind, node: &Element, inner: Inner, found: &mut dyn FnMut(u32, Trap)) {
    let name = &node.name;
    for child in node.elements() {
        let (element, parent) = (child.name.clone(), name.clone());
        found(child.line, Trap::Element { element, parent });
    }
    let text = node.text();
    let keys_only = name == "Play" && text.is_empty() && node.attribute("digits").is_some();
    let wanted = match inner {
        Inner::Nothing if !text.is_empty() => Some("nothing"),
        Inner::Speech if text.is_empty() => Some("a sentence"),
        Inner::Speech if text.chars().count() > SPEECH_MAX => Some("at most 4096 characters"),
        Inner::Url if !keys_only && !is_url(kind, text) => Some("an absolute http or https URL"),
        Inner::Phone if !is_phone(kind, text) => Some("a number in E.164"),
        Inner::Sip if !is_sip(text) => Some("a SIP URI of at most 1024 characters"),
        Inner::Nothing
        | Inner::Speech
        | Inner::Url
        | Inner::Phone
        | Inner::Sip
        | Inner::Elements(_) => None,
    };
    if let Some(wanted) = wanted {
        found(node.line, Trap::Text { element: name.clone(), wanted });
    }
    if kind == Kind::Telnyx && text.contains("{{") {
        found(node.line, Trap::Mustache(name.clone()));
    }
}

/// Returns the allowed values of an attribute if `value` is not one of them.
fn unfit(kind: Kind, takes: Value, value: &str) -> Option<String> {
    let key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    let (fits, wanted) = match takes {
        Value::Free => (true, String::new()),
        Value::Url => (is_url(kind, value), "an absolute http or https URL".to_owned()),
        Value::Method => (matches!(value, "GET" | "POST"), "GET or POST".to_owned()),
        Value::Whole(least, most) => {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let fits = digits && value.parse::<u64>().is_ok_and(|n| (least..=most).contains(&n));
            (fits, format!("a whole number from {least} to {most}"))
        }
        Value::Bool => (matches!(value, "true" | "false"), "true or false".to_owned()),
        Value::OneOf(list) => (list.contains(&value), format!("one of {}", list.join(", "))),
        Value::Words(list) => {
            let fits = !value.is_empty() && value.split(' ').all(|word| list.contains(&word));
            (fits, format!("some of {}", list.join(", ")))
        }
        Value::Keys => {
            let none = kind == Kind::Plivo && value == "none";
            (none || value.chars().all(key), "keys of a phone".to_owned())
        }
        Value::Phone => (is_phone(kind, value), "a number in E.164".to_owned()),
    };
    (!fits).then_some(wanted)
}

/// Returns whether a text is an absolute http or https URL in visible ASCII. Only Twilio reads a
/// fragment, and only overrides in it.
fn is_url(kind: Kind, text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let (rest, fragment) = match rest.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (rest, None),
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let overrides = fragment.is_none_or(|fragment| {
        let known = |pair: &str| {
            pair.split_once('=')
                .is_some_and(|(name, value)| OVERRIDES.contains(&name) && !value.is_empty())
        };
        kind == Kind::Twilio && fragment.split('&').all(known)
    });
    !host.is_empty() && overrides && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns whether a text is an E.164 number; Plivo writes it without the plus and accepts both.
fn is_phone(kind: Kind, text: &str) -> bool {
    let digits = match (kind, text.strip_prefix('+')) {
        (_, Some(digits)) => digits,
        (Kind::Plivo, None) => text,
        (Kind::Twilio | Kind::Telnyx | Kind::SignalWire, None) => return false,
    };
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

fn is_sip(text: &str) -> bool {
    let rest = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:"));
    let host = rest.map(|rest| rest.rsplit('@').next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty())
        && text.len() <= SIP_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}
