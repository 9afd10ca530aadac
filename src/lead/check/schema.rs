//! The fields that leads of an offer are checked against.

use crate::base::FieldName;
use crate::book::FormField;
use crate::book::FormKind;
use crate::book::is_private;

/// Returns the fields of an offer, and those that are checked in every lead.
pub fn every_field(offer: &[FormField]) -> Vec<FormField> {
    let usual = [
        ("phone", FormKind::Phone),
        ("email", FormKind::Email),
        ("zip", FormKind::Zip),
        ("state", FormKind::State),
    ];
    let mut schema = offer.to_vec();
    for (name, kind) in usual {
        let Ok(name) = name.parse() else { continue };
        if !schema.iter().any(|field| field.name == name) {
            schema.push(FormField { name, also: Vec::new(), kind, required: false });
        }
    }
    schema
}

/// Returns the fields of an offer as a ping is checked against them: what may tell of a person, and
/// what proves its consent, is required of the post only.
pub fn ping_fields(offer: &[FormField]) -> Vec<FormField> {
    let fields = offer.iter().cloned();
    fields.map(|field| FormField { required: is_needed_on_ping(&field), ..field }).collect()
}

/// Returns whether a ping without a field is refused.
pub fn is_needed_on_ping(field: &FormField) -> bool {
    let of_person = match &field.kind {
        FormKind::BirthDate(_)
        | FormKind::Phone
        | FormKind::Email
        | FormKind::Ip
        | FormKind::ConsentText
        | FormKind::ConsentTime(_)
        | FormKind::TrustedForm
        | FormKind::Jornaya => true,
        FormKind::Text { .. }
        | FormKind::Number(_)
        | FormKind::Integer(_)
        | FormKind::Date(_)
        | FormKind::Zip
        | FormKind::State
        | FormKind::Bool
        | FormKind::Choice(_)
        | FormKind::Url => is_private(field.name.as_str(), ""),
    };
    field.required && !of_person
}

/// Returns the fields with zips and states.
pub fn places(offer: &[FormField]) -> Vec<FieldName> {
    let is_place = |field: &&FormField| matches!(field.kind, FormKind::Zip | FormKind::State);
    every_field(offer).iter().filter(is_place).map(|field| field.name.clone()).collect()
}
