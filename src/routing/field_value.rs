//! Checks the values of fields that geography and filters read as one kind of value.

use crate::base::FieldName;
use crate::base::Phone;
use crate::book::Attestation;
use crate::book::Decimal;
use crate::geo::AreaCode;
use crate::geo::Country;
use crate::geo::UsState;
use crate::geo::Zip;

/// Checks a value where it enters. A zip, state, area code, country, phone number, attestation, or
/// score must be one, because a decision ignores what it cannot read. Other fields, and cities and
/// counties, may have any value. The error is a sentence that names the field.
pub fn check_value(name: &FieldName, value: &str) -> Result<(), String> {
    let text = value.trim();
    let read = match name.as_str() {
        // An empty value is an unknown one.
        _any if text.is_empty() => Ok(()),
        "zip" => text.parse::<Zip>().map(drop).map_err(|error| error.to_string()),
        "state" => text.parse::<UsState>().map(drop).map_err(|error| error.to_string()),
        "area_code" => text.parse::<AreaCode>().map(drop).map_err(|error| error.to_string()),
        "country" => text.parse::<Country>().map(drop).map_err(|error| error.to_string()),
        "phone" => text.parse::<Phone>().map(drop).map_err(|error| error.to_string()),
        "attestation" => text.parse::<Attestation>().map(drop),
        "score" => text.parse::<Decimal>().map(drop),
        _other => Ok(()),
    };
    read.map_err(|error| format!("field {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_no_decision_can_read_is_refused() {
        for (name, good, bad) in [
            ("zip", "90210", "1234"),
            ("zip", "90210-1234", "902101234"),
            ("state", "ca", "California"),
            ("area_code", "305", "105"),
            ("country", "US", "United States"),
            ("phone", "+13055550123", "55"),
            ("attestation", "A", "full"),
            ("score", "72.5", "high"),
        ] {
            let field = name.parse().unwrap();
            assert_eq!(check_value(&field, good), Ok(()), "{name}={good}");
            assert_eq!(check_value(&field, ""), Ok(()), "{name}=");
            let error = check_value(&field, bad).unwrap_err();
            assert!(error.starts_with(&format!("field {name}: ")), "{error}");
            assert!(error.contains("not a"), "{error}");
        }
        assert_eq!(check_value(&"owner".parse().unwrap(), "yes"), Ok(()));
    }
}
