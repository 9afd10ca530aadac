//! `<Lookup>`: asks a web server about the caller.

use std::collections::VecDeque;
use std::time::Duration;

use roxmltree::Node;
use serde_json::Value;

use crate::base::FieldName;
use crate::flow::Facts;
use crate::flow::Goto;
use crate::flow::Output;
use crate::flow::Text;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

use super::branch;
use super::pointer::Pointer;
use crate::flow::text::VALUE_BYTES_MAX;

/// How long the caller waits for the answer, when the flow does not say.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The longest time that a flow may let the caller wait.
const TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// Most fields that one answer fills.
const SETS_MAX: usize = 20;
/// Longest URL as written, in bytes.
const URL_BYTES_MAX: usize = 1_000;
/// What it may carry.
pub(crate) const ATTRIBUTES: &[&str] = &["url", "timeout"];
/// What it may hold.
pub(crate) const CHILDREN: &[&str] = &["Field", "Failed"];
/// What a `<Field>` may carry.
pub(crate) const FIELD_ATTRIBUTES: &[&str] = &["name", "pointer"];

/// Asks a web server for JSON and keeps parts of the answer as fields, then goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The `https` URL, which may have variables behind its host.
    pub url: Text,
    /// How long the caller waits.
    pub timeout: Duration,
    /// What is taken from the answer.
    pub sets: Vec<(Pointer, FieldName)>,
    /// Where the call goes without an answer; on below when there is none.
    pub failed: Option<Goto>,
}

impl Lookup {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Lookup> {
        reader.attributes(node, ATTRIBUTES);
        let mut branches = std::collections::BTreeMap::new();
        let mut sets = Vec::new();
        for child in reader.children(node, CHILDREN) {
            if child.has_tag_name("Failed") {
                branch::read(child, Some(()), &mut branches, reader);
            } else if sets.len() >= SETS_MAX {
                let message = format!("more than {SETS_MAX} fields");
                reader.error(Fault::new(child.range().start, message));
                break;
            } else {
                sets.extend(read_field(child, reader));
            }
        }
        if sets.is_empty() && !node.children().any(|child| child.has_tag_name("Field")) {
            let fault = Fault::new(node.range().start, "<Lookup> keeps nothing of the answer");
            reader.error(fault.hint("add <Field name=\"zip\" pointer=\"/person/zip\"/>"));
        }
        let timeout = reader.seconds(node, "timeout").unwrap_or(TIMEOUT);
        if let Some(long) = node.attribute_node("timeout").filter(|_| timeout > TIMEOUT_MAX) {
            reader.bad_value(long, "at most 5 seconds: the caller waits in silence");
        }
        let url = read_url(node, reader)?;
        Some(Lookup { url, timeout, sets, failed: branches.remove(&()) })
    }

    pub(crate) fn begin(&self, facts: &Facts<'_>, out: &mut VecDeque<Output>) -> Turn {
        let url = self.url.filled_for_url(facts.fields);
        out.push_back(Output::Lookup { url, timeout: self.timeout, sets: self.sets.clone() });
        Turn::Wait(Await::LookedUp)
    }
}

fn read_field(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<(Pointer, FieldName)> {
    reader.attributes(node, FIELD_ATTRIBUTES);
    reader.children(node, &[]);
    let name = reader.required(node, "name");
    let name = reader.parsed(name);
    let pointer = reader.required(node, "pointer");
    Some((reader.parsed(pointer)?, name?))
}

fn read_url(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Text> {
    let attribute = reader.required(node, "url")?;
    let url = attribute.value();
    let host = url.strip_prefix("https://").unwrap_or_default();
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    // A host that a caller's answer decides would let callers choose whom we ask.
    let fixed = !host.is_empty() && !host.contains(['{', '}', '@']);
    if !fixed || url.len() > URL_BYTES_MAX || !url.bytes().all(|b| b.is_ascii_graphic()) {
        reader.bad_value(attribute, "an https URL, with variables behind its host only");
        return None;
    }
    Text::read(url, attribute.range().start, reader)
}

/// What an answer has at the pointers: text, numbers and truth values, the first
/// [200 bytes](crate::flow::text::VALUE_BYTES_MAX) of each. What is not there, and what is a list, an object
/// or null, is left out. `None` when the answer is not JSON.
pub fn found(answer: &[u8], sets: &[(Pointer, FieldName)]) -> Option<Vec<(FieldName, String)>> {
    let document: Value = serde_json::from_slice(answer).ok()?;
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let one = |(pointer, field): &(Pointer, FieldName)| {
        let value = text(document.pointer(pointer.as_str())?)?;
        Some((field.clone(), cut(value)))
    };
    Some(sets.iter().filter_map(one).collect())
}

/// The first bytes of a value, up to a whole character.
fn cut(mut value: String) -> String {
    let end = value.floor_char_boundary(VALUE_BYTES_MAX);
    value.truncate(end);
    value
}
