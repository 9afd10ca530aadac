//! The fields that leads of an offer are checked against.

use crate::book::FormField;
use crate::book::FormKind;

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
