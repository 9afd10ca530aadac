//! Reads a request to a buyer: `{ method, format, root, headers, auth, fields, body, response }`.

use std::collections::BTreeSet;

use crate::base::Method;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::base::tree::TreeBounds;
use crate::base::tree::from_xml;
use crate::book::BodyFormat;
use crate::book::DeliveryBody;
use crate::book::Exchange;
use crate::book::LeadToken;
use crate::book::ResponseRule;
use crate::book::RingbaBody;
use crate::book::SentField;
use crate::book::SentPath;
use crate::book::Spot;
use crate::book::Template;
use crate::book::XmlRoot;
use crate::book::is_xml_name;
use crate::book::sent_conflict;

use super::auth;
use super::context::Context;
use super::headers;
use super::response_rule;
use super::template;
use super::url;

/// Keys of a request, beside that of its URL.
pub(super) const KEYS: &[&str] =
    &["method", "format", "root", "headers", "auth", "fields", "body", "response"];
const FIELD_KEYS: &[&str] = &["value", "words", "default"];
const FORMATS: &[(&str, BodyFormat)] = &[
    (BodyFormat::Json.name(), BodyFormat::Json),
    (BodyFormat::Form.name(), BodyFormat::Form),
    (BodyFormat::Xml.name(), BodyFormat::Xml),
];

/// Most values that are sent.
const FIELDS_MAX: usize = 100;
/// Longest template or word of one value, in bytes.
const VALUE_BYTES_MAX: usize = 1_024;
/// Most words of one value.
const WORDS_MAX: usize = 100;
/// Longest body, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1_024;

/// What is sent if nothing is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// All fields.
    All,
    /// The fields that tell of no person.
    Partial,
    /// What Ringba's bidders take of a call.
    Ringba(RingbaBody),
    /// Nothing.
    Nothing,
}

impl Unlisted {
    fn body(self, format: BodyFormat, root: XmlRoot) -> DeliveryBody {
        match self {
            Unlisted::All => DeliveryBody::All(format, root),
            Unlisted::Partial => DeliveryBody::Partial(format, root),
            Unlisted::Ringba(says) => DeliveryBody::Ringba(format, root, says),
            Unlisted::Nothing => DeliveryBody::Fields(format, root, Vec::new()),
        }
    }
}

/// Reads a request without keys of its own.
pub(super) fn plain<'d>(
    url: &Value<'d>,
    unlisted: Unlisted,
    cx: &mut Context<'d, '_>,
) -> Option<Exchange> {
    let body = unlisted.body(BodyFormat::default(), XmlRoot::default());
    Some(Exchange {
        url: address(url, cx)?,
        method: Method::default(),
        headers: Vec::new(),
        auth: None,
        body,
        response: ResponseRule::default(),
    })
}

/// Reads a request whose URL stands under a key.
pub(super) fn read<'d>(
    table: &Table<'d>,
    url: &str,
    unlisted: Unlisted,
    cx: &mut Context<'d, '_>,
) -> Option<Exchange> {
    let url = table.needed(url, &mut cx.report).and_then(|url| address(&url, cx));
    let report = &mut cx.report;
    let method = match table.value("method") {
        Some(name) => name.choice(Method::ALL, &[], report),
        None => Some(Method::default()),
    };
    let headers = match table.value("headers") {
        Some(value) => headers::read(&value, report, |value, report| {
            template::of_lead(value, Spot::Header, report)
        }),
        None => Some(Vec::new()),
    };
    let auth = match table.value("auth") {
        Some(value) => auth::read(&value, table, cx).map(Some),
        None => Some(None),
    };
    let body = body(table, method, unlisted, &mut cx.report);
    let response = response_rule::read(table, cx);
    Some(Exchange {
        url: url?,
        method: method?,
        headers: headers?,
        auth: auth?,
        body: body?,
        response: response?,
    })
}

fn address<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Template<LeadToken>> {
    url::read(value, cx.beside.reach, &mut cx.report)?;
    template::of_lead(value, Spot::Url, &mut cx.report)
}

fn body(
    table: &Table<'_>,
    method: Option<Method>,
    unlisted: Unlisted,
    report: &mut Report<'_>,
) -> Option<DeliveryBody> {
    let format = match table.value("format") {
        Some(name) => name.choice(FORMATS, &[], report)?,
        None if method == Some(Method::Get) => BodyFormat::Form,
        None => BodyFormat::default(),
    };
    if let Some(name) = table.value("format")
        && method == Some(Method::Get)
        && format != BodyFormat::Form
    {
        report.error(name.at(), "a GET sends its fields in the query", "remove `format`");
        return None;
    }
    let root = match table.value("root") {
        Some(value) => root(&value, format, report)?,
        None => XmlRoot::default(),
    };
    match (table.value("fields"), table.value("body")) {
        (Some(fields), None) => {
            let fields = sent_fields(&fields, format, report)?;
            Some(DeliveryBody::Fields(format, root, fields))
        }
        (None, Some(text)) if method == Some(Method::Get) => {
            report.error(text.key_at(), "`body` of a GET", "use POST, or put it into `post`");
            None
        }
        (None, Some(text)) => body_text(&text, format, report),
        (Some(_), Some(text)) => {
            report.error(text.key_at(), "`body` beside `fields`", "remove one of them");
            None
        }
        (None, None) => Some(unlisted.body(format, root)),
    }
}

fn root(value: &Value<'_>, format: BodyFormat, report: &mut Report<'_>) -> Option<XmlRoot> {
    let text = value.words(VALUE_BYTES_MAX, report)?;
    if format != BodyFormat::Xml {
        report.error(value.key_at(), "`root` without `format = \"xml\"`", "remove it");
        return None;
    }
    if !is_xml_name(text) {
        let message = format!("`{}` is not the name of an XML element", clip(text));
        report.error(value.at(), message, "");
        return None;
    }
    Some(XmlRoot(text.to_owned()))
}

fn body_text(
    value: &Value<'_>,
    format: BodyFormat,
    report: &mut Report<'_>,
) -> Option<DeliveryBody> {
    /// A body is within these bounds, because each value takes some bytes of it.
    const BOUNDS: TreeBounds = TreeBounds { depth: 32, values: BODY_BYTES_MAX };
    value.words(BODY_BYTES_MAX, report)?;
    let template = template::of_lead(value, format.spot(), report)?;
    if format == BodyFormat::Xml
        && let Err(fault) = from_xml(&template.fill(|_| None), BOUNDS)
    {
        report.error(value.at(), format!("`body` is not XML: {fault}"), "");
        return None;
    }
    Some(DeliveryBody::Text(format, template))
}

fn sent_fields(
    value: &Value<'_>,
    format: BodyFormat,
    report: &mut Report<'_>,
) -> Option<Vec<SentField>> {
    let table = value.table(report)?;
    let given: Vec<Value<'_>> = table.values().collect();
    if given.is_empty() {
        let hint = "remove it to send all fields by their own names";
        report.error(value.at(), "`fields` is empty: nothing is sent", hint);
        return None;
    }
    if given.len() > FIELDS_MAX {
        report.error(value.at(), format!("`fields` has over {FIELDS_MAX} items"), "");
        return None;
    }
    let mut read = Vec::new();
    for field in &given {
        read.push(sent_field(field, format, report));
    }
    let fields = read.into_iter().collect::<Option<Vec<_>>>()?;
    let paths: Vec<SentPath> = fields.iter().map(|field| field.name.clone()).collect();
    if let Some((path, fault)) = sent_conflict(&paths) {
        let name = path.to_string();
        let at = given.iter().find(|field| field.key() == name).map_or(value.at(), Value::key_at);
        report.error(at, format!("`{name}` cannot be sent: {fault}"), "");
        return None;
    }
    Some(fields)
}

fn sent_field(field: &Value<'_>, format: BodyFormat, report: &mut Report<'_>) -> Option<SentField> {
    let name = match SentPath::parse(field.key(), format) {
        Ok(name) => Some(name),
        Err(why) => {
            let message = format!("`{}` cannot be the name of a value: {why}", clip(field.key()));
            report.error(field.key_at(), message, "");
            None
        }
    };
    if field.as_text().is_some() {
        let value = sent_value(field, report);
        return Some(SentField { name: name?, value: value?, words: Vec::new(), default: None });
    }
    let table = field.table(report)?;
    table.check_keys(FIELD_KEYS, &[], report);
    let value = table.needed("value", report).and_then(|value| sent_value(&value, report));
    let words = match table.value("words") {
        Some(value) => words(&value, report),
        None => Some(Vec::new()),
    };
    let default = match table.value("default") {
        Some(value) => literal(&value, report).map(Some),
        None => Some(None),
    };
    Some(SentField { name: name?, value: value?, words: words?, default: default? })
}

/// Reads a value. It is plain text, because the whole body is built and escaped at once.
fn sent_value(value: &Value<'_>, report: &mut Report<'_>) -> Option<Template<LeadToken>> {
    literal(value, report)?;
    template::of_lead(value, Spot::Text, report)
}

fn literal(value: &Value<'_>, report: &mut Report<'_>) -> Option<String> {
    let text = value.text(report)?;
    if text.len() > VALUE_BYTES_MAX {
        report.error(value.at(), format!("`{}` is over {VALUE_BYTES_MAX} bytes", value.key()), "");
        return None;
    }
    Some(text.to_owned())
}

fn words(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<(String, String)>> {
    let table = value.table(report)?;
    let given: Vec<Value<'_>> = table.values().collect();
    if given.is_empty() || given.len() > WORDS_MAX {
        report.error(value.at(), format!("`words` has from 1 to {WORDS_MAX} items"), "");
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for word in &given {
        if !seen.insert(word.key().to_lowercase()) {
            let message = format!("`{}` is listed twice: case does not matter", clip(word.key()));
            report.error(word.key_at(), message, "");
            return None;
        }
        read.push(literal(word, report).map(|text| (word.key().to_owned(), text)));
    }
    read.into_iter().collect()
}
