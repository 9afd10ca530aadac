//! A question from a command line or a request, as an inquiry.

use super::Inquiry;
use super::check_value;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::suggest;
use crate::book::Book;

/// A question: which contract would get such a call or lead?
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// The offer's id.
    pub offer: String,
    /// `call` or `form`.
    pub channel: String,
    /// The source's id.
    pub source: Option<String>,
    /// Known fields by name; `phone` is also the caller's number.
    pub fields: Vec<(String, String)>,
}

impl Question {
    /// Returns the inquiry. The error is a sentence that names what the book lacks or what is
    /// invalid.
    pub fn inquiry(&self, book: &Book) -> Result<Inquiry, String> {
        let offers = book.offers.iter().map(|offer| offer.id.as_str());
        let offer: OfferId = known("offer", &self.offer, offers)?;
        let sources = || book.sources.iter().map(|source| source.id.as_str());
        let source: Option<SourceId> = match &self.source {
            Some(source) => Some(known("source", source, sources())?),
            None => None,
        };
        let (mut fields, mut caller) = (Fields::default(), None);
        for (name, value) in &self.fields {
            let name: FieldName = name.parse()?;
            check_value(&name, value)?;
            if name.as_str() == "phone" {
                caller = value.parse::<Phone>().ok();
            }
            if !fields.set(name, value, Origin::Form) {
                return Err("an inquiry has at most 64 fields".to_owned());
            }
        }
        Ok(Inquiry { offer, channel: self.channel.parse()?, source, caller, fields })
    }
}

/// Parses an id that the book has.
fn known<'a, T: std::str::FromStr>(
    noun: &str,
    id: &str,
    mut ids: impl Iterator<Item = &'a str> + Clone,
) -> Result<T, String> {
    let hint = match suggest(id, ids.clone()) {
        Some(name) => format!(" (did you mean `{name}`?)"),
        None => String::new(),
    };
    let refuse = || {
        let shown: String = id.chars().take(80).collect();
        format!("{noun} `{shown}` is not in the book{hint}")
    };
    if !ids.any(|other| other == id) {
        return Err(refuse());
    }
    id.parse().map_err(|_| refuse())
}
