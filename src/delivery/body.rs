//! What is sent: values under the buyer's names, as a query, a form, JSON, or XML.

use form_urlencoded::Serializer;

use crate::base::tree::Tree;
use crate::base::tree::to_json;
use crate::base::tree::to_xml;
use crate::book::BodyFormat;
use crate::book::DeliveryBody;
use crate::book::LeadToken;
use crate::book::SentField;
use crate::book::SentStep;
use crate::book::Vocabulary as _;
use crate::book::XmlRoot;

use super::Lead;

/// Returns the body of a request; `known` gives the values of tokens.
pub(super) fn body(
    body: &DeliveryBody,
    lead: &Lead<'_>,
    known: &dyn Fn(&LeadToken) -> Option<String>,
) -> String {
    match body {
        DeliveryBody::Text(_, text) => text.fill(known),
        DeliveryBody::All(format, root) => written(*format, root, &all(lead)),
        DeliveryBody::Fields(format, root, fields) => {
            let values = fields
                .iter()
                .filter_map(|field| Some((field.name.steps().to_vec(), sent(field, known)?)));
            written(*format, root, &values.collect::<Vec<_>>())
        }
    }
}

/// Returns the fields that the lead came with, without those that were derived from them.
fn all(lead: &Lead<'_>) -> Vec<(Vec<SentStep>, Tree)> {
    let own = lead.fields.iter().filter(|(_, field)| !field.from.is_derived());
    let pairs = own.map(|(name, field)| {
        let step = SentStep::Name(name.as_str().to_owned());
        (vec![step], Tree::Text(field.value.clone()))
    });
    pairs.collect()
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
