//! The forms in which a field is sent.

use std::fmt::Write as _;

use md5::Digest as _;
use md5::Md5;
use ring::digest;

use crate::base::tree::is_number;
use crate::book::FieldForm;

/// Returns a value in a form; `None` if it has no such form.
pub(super) fn formed(value: String, form: FieldForm) -> Option<String> {
    match form {
        FieldForm::National => Some(national(&digits(&value))),
        FieldForm::Digits => Some(digits(&value)),
        FieldForm::Number => Some(value.trim().to_owned()).filter(|value| is_number(value)),
        FieldForm::Flag => flag(&value).map(|flag| flag.to_string()),
        FieldForm::Upper => Some(value.to_uppercase()),
        FieldForm::Lower => Some(value.to_lowercase()),
        FieldForm::Mdy => Some(mdy(&value).unwrap_or(value)),
        FieldForm::Sha256 => Some(sha(&digest::SHA256, &value)),
        FieldForm::Sha1 => Some(sha(&digest::SHA1_FOR_LEGACY_USE_ONLY, &value)),
        // Buyers recognize duplicates by it; it secures nothing.
        FieldForm::Md5 => Some(hex(&Md5::digest(&value))),
    }
}

fn digits(value: &str) -> String {
    value.chars().filter(char::is_ascii_digit).collect()
}

/// Returns the ten digits of a North American number, or all digits of another.
fn national(digits: &str) -> String {
    let ten = digits.strip_prefix('1').filter(|rest| rest.len() == 10);
    ten.unwrap_or(digits).to_owned()
}

fn flag(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Some(true),
        "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn mdy(value: &str) -> Option<String> {
    let date: jiff::civil::Date = value.trim().parse().ok()?;
    (value.trim().len() == "2026-12-24".len())
        .then(|| format!("{:02}/{:02}/{:04}", date.month(), date.day(), date.year()))
}

fn sha(algorithm: &'static digest::Algorithm, value: &str) -> String {
    hex(digest::digest(algorithm, value.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_forms_that_buyers_want() {
        use FieldForm as F;
        for (value, form, expected) in [
            ("+13055550123", F::National, Some("3055550123")),
            ("+442079460018", F::National, Some("442079460018")),
            ("+13055550123", F::Digits, Some("13055550123")),
            ("42", F::Number, Some("42")),
            (" -1.50 ", F::Number, Some("-1.50")),
            ("042", F::Number, None),
            ("1,\"x\":2", F::Number, None),
            ("Yes", F::Flag, Some("true")),
            ("0", F::Flag, Some("false")),
            ("perhaps", F::Flag, None),
            ("ca", F::Upper, Some("CA")),
            ("A@Example.COM", F::Lower, Some("a@example.com")),
            ("1984-02-29", F::Mdy, Some("02/29/1984")),
            ("02/29/1984", F::Mdy, Some("02/29/1984")),
            ("1984-02-30", F::Mdy, Some("1984-02-30")),
            // The examples of RFC 1321, appendix A.5, and a phone number.
            ("abc", F::Md5, Some("900150983cd24fb0d6963f7d28e17f72")),
            ("", F::Md5, Some("d41d8cd98f00b204e9800998ecf8427e")),
            ("3055550123", F::Md5, Some("38988b057f8fd88b6e30d78cb6657c33")),
            ("abc", F::Sha1, Some("a9993e364706816aba3e25717850c26c9cd0d89d")),
            (
                "abc",
                F::Sha256,
                Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ),
        ] {
            assert_eq!(formed(value.to_owned(), form).as_deref(), expected, "{value} {form:?}");
        }
    }
}
