//! What is wrong with a field.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// A fault of one field of a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// Name of the field.
    pub field: String,
    /// What is wrong.
    pub code: FaultCode,
    /// One sentence for people. It does not repeat the value, which may tell of a person.
    pub sentence: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $remedy:literal)*) => {
        /// What is wrong with a field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum FaultCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
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

            /// Returns what the source can do about it, as one sentence.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(FaultCode::$name => $remedy,)*
                }
            }
        }
    };
}

codes! {
    /// A required field is missing or blank.
    Missing = "missing", "Send the field."
    /// The field came more than once, with different values.
    Repeated = "repeated", "Send the field once."
    /// The lead has too many fields.
    TooMany = "too_many_fields", "Send at most 64 fields."
    /// The value is not of the field's type.
    Type = "invalid_type", "Send a number, or yes or no, as the field wants."
    /// The value is below the least.
    TooSmall = "too_small", "Send a larger value."
    /// The value is above the largest.
    TooLarge = "too_large", "Send a smaller value."
    /// The text is too short.
    TooShort = "too_short", "Send a longer text."
    /// The text is too long.
    TooLong = "too_long", "Send a shorter text."
    /// The text does not match the field's pattern.
    Pattern = "pattern", "Send a text of the form that the field wants."
    /// The value is not one of the allowed ones.
    NotAllowed = "not_allowed", "Send one of the allowed values."
    /// Not a phone number.
    Phone = "invalid_phone", "Send ten digits, or `+` and the country code before the number."
    /// Not an e-mail address.
    Email = "invalid_email", "Send an address like name@example.com."
    /// Not a zip, or one that is not in use.
    Zip = "invalid_zip", "Send five digits of a zip that is in use."
    /// Not a state.
    State = "invalid_state", "Send two letters, or the name of the state."
    /// The zip is in another state.
    StateZip = "state_zip_mismatch", "Correct the zip or the state."
    /// Not a date of the calendar.
    Date = "invalid_date", "Send a date like 1984-12-24."
    /// The person is too young.
    TooYoung = "age_below_min", "Do not send leads of people this young."
    /// The person is too old.
    TooOld = "age_above_max", "Do not send leads of people this old."
    /// Not a URL of the Web.
    Url = "invalid_url", "Send a URL that begins with https://."
    /// Not an IP address.
    Ip = "invalid_ip", "Send an IPv4 or IPv6 address."
    /// Not the URL of a TrustedForm certificate.
    TrustedForm = "invalid_trusted_form", "Send the URL of a certificate at cert.trustedform.com."
    /// Not a time.
    Time = "invalid_time", "Send a time like 2026-11-29T12:00:00Z, or seconds since 1970."
    /// The person agreed too long ago.
    ConsentOld = "consent_expired", "Send the lead sooner, or ask the person again."
    /// The person agreed in the future.
    ConsentAhead = "consent_in_future", "Correct the clock of the form."
    /// Not a Jornaya LeadiD.
    Jornaya = "invalid_jornaya", "Send the LeadiD as the form got it."
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
