//! A phone number or an e-mail address, in one form however it was written.

use std::fmt;
use std::str::FromStr;

use super::email::Email;
use super::invalid::InvalidContact;
use crate::base::Phone;

/// A phone number or an e-mail address. Prints redacted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contact {
    /// A phone number.
    Phone(Phone),
    /// An e-mail address.
    Email(Email),
}

impl Contact {
    /// Returns the contact as it is shown to someone who may see it.
    pub fn reveal(&self) -> &str {
        match self {
            Contact::Phone(phone) => phone.e164(),
            Contact::Email(email) => email.as_str(),
        }
    }
}

/// Reads a contact: with an `@` an e-mail address, else a phone number as [`Phone`] reads it.
/// Spaces and dashes of any kind, and invisible characters, are what spreadsheets and contact books
/// add to numbers; so is a leading apostrophe.
impl FromStr for Contact {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        let text: String = text.chars().filter_map(plain).collect();
        if text.contains('@') {
            return text.parse().map(Contact::Email);
        }
        let number = text.trim().trim_start_matches('\'');
        number.parse().map(Contact::Phone).map_err(|_| InvalidContact)
    }
}

/// Returns a character in its plain form; `None` for one that is not seen.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{ad}' => None,
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        other => Some(other),
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contact::Phone(phone) => phone.fmt(f),
            Contact::Email(email) => email.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_has_one_form_however_it_is_written() {
        for (text, expected) in [
            ("+13055550123", Some("+13055550123")),
            ("+1 305 555 0123", Some("+13055550123")),
            ("+1 (305) 555-0123", Some("+13055550123")),
            ("1-305-555-0123", Some("+13055550123")),
            ("305.555.0123", Some("+13055550123")),
            ("  3055550123\t", Some("+13055550123")),
            ("'+13055550123", Some("+13055550123")),
            ("\u{202d}+1\u{a0}305\u{a0}555\u{2011}0123\u{202c}", Some("+13055550123")),
            ("\u{feff}3055550123", Some("+13055550123")),
            ("+44 (0)20 7946 0018", Some("+442079460018")),
            ("+442079460018", Some("+442079460018")),
            ("442079460018", None),
            ("3.05556E+09", None),
            ("5550123", None),
            ("\u{ff13}\u{ff10}\u{ff15}5550123", None),
            ("+1305555012x", None),
            ("", None),
            ("withheld", None),
            ("Ann@Example.COM", Some("ann@example.com")),
            (" ann@example.com ", Some("ann@example.com")),
            ("ann+solar@example.com", Some("ann+solar@example.com")),
            ("a.n.n@gmail.com", Some("a.n.n@gmail.com")),
            ("\u{c4}NN@B\u{dc}CHER.example", Some("\u{e4}nn@b\u{fc}cher.example")),
            ("ann@example", None),
            ("ann@exam ple.com", None),
            ("a@b@example.com", None),
            ("Ann <ann@example.com>", None),
            ("ann@example..com", None),
            ("@example.com", None),
            ("ann@", None),
        ] {
            let read = text.parse::<Contact>();
            let read = read.as_ref().map(Contact::reveal);
            assert_eq!(read.ok(), expected, "{text:?}");
        }
        let long = format!("{}@example.com", "x".repeat(65));
        assert_eq!(long.parse::<Contact>(), Err(InvalidContact));
        let long = format!("ann@{}.com", "x.".repeat(130));
        assert_eq!(long.parse::<Contact>(), Err(InvalidContact));
    }

    #[test]
    fn contacts_print_redacted() {
        for text in ["+13055550123", "ann@example.com"] {
            let contact: Contact = text.parse().unwrap();
            let shown = format!("{contact} {contact:?}");
            assert!(!shown.contains("5550") && !shown.contains("ann"), "{shown}");
        }
        assert_eq!("ann@example.com".parse::<Contact>().unwrap().to_string(), "a…@example.com");
    }
}
