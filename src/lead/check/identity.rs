//! What of a lead identifies the person who consented.

use std::collections::BTreeMap;

use crate::base::FieldName;
use crate::base::SourceId;
use crate::book::FormField;
use crate::book::FormKind;

use super::schema::every_field;

/// Returns the fields with consent certificates, in the order of the offer's fields.
pub fn certificates(offer: &[FormField]) -> Vec<FieldName> {
    names(offer, FormKind::is_certificate)
}

/// Returns the fields with phone numbers and e-mail addresses, which are looked up on suppression
/// lists.
pub fn contacts(offer: &[FormField]) -> Vec<FieldName> {
    let is_contact = |kind: &FormKind| matches!(kind, FormKind::Phone | FormKind::Email);
    names(&every_field(offer), is_contact)
}

fn names(fields: &[FormField], is_wanted: impl Fn(&FormKind) -> bool) -> Vec<FieldName> {
    let wanted = fields.iter().filter(|field| is_wanted(&field.kind));
    wanted.map(|field| field.name.clone()).collect()
}

/// A lead that came with a certificate.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'l> {
    /// Its source.
    pub source: &'l SourceId,
    /// Its fields.
    pub fields: &'l BTreeMap<FieldName, String>,
}

impl Holder<'_> {
    /// Returns whether two leads may not have the same certificate: they are of different sources,
    /// or of different people. A person is known by phone number, else by e-mail address; two
    /// people who cannot be compared count as one.
    pub fn excludes(&self, other: &Holder<'_>) -> bool {
        let differ = |name: &str| {
            let pair = self.fields.get(name).zip(other.fields.get(name));
            pair.map(|(one, other)| one != other)
        };
        self.source != other.source || differ("phone").or_else(|| differ("email")) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_of_one_person_and_one_source() {
        let (web, ads): (SourceId, SourceId) = ("web".parse().unwrap(), "ads".parse().unwrap());
        let fields = |pairs: &[(&str, &str)]| -> BTreeMap<FieldName, String> {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), (*value).into())).collect()
        };
        let ann = [("phone", "+13055550123"), ("email", "ann@example.com")];
        for (source, other, expected) in [
            (&web, &ann[..], false),
            (&ads, &ann[..], true),
            (&web, &[("phone", "+13055550124"), ("email", "ann@example.com")][..], true),
            (&web, &[("phone", "+13055550123"), ("email", "a@example.com")][..], false),
            (&web, &[("email", "ann@example.com")][..], false),
            (&web, &[("email", "bob@example.com")][..], true),
            (&web, &[("zip", "90210")][..], false),
        ] {
            let (one, other) = (fields(&ann), fields(other));
            let one = Holder { source: &web, fields: &one };
            let two = Holder { source, fields: &other };
            assert_eq!(one.excludes(&two), expected, "{other:?} of {source}");
            assert_eq!(two.excludes(&one), expected);
        }
    }
}
