//! Checks what a form lead comes with against the fields of its offer.

mod address;
mod consent;
mod date;
mod fault;
mod identity;
mod moment;
mod place;
mod schema;
mod state_name;
mod value;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::LONG_VALUE_BYTES_MAX;
use crate::base::Origin;
use crate::base::VALUE_BYTES_MAX;
use crate::base::Wall;
use crate::base::local_date;
use crate::book::FormField;
use crate::book::FormKind;

pub use address::address;
pub use address::customer;
pub use fault::FaultCode;
pub use fault::FieldFault;
pub use identity::Holder;
pub use identity::certificates;
pub use identity::contacts;
pub use schema::every_field;
pub use schema::is_needed_on_ping;
pub use schema::ping_fields;
pub use schema::places;
use value::Checks;
use value::Invalid;

/// Most names and faults that a result lists.
const LISTED_MAX: usize = 100;

/// What came of a lead's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The valid values in their normal form, as calls have them. An invalid value is not here.
    pub fields: Fields,
    /// All faults, in the order of the offer's fields; at most 100.
    pub faults: Vec<FieldFault>,
    /// Names that the offer does not have, as they were sent; at most 100. Their values are kept.
    pub unknown: Vec<String>,
    /// Names that cannot be those of a field, as they were sent; at most 100. Their values are not
    /// kept.
    pub ignored: Vec<String>,
}

/// Checks the names and values of a lead against the fields of its offer, at a time. A blank value
/// counts as absent. The fields `phone`, `email`, `zip`, and `state` are checked also where
/// the offer does not name them.
pub fn check(offer: &[FormField], given: &[(String, String)], now: Wall) -> Checked {
    let schema = every_field(offer);
    let mut result = Checked {
        fields: Fields::default(),
        faults: Vec::new(),
        unknown: Vec::new(),
        ignored: Vec::new(),
    };
    let mut declared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut others: BTreeMap<FieldName, Vec<&str>> = BTreeMap::new();
    for (name, text) in given {
        let text = text.trim();
        let field = schema.iter().find(|field| is_called(field, name));
        match (field, text.is_empty()) {
            (_, true) => {}
            (Some(field), false) => {
                declared.entry(field.name.as_str()).or_default().push(text);
            }
            (None, false) => match plain_name(name) {
                Some(plain) => {
                    list(&mut result.unknown, name);
                    others.entry(plain).or_default().push(text);
                }
                None => list(&mut result.ignored, name),
            },
        }
    }
    let checks = Checks { now, today: local_date(&TimeZone::UTC, now) };
    for field in &schema {
        let texts = declared.get(field.name.as_str()).map_or(&[][..], Vec::as_slice);
        take(field, texts, &checks, &mut result);
    }
    for (name, texts) in others {
        let kind = FormKind::Text { length: None, pattern: None };
        let field = FormField { name, also: Vec::new(), kind, required: false };
        take(&field, &texts, &checks, &mut result);
    }
    place::agree(&schema, &result.fields, &mut result.faults);
    result.faults.truncate(LISTED_MAX);
    result
}

/// Returns whether a source may send a field under a name.
fn is_called(field: &FormField, name: &str) -> bool {
    let usual = match &field.kind {
        FormKind::TrustedForm => consent::TRUSTED_FORM_NAMES,
        FormKind::Jornaya => consent::JORNAYA_NAMES,
        FormKind::ConsentText => consent::TEXT_NAMES,
        FormKind::ConsentTime(_) => consent::TIME_NAMES,
        FormKind::Text { .. }
        | FormKind::Number(_)
        | FormKind::Integer(_)
        | FormKind::Date(_)
        | FormKind::BirthDate(_)
        | FormKind::Phone
        | FormKind::Email
        | FormKind::Zip
        | FormKind::State
        | FormKind::Bool
        | FormKind::Choice(_)
        | FormKind::Url
        | FormKind::Ip => &[],
    };
    let mut also = field.also.iter().map(String::as_str).chain(usual.iter().copied());
    field.name.as_str().eq_ignore_ascii_case(name)
        || also.any(|other| other.eq_ignore_ascii_case(name))
}

/// Checks the values of one field, and takes the value if it is valid.
fn take(field: &FormField, texts: &[&str], checks: &Checks, result: &mut Checked) {
    let name = &field.name;
    let fault = |code, sentence: String| FieldFault { field: name.to_string(), code, sentence };
    let Some((first, rest)) = texts.split_first() else {
        if field.required {
            let sentence = format!("{name} is missing");
            result.faults.push(fault(FaultCode::Missing, sentence));
        }
        return;
    };
    if rest.iter().any(|other| other != first) {
        let sentence = format!("{name} has several values; send one");
        result.faults.push(fault(FaultCode::Repeated, sentence));
        return;
    }
    let bytes_max = bytes_max(&field.kind);
    if first.len() > bytes_max {
        let sentence = format!("{name} has over {bytes_max} bytes");
        result.faults.push(fault(FaultCode::TooLong, sentence));
        return;
    }
    match checks.normal(&field.kind, first) {
        Ok(value) => {
            if !result.fields.set_whole(name.clone(), &value, Origin::Form) {
                let sentence = format!("{name} is one field too many");
                result.faults.push(fault(FaultCode::TooMany, sentence));
                return;
            }
            if let FormKind::BirthDate(_) = field.kind {
                add_age(&value, checks, result);
            }
        }
        Err(Invalid { code, why }) => result.faults.push(fault(code, format!("{name} {why}"))),
    }
}

/// Returns the most bytes of a value. Of a longer one nothing is taken.
fn bytes_max(kind: &FormKind) -> usize {
    match kind {
        FormKind::ConsentText => LONG_VALUE_BYTES_MAX,
        FormKind::Text { .. }
        | FormKind::Number(_)
        | FormKind::Integer(_)
        | FormKind::Date(_)
        | FormKind::BirthDate(_)
        | FormKind::Phone
        | FormKind::Email
        | FormKind::Zip
        | FormKind::State
        | FormKind::Bool
        | FormKind::Choice(_)
        | FormKind::Url
        | FormKind::Ip
        | FormKind::ConsentTime(_)
        | FormKind::TrustedForm
        | FormKind::Jornaya => VALUE_BYTES_MAX,
    }
}

/// Adds the field `age`, which a date of birth gives, unless the lead has one.
fn add_age(birth_date: &str, checks: &Checks, result: &mut Checked) {
    let born: Option<Date> = birth_date.parse().ok();
    let age = born.and_then(|born| date::age(born, checks.today));
    let Ok(name) = "age".parse::<FieldName>() else { return };
    if let Some(age) = age.filter(|_| result.fields.value("age").is_none()) {
        // With 64 fields there is no room for another; the date of birth is kept.
        result.fields.set(name, &age.to_string(), Origin::Form);
    }
}

/// Returns the name of a field that has no place in the offer: in lower case, with `_` for other
/// characters than letters and digits. `None` if that is no name of a field.
fn plain_name(name: &str) -> Option<FieldName> {
    let plain = |c: char| match c {
        'a'..='z' | '0'..='9' | '_' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => '_',
    };
    name.trim().chars().map(plain).collect::<String>().parse().ok()
}

fn list(names: &mut Vec<String>, name: &str) {
    const SHOWN_CHARS_MAX: usize = 80;
    let shown: String = name.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect();
    if names.len() < LISTED_MAX && !names.contains(&shown) {
        names.push(shown);
    }
}

#[cfg(test)]
mod tests;
