//! Which fields of a lead tell who the person is, by their names.

use std::ops::RangeInclusive;

/// Names without signs and final digits, in lower case, of fields that a ping never sends but as a
/// hash.
const PERSONAL: &[&str] = &[
    "addr",
    "address",
    "addressline",
    "callerid",
    "cell",
    "cellphone",
    "cid",
    "contactname",
    "contactphone",
    "dayphone",
    "email",
    "emailaddress",
    "eveningphone",
    "familyname",
    "firstname",
    "fname",
    "fullname",
    "givenname",
    "homeaddress",
    "homephone",
    "lastname",
    "lname",
    "mail",
    "middlename",
    "mobile",
    "mobilephone",
    "name",
    "phone",
    "phonenumber",
    "primaryphone",
    "secondaryphone",
    "socialsecuritynumber",
    "ssn",
    "street",
    "streetaddress",
    "surname",
    "tel",
    "telephone",
    "workemail",
    "workphone",
];
/// Words of names of fields that may tell of a person: a ping sends them only if they are listed.
const PRIVATE_WORDS: &[&str] = &[
    "addr",
    "address",
    "birth",
    "birthdate",
    "birthday",
    "caller",
    "cell",
    "cid",
    "contact",
    "dob",
    "email",
    "fax",
    "ip",
    "ipaddress",
    "mail",
    "mobile",
    "name",
    "phone",
    "ssn",
    "street",
    "tel",
    "telephone",
    "userip",
];
/// Digits of a value that may be a phone number. A zip with four more digits has nine, and ids of
/// advertising platforms have more.
const PHONE_DIGITS: RangeInclusive<usize> = 10..=15;

/// Returns whether a field of this name is one of those that a ping sends at most as a hash: names,
/// phone numbers, e-mail and street addresses.
pub fn is_personal(name: &str) -> bool {
    let short: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let short = short.to_ascii_lowercase();
    PERSONAL.contains(&short.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// Returns whether a field may tell of a person, by its name or by its value: besides what is
/// [personal](is_personal), addresses of the Internet, dates of birth, and any value that could be
/// an e-mail address or a phone number.
pub fn is_private(name: &str, value: &str) -> bool {
    let words = name.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
    let has_word = words.into_iter().any(|word| PRIVATE_WORDS.contains(&word.as_str()));
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_number = value.chars().all(|c| c.is_ascii_digit() || " +-.()/".contains(c));
    let may_be_phone = PHONE_DIGITS.contains(&digits) && is_number;
    let may_be_mail = value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !value.contains("://")
    });
    is_personal(name) || has_word || may_be_phone || may_be_mail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_persons_are_known() {
        for (name, value, personal, private) in [
            ("phone", "x", true, true),
            ("home_phone", "x", true, true),
            ("Phone2", "x", true, true),
            ("first_name", "x", true, true),
            ("e-mail", "x", true, true),
            ("address_line_1", "x", true, true),
            ("ip", "198.51.100.7", false, true),
            ("ip_address", "198.51.100.7", false, true),
            ("birth_date", "1984-02-29", false, true),
            ("phone_type", "mobile", false, true),
            ("contact_time", "9", false, true),
            ("zip", "90210", false, false),
            ("zip4", "90210-1234", false, false),
            ("state", "CA", false, false),
            ("age", "41", false, false),
            ("vehicle_year", "2019", false, false),
            ("landing_page", "https://a.example/?x=1", false, false),
            ("zipcode", "90210", false, false),
            ("note", "call +1 (305) 555-0123", false, false),
            ("other", "+1 (305) 555-0123", false, true),
            ("other", "ann@mail.example", false, true),
            ("sub_id", "aff-77", false, false),
            ("ad_id", "120210000000000001", false, false),
        ] {
            assert_eq!((is_personal(name), is_private(name, value)), (personal, private), "{name}");
        }
    }
}
