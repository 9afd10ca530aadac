//! A person whose data are to be removed, named by a phone number or an e-mail address.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use super::Phone;

/// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
const EMAIL_BYTES_MAX: usize = 254;

/// Text that is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: write it like name@example.com")]
pub struct InvalidEmail;

/// An e-mail address in lower case. `Display` and `Debug` hide it; only [`Email::address`] shows
/// it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(Box<str>);

impl Email {
    /// Returns the whole address.
    pub fn address(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let (name, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if name.is_empty() || domain.is_empty() || !is_plain || text.len() > EMAIL_BYTES_MAX {
            return Err(InvalidEmail);
        }
        Ok(Self(text.to_lowercase().into()))
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0.into()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••@•••")
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// The person who calls from this number, or gave it.
    Phone(Phone),
    /// The person who gave this e-mail address.
    Email(Email),
}

impl Person {
    /// Returns the texts, in lower case, that name the person in a field: the address; or the
    /// number in E.164, without its `+`, and without the calling code of North America.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Person::Email(email) => vec![email.address().to_owned()],
            Person::Phone(phone) => {
                let whole = phone.e164();
                let national = phone.area_code().and_then(|_| whole.strip_prefix("+1"));
                let texts = [Some(whole), whole.strip_prefix('+'), national];
                texts.into_iter().flatten().map(str::to_owned).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_the_texts_that_callers_and_flows_write() {
        let phone = |text: &str| Person::Phone(text.parse().unwrap());
        let texts = phone("+12025550187").texts();
        assert_eq!(texts, ["+12025550187", "12025550187", "2025550187"]);
        assert_eq!(phone("+442079460018").texts(), ["+442079460018", "442079460018"]);
        let email = Person::Email("Ann.Lee@Example.com".parse().unwrap());
        assert_eq!(email.texts(), ["ann.lee@example.com"]);
        assert!(!format!("{email:?}").to_lowercase().contains("ann"), "{email:?}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        for text in ["", "ann", "@example.com", "ann@", "ann lee@example.com", long.as_str()] {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text}");
        }
    }
}
