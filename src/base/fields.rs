//! Fields: what is known about an inquiry, and the origin of each value.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

/// Most fields of one inquiry; further ones are rejected with an error.
const FIELDS_MAX: usize = 64;
/// Longest value of a field, in bytes; a longer one is cut at a character boundary.
pub(crate) const VALUE_BYTES_MAX: usize = 512;
/// Longest value of a field that is kept as a whole, such as the text of a consent, in bytes; a
/// longer one is cut at a character boundary.
pub(crate) const LONG_VALUE_BYTES_MAX: usize = 8 * 1024;
/// Longest name of a field, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 40;

/// A field's name: a lower-case letter, then lower-case letters, digits and `_`, at most 40.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct FieldName(Arc<str>);

impl FieldName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FieldName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
        let clean = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if starts && clean && text.len() <= NAME_BYTES_MAX {
            return Ok(Self(Arc::from(text)));
        }
        let shown: String = text.chars().take(NAME_BYTES_MAX * 2).collect();
        Err(format!(
            "`{shown}` is not a field name: use a-z, 0-9 and _, a letter first, at most 40"
        ))
    }
}

impl TryFrom<String> for FieldName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::borrow::Borrow<str> for FieldName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Origin of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The caller typed it, or a step of a flow set it.
    Ivr,
    /// A form, or `--field` of an explain command.
    Form,
    /// The caller's number.
    Caller,
    /// Derived from the caller's number: its area code, its country.
    #[serde(alias = "derived")]
    Phone,
    /// Derived from the zip: its city, county, state and time zone.
    Zip,
    /// Derived from the state: its country and time zone.
    State,
    /// Derived from the area code: the state and time zone it is assigned to.
    AreaCode,
    /// Counted from earlier inquiries of the same person.
    History,
    /// The score of the inquiry.
    Score,
}

impl Origin {
    /// Returns whether the value was derived from another field.
    pub const fn is_derived(self) -> bool {
        match self {
            Origin::Ivr | Origin::Form | Origin::Caller | Origin::History | Origin::Score => false,
            Origin::Phone | Origin::Zip | Origin::State | Origin::AreaCode => true,
        }
    }

    /// Returns whether the person or the source gave the value, rather than the switch.
    pub const fn is_given(self) -> bool {
        match self {
            Origin::Ivr | Origin::Form | Origin::Caller => true,
            Origin::Phone
            | Origin::Zip
            | Origin::State
            | Origin::AreaCode
            | Origin::History
            | Origin::Score => false,
        }
    }

    /// Returns the name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Ivr => "ivr",
            Origin::Form => "form",
            Origin::Caller => "caller",
            Origin::Phone => "phone",
            Origin::Zip => "zip",
            Origin::State => "state",
            Origin::AreaCode => "area_code",
            Origin::History => "history",
            Origin::Score => "score",
        }
    }
}

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The value, as text.
    pub value: String,
    /// Origin of the value.
    pub from: Origin,
}

/// The fields of one inquiry, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(BTreeMap<FieldName, Field>);

impl Fields {
    /// Sets a field, replacing an earlier value. Returns `false`, without a change, if the inquiry
    /// already has 64 other fields.
    pub fn set(&mut self, name: FieldName, value: &str, from: Origin) -> bool {
        self.put(name, value, VALUE_BYTES_MAX, from)
    }

    /// Sets a field as [`Fields::set`] does, with a value that may have 8 KiB.
    pub fn set_whole(&mut self, name: FieldName, value: &str, from: Origin) -> bool {
        self.put(name, value, LONG_VALUE_BYTES_MAX, from)
    }

    fn put(&mut self, name: FieldName, value: &str, bytes_max: usize, from: Origin) -> bool {
        if self.0.len() >= FIELDS_MAX && !self.0.contains_key(&name) {
            return false;
        }
        let end = value.floor_char_boundary(bytes_max);
        self.0.insert(name, Field { value: value[..end].to_owned(), from });
        true
    }

    /// Returns a field's value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|field| field.value.as_str())
    }

    /// Returns a field with its origin.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.0.get(name)
    }

    /// Returns all fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldName, &Field)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for (text, good) in [
            ("zip", true),
            ("age_2", true),
            ("", false),
            ("Zip", false),
            ("2x", false),
            ("a-b", false),
        ] {
            assert_eq!(text.parse::<FieldName>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn origins_have_one_name() {
        for origin in [
            Origin::Ivr,
            Origin::Form,
            Origin::Caller,
            Origin::Phone,
            Origin::Zip,
            Origin::State,
            Origin::AreaCode,
        ] {
            let json = serde_json::to_string(&origin).unwrap();
            assert_eq!(json, format!("\"{}\"", origin.name()));
        }
    }

    #[test]
    fn the_bounds_hold() {
        let mut fields = Fields::default();
        for i in 0..FIELDS_MAX {
            assert!(fields.set(format!("f{i}").parse().unwrap(), "x", Origin::Form));
        }
        assert!(!fields.set("one_more".parse().unwrap(), "x", Origin::Form));
        assert!(fields.set("f0".parse().unwrap(), &"é".repeat(400), Origin::Form));
        assert_eq!(fields.value("f0").unwrap().len(), VALUE_BYTES_MAX);
        assert_eq!(fields.value("one_more"), None);
        let long = "é".repeat(LONG_VALUE_BYTES_MAX);
        assert!(fields.set_whole("f0".parse().unwrap(), &long, Origin::Form));
        assert_eq!(fields.value("f0").unwrap().len(), LONG_VALUE_BYTES_MAX);
    }
}
