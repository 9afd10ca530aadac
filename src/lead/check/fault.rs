//! What is wrong with a field.

use std::fmt;

/// A fault of one field of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Name of the field.
    pub field: String,
    /// What is wrong.
    pub code: FaultCode,
    /// One sentence for people. It does not repeat the value, which may tell of a person.
    pub sentence: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        /// What is wrong with a field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultCode {
            $($(#[$doc])* $name,)*
        }

        impl FaultCode {
            /// All codes.
            pub const ALL: &[FaultCode] = &[$(FaultCode::$name),*];

            /// Returns the code in answers; stable.
            pub const fn code(self) -> &'static str {
                match self {
                    $(FaultCode::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// A required field is missing or blank.
    Missing = "missing"
    /// The field came more than once, with different values.
    Repeated = "repeated"
    /// The lead has too many fields.
    TooMany = "too_many_fields"
    /// The value is not of the field's type.
    Type = "invalid_type"
    /// The value is below the least.
    TooSmall = "too_small"
    /// The value is above the largest.
    TooLarge = "too_large"
    /// The text is too short.
    TooShort = "too_short"
    /// The text is too long.
    TooLong = "too_long"
    /// The text does not match the field's pattern.
    Pattern = "pattern"
    /// The value is not one of the allowed ones.
    NotAllowed = "not_allowed"
    /// Not a phone number.
    Phone = "invalid_phone"
    /// Not an e-mail address.
    Email = "invalid_email"
    /// Not a zip, or one that is not in use.
    Zip = "invalid_zip"
    /// Not a state.
    State = "invalid_state"
    /// The zip is in another state.
    StateZip = "state_zip_mismatch"
    /// Not a date of the calendar.
    Date = "invalid_date"
    /// The person is too young.
    TooYoung = "age_below_min"
    /// The person is too old.
    TooOld = "age_above_max"
    /// Not a URL of the Web.
    Url = "invalid_url"
    /// Not an IP address.
    Ip = "invalid_ip"
    /// Not the URL of a TrustedForm certificate.
    TrustedForm = "invalid_trusted_form"
    /// Not a Jornaya LeadiD.
    Jornaya = "invalid_jornaya"
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
