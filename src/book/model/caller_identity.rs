//! How a trunk's carrier wants the caller and the numbers.

use crate::base::DialingCountry;
use crate::base::Phone;

/// Header that shows the carrier who calls, beside From.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallerIdentity {
    /// P-Asserted-Identity (RFC 3325).
    #[default]
    PAssertedIdentity,
    /// Remote-Party-ID (draft-ietf-sip-privacy-04), which older gear reads.
    RemotePartyId,
    /// From alone.
    From,
}

/// How numbers are written to a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberForm {
    /// `+13055550123`.
    #[default]
    E164,
    /// `13055550123`.
    E164Plain,
    /// As it is dialed within the trunk's country: `3055550123`, `0298765432`. Numbers of other
    /// countries are written as E.164.
    National,
}

impl CallerIdentity {
    /// Returns the name in the book.
    pub const fn name(self) -> &'static str {
        match self {
            CallerIdentity::PAssertedIdentity => "p_asserted_identity",
            CallerIdentity::RemotePartyId => "remote_party_id",
            CallerIdentity::From => "from",
        }
    }
}

impl NumberForm {
    /// Returns the name in the book.
    pub const fn name(self) -> &'static str {
        match self {
            NumberForm::E164 => "e164",
            NumberForm::E164Plain => "e164_plain",
            NumberForm::National => "national",
        }
    }

    /// Writes a number for a carrier of a country; `None` for North America.
    pub fn write(self, number: &Phone, country: Option<DialingCountry>) -> String {
        let e164 = number.e164();
        match self {
            NumberForm::E164 => e164.to_owned(),
            NumberForm::E164Plain => e164.trim_start_matches('+').to_owned(),
            NumberForm::National => {
                let home = country.or_else(|| "US".parse().ok());
                let national = home.and_then(|home: DialingCountry| home.national(e164));
                national.unwrap_or_else(|| e164.to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_forms() {
        for (form, number, country, written) in [
            (NumberForm::E164, "+13055550123", None, "+13055550123"),
            (NumberForm::E164Plain, "+13055550123", None, "13055550123"),
            (NumberForm::National, "+13055550123", None, "3055550123"),
            (NumberForm::National, "+61298765432", Some("AU"), "0298765432"),
            (NumberForm::National, "+442079460018", Some("GB"), "02079460018"),
            (NumberForm::National, "+390698765432", Some("IT"), "0698765432"),
            // Another country's number has no national form here.
            (NumberForm::National, "+442079460018", None, "+442079460018"),
            (NumberForm::National, "+13055550123", Some("AU"), "+13055550123"),
        ] {
            let country = country.map(|letters: &str| letters.parse().unwrap());
            let shown = form.write(&number.parse().unwrap(), country);
            assert_eq!(shown, written, "{form:?} {number}");
        }
    }
}
