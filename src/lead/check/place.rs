//! Whether zip and state of a lead agree.

use crate::base::Fields;
use crate::book::FormField;
use crate::book::FormKind;
use crate::book::UsState;
use crate::book::Zip;

use super::fault::FaultCode;
use super::fault::FieldFault;

/// Compares each zip with the state of the lead, where the lead has both, and reports a zip of
/// another state. A zip that the tables do not have is in the state of its first three digits.
pub(super) fn agree(schema: &[FormField], fields: &Fields, faults: &mut Vec<FieldFault>) {
    let known = |kind: fn(&FormKind) -> bool| {
        let own = schema.iter().filter(move |field| kind(&field.kind));
        own.map(|field| field.name.as_str())
    };
    let state_names = known(|kind| matches!(kind, FormKind::State));
    let states: Vec<(&str, UsState)> =
        state_names.filter_map(|name| Some((name, fields.value(name)?.parse().ok()?))).collect();
    // Two addresses in one lead: which zip belongs to which state is not known.
    let [(state_name, state)] = states.as_slice() else { return };
    let zips: Vec<(&str, Zip)> = known(|kind| matches!(kind, FormKind::Zip))
        .filter_map(|name| Some((name, fields.value(name)?.parse().ok()?)))
        .collect();
    let [(zip_name, zip)] = zips.as_slice() else { return };
    if zip.state().is_some_and(|of_zip| of_zip != *state) {
        faults.push(FieldFault {
            field: (*zip_name).to_owned(),
            code: FaultCode::StateZip,
            sentence: format!("{zip_name} is not in {state_name} {state}"),
        });
    }
}
