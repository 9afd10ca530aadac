//! Holds every element of a document against its dialect's rules.

use roxmltree::Node;

use super::account::Kind;
use super::fault::Trap;
use super::rules;
use super::rules::Inner;
use super::rules::Value;

/// Longest sentence, in characters (Twilio's figure, taken for all).
const SPEECH_MAX: usize = 4096;
/// Longest SIP URI with its headers, in characters.
const SIP_MAX: usize = 1024;
/// What Twilio reads in a URL's fragment.
const OVERRIDES: [&str; 7] = ["ct", "rt", "tt", "rc", "rp", "sni", "e"];

/// Walks the tree below `Response` and tells every trap.
pub(super) fn check<'a, 'd>(
    kind: Kind,
    root: Node<'a, 'd>,
    tell: &mut dyn FnMut(Node<'a, 'd>, Trap),
) {
    element(kind, root, tell);
}

fn element<'a, 'd>(kind: Kind, node: Node<'a, 'd>, tell: &mut dyn FnMut(Node<'a, 'd>, Trap)) {
    let name = node.tag_name().name();
    let Some(rule) = rules::rule(kind, name) else { return };
    for attribute in node.attributes() {
        let known = rule.attributes.iter().copied().flatten();
        let found = known.into_iter().find(|known| known.0 == attribute.name());
        let value = attribute.value();
        match found {
            None => tell(
                node,
                Trap::Attribute {
                    element: name.to_owned(),
                    attribute: attribute.name().to_owned(),
                },
            ),
            Some(known) => {
                if let Some(wanted) = unfit(kind, known.1, value) {
                    tell(
                        node,
                        Trap::Value {
                            element: name.to_owned(),
                            attribute: attribute.name().to_owned(),
                            value: value.to_owned(),
                            wanted,
                        },
                    );
                }
            }
        }
        if kind == Kind::Telnyx && value.contains("{{") {
            tell(node, Trap::Mustache(name.to_owned()));
        }
    }
    match rule.inner {
        Inner::Elements(allowed) => children(kind, node, allowed, tell),
        Inner::Nothing | Inner::Speech | Inner::Url | Inner::Phone | Inner::Sip => {
            text(kind, node, rule.inner, tell);
        }
    }
}

fn children<'a, 'd>(
    kind: Kind,
    node: Node<'a, 'd>,
    allowed: &[&str],
    tell: &mut dyn FnMut(Node<'a, 'd>, Trap),
) {
    let parent = node.tag_name().name();
    for child in node.children() {
        if child.is_element() {
            let name = child.tag_name().name();
            if !allowed.contains(&name) {
                let element = name.to_owned();
                tell(child, Trap::Element { element, parent: parent.to_owned() });
            }
            element(kind, child, tell);
        } else if child.is_text() && !child.text().unwrap_or_default().trim().is_empty() {
            let element = parent.to_owned();
            tell(child, Trap::Text { element, wanted: "only elements" });
        }
    }
}

/// The text of an element that holds no others.
fn text<'a, 'd>(
    kind: Kind,
    node: Node<'a, 'd>,
    inner: Inner,
    tell: &mut dyn FnMut(Node<'a, 'd>, Trap),
) {
    let name = node.tag_name().name();
    for child in node.children().filter(Node::is_element) {
        let element = child.tag_name().name().to_owned();
        tell(child, Trap::Element { element, parent: name.to_owned() });
    }
    let text = node.text().unwrap_or_default().trim();
    let keys_only = name == "Play" && text.is_empty() && node.has_attribute("digits");
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
        tell(node, Trap::Text { element: name.to_owned(), wanted });
    }
    if kind == Kind::Telnyx && text.contains("{{") {
        tell(node, Trap::Mustache(name.to_owned()));
    }
}

/// What an attribute takes, when it does not take `value`.
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

/// An absolute URL of http or https, of visible ASCII. Only Twilio reads a fragment, and only
/// overrides in it.
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

/// E.164; Plivo writes it without the plus, and takes both.
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
