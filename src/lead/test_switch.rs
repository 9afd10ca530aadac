//! The marks with which sources say that a lead is a test.

/// Names of marks, as platforms have them: Lead Prosper and LeadsPedia, CAKE, boberdoo, Phonexa,
/// Google Ads, and the usual ones.
const NAMES: &[&str] =
    &["lp_test", "ckm_test", "test_lead", "testmode", "test_mode", "is_test", "istest", "test"];
/// Name and value of Lead Prosper's other mark.
const ACTION: (&str, &str) = ("lp_action", "test");

/// Takes the marks of a test out of the values of a lead. Returns whether one of them is set.
pub fn take_test(values: &mut Vec<(String, String)>) -> bool {
    let (action, tests) = ACTION;
    let is_mark = |name: &str| NAMES.iter().any(|own| own.eq_ignore_ascii_case(name));
    let mut is_test = false;
    values.retain(|(name, value)| {
        let value = value.trim().to_ascii_lowercase();
        if name.eq_ignore_ascii_case(action) {
            is_test |= value == tests;
            return false;
        }
        if is_mark(name) {
            is_test |= matches!(value.as_str(), "1" | "true" | "yes" | "y" | "on" | "test");
            return false;
        }
        true
    });
    is_test
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_known() {
        for (name, value, expected) in [
            ("lp_test", "1", true),
            ("lp_action", "test", true),
            ("lp_action", "post", false),
            ("ckm_test", "1", true),
            ("Test_Lead", "1", true),
            ("testMode", "1", true),
            ("is_test", "true", true),
            ("test_mode", "TRUE", true),
            ("test", "yes", true),
            ("test", "0", false),
            ("is_test", "false", false),
            ("lp_test", "", false),
        ] {
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let mut values = vec![pair(name, value), pair("zip", "90210")];
            assert_eq!(take_test(&mut values), expected, "{name}={value}");
            assert_eq!(values, [pair("zip", "90210")]);
        }
    }
}
