//! `<Lookup>`: queries a web server about the caller.

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

/// Default timeout of the answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum timeout that a flow may set.
const TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// Maximum number of fields that one answer fills.
const SETS_MAX: usize = 20;
/// Maximum length of a URL as written, in bytes.
const URL_BYTES_MAX: usize = 1_000;
/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["url", "timeout"];
/// Children of the verb.
pub(crate) const CHILDREN: &[&str] = &["Field", "Failed"];
/// Attributes of `<Field>`.
pub(crate) const FIELD_ATTRIBUTES: &[&str] = &["name", "pointer"];

/// Queries a web server for JSON, stores parts of the answer as fields, then continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// `https` URL, which may have variables after its host.
    pub url: Text,
    /// Timeout of the answer.
    pub timeout: Duration,
    /// Pointers into the answer, and the fields that they fill.
    pub sets: Vec<(Pointer, FieldName)>,
    /// Step without an answer; the verb below when absent.
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
    // A host with a variable would let callers choose the server.
    let fixed = !host.is_empty() && !host.contains(['{', '}', '@']);
    if !fixed || url.len() > URL_BYTES_MAX || !url.bytes().all(|b| b.is_ascii_graphic()) {
        reader.bad_value(attribute, "an https URL, with variables behind its host only");
        return None;
    }
    Text::read(url, attribute.range().start, reader)
}

/// Returns the values at the pointers: text, numbers and booleans, the first [200
/// bytes](crate::flow::text::VALUE_BYTES_MAX) of each. Omits missing values, lists, objects and
/// null. Returns `None` when the answer is not JSON.
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

/// Returns the first bytes of a value, up to a whole character.
fn cut(mut value: String) -> String {
    let end = value.floor_char_boundary(VALUE_BYTES_MAX);
    value.truncate(end);
    value
}
