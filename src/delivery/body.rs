//! What is sent: values under the buyer's names, as a query, a form, JSON, or XML.

use form_urlencoded::Serializer;

use crate::base::tree::Tree;
use crate::base::tree::to_json;
use crate::base::tree::to_xml;
use crate::book::BodyFormat;
use crate::book::CallerId;
use crate::book::DeliveryBody;
use crate::book::FieldForm;
use crate::book::LeadToken;
use crate::book::LeadValue;
use crate::book::RingbaBody;
use crate::book::SentField;
use crate::book::SentStep;
use crate::book::SipOk;
use crate::book::Vocabulary as _;
use crate::book::XmlRoot;
use crate::book::is_personal;
use crate::book::is_private;

use super::Lead;
use super::form::formed;

/// Fewest digits of a phone number whose hash is sent.
const PHONE_DIGITS_MIN: usize = 7;
/// Shortest value of a person that is looked for in other fields, in bytes: shorter ones are in any
/// text.
const SHARED_BYTES_MIN: usize = 5;

/// Returns the body of a request; `known` gives the values of tokens.
pub(super) fn body(
    body: &DeliveryBody,
    lead: &Lead<'_>,
    known: &dyn Fn(&LeadToken) -> Option<String>,
) -> String {
    match body {
        DeliveryBody::Text(_, text) => text.fill(known),
        DeliveryBody::All(format, root) => written(*format, root, &all(lead)),
        DeliveryBody::Partial(format, root) => written(*format, root, &partial(lead)),
        DeliveryBody::Ringba(format, root, says) => written(*format, root, &ringba(lead, *says)),
        DeliveryBody::Fields(format, root, fields) => {
            let values = fields
                .iter()
                .filter_map(|field| Some((field.name.steps().to_vec(), sent(field, known)?)));
            written(*format, root, &values.collect::<Vec<_>>())
        }
    }
}

/// Returns the fields that the lead came with, without those that were derived from them, and the
/// buyer's id of its bid.
fn all(lead: &Lead<'_>) -> Vec<(Vec<SentStep>, Tree)> {
    let ping_id = lead.ping_id.map(|id| named(LeadValue::PingId.name(), id.to_owned()));
    own(lead).map(|(name, value)| named(name, value.to_owned())).chain(ping_id).collect()
}

/// Returns the fields that the lead came with and that tell of no person, and hashes of those by
/// which the contract recognizes one again.
fn partial(lead: &Lead<'_>) -> Vec<(Vec<SentStep>, Tree)> {
    let values: Vec<String> = own(lead)
        .filter(|(name, _)| is_personal(name))
        .map(|(_, value)| value.trim().to_lowercase())
        .filter(|value| value.len() >= SHARED_BYTES_MIN)
        .collect();
    // A name in a text that was meant for something else.
    let repeats = |text: &str| {
        let text = text.to_lowercase();
        values.iter().any(|value| text.contains(value.as_str()))
    };
    let open = own(lead).filter(|(name, value)| !is_private(name, value) && !repeats(value));
    let open = open.map(|(name, value)| named(name, value.to_owned()));
    let hashed = lead.hashed.iter().filter_map(|name| {
        let value = lead.fields.value(name.as_str()).filter(|value| !value.is_empty())?;
        let form = match own_kind(name.as_str(), value)? {
            Kind::Phone => FieldForm::National,
            Kind::Mail => FieldForm::Lower,
        };
        let hash = formed(formed(value.to_owned(), form)?, FieldForm::Sha256)?;
        Some(named(&format!("{name}_{}", FieldForm::Sha256.name()), hash))
    });
    open.chain(hashed).collect()
}

/// Returns what Ringba's bidders take of a call: its own tags, and the call's other fields that tell
/// of no person.
fn ringba(lead: &Lead<'_>, says: RingbaBody) -> Vec<(Vec<SentStep>, Tree)> {
    let value = |name: &str| lead.fields.value(name).filter(|value| !value.is_empty());
    let yes = || Some("yes".to_owned());
    let caller = match says.caller_id {
        CallerId::Exposed => value("phone").and_then(|it| formed(it.to_owned(), FieldForm::Digits)),
        CallerId::Hidden => None,
    };
    let own = [
        ("exposeCallerId", caller.as_ref().and_then(|_| yes())),
        ("CID", caller),
        ("sipOk", (says.sip == SipOk::Yes).then(yes).flatten()),
        ("zipcode", value("zip").map(str::to_owned)),
        ("State", value("state").map(str::to_owned)),
        ("SubID", Some(lead.source.to_string())),
        ("publisherInboundCallId", Some(lead.id.to_owned())),
        ("bidId", lead.ping_id.map(str::to_owned)),
    ];
    let known = own.iter().filter_map(|(name, value)| Some(named(name, value.clone()?)));
    let is_own = |steps: &[SentStep]| {
        let name = name(steps);
        ["zip", "state"].contains(&name.as_str()) || own.iter().any(|(own, _)| *own == name)
    };
    let further = partial(lead).into_iter().filter(|(steps, _)| !is_own(steps));
    known.collect::<Vec<_>>().into_iter().chain(further).collect()
}

/// A value whose hash is sent.
enum Kind {
    Phone,
    Mail,
}

fn own_kind(name: &str, value: &str) -> Option<Kind> {
    let is_personal = is_personal(name);
    if is_personal && value.contains('@') {
        return Some(Kind::Mail);
    }
    let has_digits = value.chars().filter(char::is_ascii_digit).count() >= PHONE_DIGITS_MIN;
    (is_personal && has_digits && is_private("", value)).then_some(Kind::Phone)
}

/// Returns what the lead came with. What was derived from it, and what the switch knows of a person,
/// is sent only where the book lists it.
pub(super) fn own<'l>(lead: &Lead<'l>) -> impl Iterator<Item = (&'l str, &'l str)> {
    let own = lead.fields.iter().filter(|(_, field)| field.from.is_given());
    own.map(|(name, field)| (name.as_str(), field.value.as_str()))
}

fn named(name: &str, value: String) -> (Vec<SentStep>, Tree) {
    (vec![SentStep::Name(name.to_owned())], Tree::Text(value))
}

/// Returns the value of a field in the buyer's words; `None` if nothing is sent.
fn sent(field: &SentField, known: &dyn Fn(&LeadToken) -> Option<String>) -> Option<Tree> {
    let SentField { name: _, value, words, default } = field;
    let text = value.fill(known);
    let translated = match words.as_slice() {
        [] => Some(text),
        words => {
            let word = words.iter().find(|(word, _)| word.to_lowercase() == text.to_lowercase());
            word.map(|(_, text)| text.clone())
        }
    };
    // A literal is sent even if it is empty; a value that is unknown is not.
    let is_literal = value.tokens().next().is_none();
    let kept = translated.filter(|text| is_literal || !text.is_empty());
    let is_bare = words.is_empty() && value.token_alone().is_some_and(LeadToken::is_bare);
    match (kept, is_bare) {
        (Some(text), false) => Some(Tree::Text(text)),
        (Some(text), true) => Some(match text.as_str() {
            "true" => Tree::Flag(true),
            "false" => Tree::Flag(false),
            _ => Tree::Number(text),
        }),
        (None, _) => default.clone().map(Tree::Text),
    }
}

fn written(format: BodyFormat, root: &XmlRoot, values: &[(Vec<SentStep>, Tree)]) -> String {
    let placed: Vec<_> = values.iter().map(|(steps, value)| (steps.as_slice(), value)).collect();
    match format {
        BodyFormat::Json => to_json(&tree(&placed)),
        BodyFormat::Xml => to_xml(&root.0, &tree(&placed)),
        BodyFormat::Form | BodyFormat::Text => {
            let mut form = Serializer::new(String::new());
            for (steps, value) in values {
                form.append_pair(&name(steps), &value.text().unwrap_or_default());
            }
            form.finish()
        }
    }
}

fn name(steps: &[SentStep]) -> String {
    let step = |step: &SentStep| match step {
        SentStep::Name(name) => name.clone(),
        SentStep::Position(position) => position.to_string(),
    };
    steps.iter().map(step).collect::<Vec<_>>().join(".")
}

/// Values below one step of a path.
struct Below<'v> {
    step: &'v SentStep,
    values: Vec<(&'v [SentStep], &'v Tree)>,
}

/// Returns one document with all values at their paths. Values that are not sent leave no gaps in
/// lists.
fn tree(values: &[(&[SentStep], &Tree)]) -> Tree {
    if let [([], value)] = values {
        return (*value).clone();
    }
    let mut below: Vec<Below<'_>> = Vec::new();
    for (steps, value) in values {
        let Some((step, rest)) = steps.split_first() else { continue };
        match below.iter_mut().find(|own| own.step == step) {
            Some(own) => own.values.push((rest, value)),
            None => below.push(Below { step, values: vec![(rest, value)] }),
        }
    }
    if let Some(Below { step: SentStep::Position(_), .. }) = below.first() {
        below.sort_by_key(|own| own.step);
        return Tree::List(below.iter().map(|own| tree(&own.values)).collect());
    }
    let pairs = below.iter().map(|own| (name(std::slice::from_ref(own.step)), tree(&own.values)));
    Tree::Named(pairs.collect())
}
