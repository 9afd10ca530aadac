//! The e-mail with a form lead.

use crate::book::LeadEmail;
use crate::book::LeadToken;

use super::Lead;
use super::Secrets;
use super::Unsendable;
use super::body::own;
use super::request::REQUEST_BYTES_MAX;
use super::request::check_secrets;
use super::text::line;
use super::value::value;

/// Longest subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 200;
/// Longest value in the list of all fields, in bytes.
const VALUE_BYTES_MAX: usize = 8 * 1_024;

/// Subject and texts of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line, without control characters: it can begin no other header.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML; `None` without.
    pub html: Option<String>,
}

/// Returns the e-mail that brings a lead to the buyer of a contract. In HTML, values are escaped.
///
/// # Errors
/// [`Unsendable`]: the e-mail cannot be written.
pub fn letter(
    email: &LeadEmail,
    lead: &Lead<'_>,
    secrets: &dyn Secrets,
) -> Result<Letter, Unsendable> {
    let LeadEmail { to: _, subject, text, html } = email;
    let texts = [Some(subject), text.as_ref(), html.as_ref()];
    check_secrets(texts.into_iter().flatten().flat_map(|text| text.tokens()), secrets)?;
    let known = |token: &LeadToken| value(token, lead, secrets);
    let plain = match text {
        Some(text) => text.fill(known),
        None => own(lead).map(|(name, value)| listed(name, value)).collect(),
    };
    let subject = line(&subject.fill(known), SUBJECT_BYTES_MAX);
    let letter = Letter {
        subject: subject.unwrap_or_else(|| format!("New lead for {}", lead.offer)),
        text: ends_of_lines(&plain),
        html: html.as_ref().map(|html| ends_of_lines(&html.fill(known))),
    };
    if letter.text.len() + letter.html.as_ref().map_or(0, String::len) > REQUEST_BYTES_MAX {
        return Err(Unsendable::Large);
    }
    Ok(letter)
}

/// Returns a field on a line of its own.
fn listed(name: &str, value: &str) -> String {
    format!("{name}: {}\n", line(value, VALUE_BYTES_MAX).unwrap_or_default())
}

/// Returns a text whose lines end with CR LF (RFC 5322 §2.3), without other control characters.
fn ends_of_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String =
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    text.replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Later;
    use crate::delivery::tests::NASTY;
    use crate::delivery::tests::NoSecrets;
    use crate::delivery::tests::contract_with;
    use crate::delivery::tests::fields;
    use crate::delivery::tests::lead_of;

    fn written(keys: &str, pairs: &[(&str, &str)]) -> Letter {
        let contract = contract_with(&format!("email = {{ {keys} }}"));
        let Some(Later::Email(email)) = contract.delivery.as_ref().unwrap().later() else {
            panic!("{contract:?}")
        };
        let fields = fields(pairs);
        letter(email, &lead_of(&fields), &NoSecrets).unwrap()
    }

    #[test]
    fn a_lead_without_a_text_is_a_list_of_its_fields() {
        let found = written("to = \"a@b.example\"", &[("zip", "90210"), ("note", "a\r\nBcc: x")]);
        assert_eq!(found.subject, "New lead for o");
        assert_eq!(found.text, "note: a Bcc: x\r\nzip: 90210\r\n");
        assert_eq!(found.html, None);
    }

    #[test]
    fn no_value_begins_a_header_or_an_element() {
        let keys = "to = [\"a@b.example\"], subject = \"Lead {field.note}\", text = \"{field.note}\", \
                    html = \"<p title=\\\"{field.note}\\\">{field.note}</p>\"";
        let found = written(keys, &[("note", NASTY)]);
        assert!(!found.subject.contains(['\r', '\n', '\0']), "{found:?}");
        assert!(found.subject.starts_with("Lead a b&c"), "{found:?}");
        let html = found.html.unwrap();
        let inner = html.strip_prefix("<p title=\"").unwrap().strip_suffix("</p>").unwrap();
        let (title, text) = inner.split_once("\">").unwrap();
        for value in [title, text] {
            assert!(!value.contains(['<', '>', '"', '\'']), "{value}");
            assert!(value.contains("{field.zip}{{7*7}}"), "a value is never a template: {value}");
        }
        assert!(!found.text.replace("\r\n", "").contains(['\r', '\n']), "{:?}", found.text);
        let empty = written("to = \"a@b.example\", subject = \"{field.note}\"", &[]);
        assert_eq!(empty.subject, "New lead for o");
    }
}
