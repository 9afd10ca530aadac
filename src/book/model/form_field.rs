//! Fields of an offer's form leads.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::FieldName;

use super::Decimal;
use super::Pattern;

/// A field that leads of an offer come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Name of the field.
    pub name: FieldName,
    /// Other names under which sources send it; case does not matter.
    pub also: Vec<String>,
    /// What its values are.
    pub kind: FormKind,
    /// Whether a lead without it is rejected.
    pub required: bool,
}

/// What the values of a field are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormKind {
    /// A text.
    Text {
        /// Its length, in characters.
        length: Option<RangeInclusive<u64>>,
        /// What it matches.
        pattern: Option<Pattern>,
    },
    /// A decimal number.
    Number(Limits<Decimal>),
    /// A whole number.
    Integer(Limits<Decimal>),
    /// A date of the calendar.
    Date(Limits<jiff::civil::Date>),
    /// A date of birth, with the age in whole years. A lead with it has the field `age` too.
    BirthDate(Limits<u8>),
    /// A phone number, as E.164.
    Phone,
    /// An e-mail address, in lower case.
    Email,
    /// A zip of five digits; it agrees with the field of the type `state`.
    Zip,
    /// A state, as two letters.
    State,
    /// `true` or `false`.
    Bool,
    /// One of these texts, as it is written here. Case does not matter.
    Choice(Vec<String>),
    /// A URL of the Web.
    Url,
    /// An address, IPv4 or IPv6.
    Ip,
    /// What the person agreed to, in full.
    ConsentText,
    /// When the person agreed: not in the future, and not longer ago than this.
    ConsentTime(Duration),
    /// The URL of a TrustedForm certificate.
    TrustedForm,
    /// A Jornaya LeadiD: a UUID.
    Jornaya,
}

/// The least and the largest value, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits<T> {
    /// The least value.
    pub min: Option<T>,
    /// The largest value.
    pub max: Option<T>,
}

impl FormKind {
    /// Names of all types, as a book writes them.
    pub const NAMES: &[&str] = &[
        "text",
        "number",
        "integer",
        "date",
        "birth_date",
        "phone",
        "email",
        "zip",
        "state",
        "bool",
        "choice",
        "url",
        "ip",
        "consent_text",
        "consent_time",
        "trusted_form",
        "jornaya",
    ];

    /// Returns the name of the type.
    pub const fn name(&self) -> &'static str {
        match self {
            FormKind::Text { .. } => "text",
            FormKind::Number(_) => "number",
            FormKind::Integer(_) => "integer",
            FormKind::Date(_) => "date",
            FormKind::BirthDate(_) => "birth_date",
            FormKind::Phone => "phone",
            FormKind::Email => "email",
            FormKind::Zip => "zip",
            FormKind::State => "state",
            FormKind::Bool => "bool",
            FormKind::Choice(_) => "choice",
            FormKind::Url => "url",
            FormKind::Ip => "ip",
            FormKind::ConsentText => "consent_text",
            FormKind::ConsentTime(_) => "consent_time",
            FormKind::TrustedForm => "trusted_form",
            FormKind::Jornaya => "jornaya",
        }
    }

    /// Returns whether the values are consent certificates.
    pub const fn is_certificate(&self) -> bool {
        match self {
            FormKind::TrustedForm | FormKind::Jornaya => true,
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
            | FormKind::ConsentText
            | FormKind::ConsentTime(_) => false,
        }
    }
}
