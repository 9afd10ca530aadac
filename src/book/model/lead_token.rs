//! Tokens of what is sent to a buyer of a form lead: `{field.phone.national}`, `{secret.acme_key}`.

use std::fmt;

use crate::base::FieldName;
use crate::base::SecretName;

use super::Vocabulary;

/// Most forms of one field.
const FORMS_MAX: usize = 3;

/// A value that is sent to a buyer. Prints as it is written, without braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadToken {
    /// A value with a fixed name.
    Of(LeadValue),
    /// A field of the lead, in these forms one after another: `field.phone.national.sha256`.
    Field(FieldName, Vec<FieldForm>),
    /// A secret of the settings: `secret.acme_key`.
    Secret(SecretName),
}

macro_rules! named {
    ($(#[$about:meta])* $kind:ident: $($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {
            $($(#[$doc])* $name,)*
        }

        impl $kind {
            /// All of them.
            pub const ALL: &[$kind] = &[$($kind::$name),*];

            /// Returns the name in templates.
            pub const fn name(self) -> &'static str {
                match self {
                    $($kind::$name => $text,)*
                }
            }
        }
    };
}

named! {
    /// A value of a lead with a fixed name.
    LeadValue:
    /// Id of the lead.
    LeadId = "lead_id"
    /// The offer.
    Offer = "offer"
    /// The source.
    Source = "source"
    /// The contract.
    Contract = "contract"
    /// Price that the contract pays, as a decimal number.
    Price = "price"
    /// Currency of the price.
    Currency = "currency"
    /// Time at which it is sent (RFC 3339, UTC).
    Time = "time"
    /// Time at which it is sent, in seconds since 1970.
    Timestamp = "timestamp"
    /// Whether it is a test: `true` or `false`.
    Test = "test"
    /// The id that the buyer gave its bid in an auction.
    PingId = "ping_id"
    /// URL at which the buyer reports what became of the lead; secret.
    ConversionUrl = "conversion_url"
    /// Key with which the buyer reports what became of the lead; secret.
    ConversionKey = "conversion_key"
    /// The buyer's own id of the lead, as its answer named it.
    Reference = "reference"
}

named! {
    /// A form in which a field is sent.
    FieldForm:
    /// A phone number without its calling code: ten digits in North America.
    National = "national"
    /// Only the digits: `13055550123`.
    Digits = "digits"
    /// A number, in JSON without quotes; unknown if the field is not a number.
    Number = "number"
    /// A truth value, in JSON without quotes: `true` for yes, y, true, and 1, `false` for no, n,
    /// false, and 0; else unknown.
    Flag = "flag"
    /// In capitals.
    Upper = "upper"
    /// In lower case.
    Lower = "lower"
    /// A date `2026-12-24` as `12/24/2026`; another value stays.
    Mdy = "mdy"
    /// SHA-256, in lower-case hexadecimal digits.
    Sha256 = "sha256"
    /// SHA-1, in lower-case hexadecimal digits.
    Sha1 = "sha1"
    /// MD5, in lower-case hexadecimal digits.
    Md5 = "md5"
}

impl FieldForm {
    /// Returns whether the form is a hash. One of a phone number is soon reversed by trying all
    /// numbers, whatever the algorithm: it hides the number from those who do not look for it.
    pub const fn is_hash(self) -> bool {
        match self {
            FieldForm::Sha256 | FieldForm::Sha1 | FieldForm::Md5 => true,
            FieldForm::National
            | FieldForm::Digits
            | FieldForm::Number
            | FieldForm::Flag
            | FieldForm::Upper
            | FieldForm::Lower
            | FieldForm::Mdy => false,
        }
    }
}

impl Vocabulary for LeadToken {
    fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("secret.") {
            return name.parse().ok().map(LeadToken::Secret);
        }
        let Some(field) = text.strip_prefix("field.") else {
            let of = LeadValue::ALL.iter().find(|value| value.name() == text);
            return of.copied().map(LeadToken::Of);
        };
        let mut words = field.split('.');
        let name = words.next()?.parse().ok()?;
        let form = |word: &str| FieldForm::ALL.iter().find(|form| form.name() == word).copied();
        let forms: Vec<FieldForm> = words.map(form).collect::<Option<_>>()?;
        (forms.len() <= FORMS_MAX).then_some(LeadToken::Field(name, forms))
    }

    fn hint(unknown: &str) -> String {
        let forms: Vec<&str> = FieldForm::ALL.iter().map(|form| form.name()).collect();
        match unknown.strip_prefix("field.").and_then(|rest| rest.split_once('.')) {
            Some((name, _)) => format!("forms of {{field.{name}}}: {}", forms.join(", ")),
            None => format!("for a field of the lead: {{field.{unknown}}}"),
        }
    }

    fn is_bare(&self) -> bool {
        match self {
            LeadToken::Field(_, forms) => {
                matches!(forms.last(), Some(FieldForm::Number | FieldForm::Flag))
            }
            LeadToken::Of(LeadValue::Price | LeadValue::Timestamp | LeadValue::Test) => true,
            LeadToken::Of(
                LeadValue::LeadId
                | LeadValue::Offer
                | LeadValue::Source
                | LeadValue::Contract
                | LeadValue::Currency
                | LeadValue::Time
                | LeadValue::PingId
                | LeadValue::ConversionUrl
                | LeadValue::ConversionKey
                | LeadValue::Reference,
            )
            | LeadToken::Secret(_) => false,
        }
    }
}

impl fmt::Display for LeadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeadToken::Of(value) => f.write_str(value.name()),
            LeadToken::Field(name, forms) => {
                write!(f, "field.{name}")?;
                forms.iter().try_for_each(|form| write!(f, ".{}", form.name()))
            }
            LeadToken::Secret(name) => write!(f, "secret.{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_print_as_they_are_written() {
        for text in [
            "lead_id",
            "field.zip",
            "field.phone.national.sha256",
            "field.age.number",
            "secret.acme_key",
            "conversion_url",
        ] {
            assert_eq!(LeadToken::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "call_id",
            "field.",
            "field.phone.short",
            "field.phone.",
            "field.a.upper.lower.upper.lower",
            "secret.",
            "secret.a.upper",
            "revenue",
        ] {
            assert_eq!(LeadToken::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_numbers_and_truth_values_are_bare() {
        for (text, bare) in [
            ("field.age", false),
            ("field.age.number", true),
            ("field.owner.flag", true),
            ("field.age.number.sha256", false),
            ("price", true),
            ("secret.x", false),
        ] {
            assert_eq!(LeadToken::parse(text).unwrap().is_bare(), bare, "{text}");
        }
    }
}
