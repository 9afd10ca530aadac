//! Templates: texts with tokens, each escaped for where it stands. Postbacks and deliveries of leads
//! differ only in the tokens that they know.

use std::fmt;

use crate::base::percent_encoded;
use crate::base::xml::escaped;

use super::Token;
use super::Vocabulary;

/// A text with tokens. Prints as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<T = Token> {
    written: String,
    pieces: Vec<Piece<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<T> {
    Words(String),
    Value(T, Escape),
}

/// Where a template stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// In a URL or the body of a form.
    Url,
    /// In the value of a header.
    Header,
    /// In a JSON document.
    Json,
    /// In an XML document.
    Xml,
    /// In plain text.
    Text,
}

/// How a value is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// Percent-encoded.
    Url,
    /// Without control characters, and percent-encoded beyond ASCII (RFC 9110 §5.5).
    Header,
    /// Inside a JSON string (RFC 8259 §7).
    JsonString,
    /// As a JSON value: a number, `true`, `false`, a string in quotes, or `null` if it is unknown.
    JsonValue,
    /// With entities, and without characters that XML 1.0 §2.2 forbids.
    Xml,
    /// Unchanged.
    Plain,
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// The text has a token that is unknown.
    #[error("unknown token `{{{0}}}`")]
    Token(String),
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    Json(String),
}

impl<T: Vocabulary> Template<T> {
    /// Parses a template. A token is a name in braces: lower-case letters, digits, `.` and `_`.
    /// Other braces stand for themselves.
    ///
    /// # Errors
    /// [`InvalidTemplate`]: a token is unknown, or the template of a JSON document makes none.
    pub fn parse(text: &str, spot: Spot) -> Result<Self, InvalidTemplate> {
        let mut pieces = Vec::new();
        let mut string = JsonString::default();
        let mut rest = text;
        while let Some(Found { words, name, after }) = next_token(rest) {
            string.pass(words);
            let token = T::parse(name);
            let token = token.ok_or_else(|| InvalidTemplate::Token(name.to_owned()))?;
            pieces.push(Piece::Words(words.to_owned()));
            pieces.push(Piece::Value(token, escape(spot, &string)));
            rest = after;
        }
        pieces.push(Piece::Words(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Words(words) if words.is_empty()));
        let template = Self { written: text.to_owned(), pieces };
        if spot == Spot::Json {
            let empty = template.fill(|_| None);
            serde_json::from_str::<serde::de::IgnoredAny>(&empty)
                .map_err(|error| InvalidTemplate::Json(error.to_string()))?;
        }
        Ok(template)
    }

    /// Returns the text as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Returns the tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Value(token, _) => Some(token),
        })
    }

    /// Returns the token, if the template is nothing else.
    pub fn token_alone(&self) -> Option<&T> {
        match self.pieces.as_slice() {
            [Piece::Value(token, _)] => Some(token),
            [Piece::Words(_)] | [] | [_, _, ..] => None,
        }
    }

    /// Returns the text with the values of the tokens, each escaped. A value that is unknown is
    /// empty, or `null` as a JSON value.
    pub fn fill(&self, value: impl Fn(&T) -> Option<String>) -> String {
        let one = |piece: &Piece<T>| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Value(token, escape) => escape.apply(token, value(token)),
        };
        self.pieces.iter().map(one).collect()
    }
}

impl<T> fmt::Display for Template<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

/// The first token of a text.
struct Found<'t> {
    /// The words before it.
    words: &'t str,
    /// Its name.
    name: &'t str,
    /// The text after it.
    after: &'t str,
}

/// Returns the first token of a text.
fn next_token(text: &str) -> Option<Found<'_>> {
    text.match_indices('{').find_map(|(at, _)| {
        let inner = text.get(at + 1..)?;
        let end = inner.find(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '_'))?;
        let name = inner.get(..end)?;
        let after = inner.get(end..)?.strip_prefix('}')?;
        let words = text.get(..at)?;
        (!name.is_empty()).then_some(Found { words, name, after })
    })
}

/// Whether a place in a JSON text is inside a string.
#[derive(Debug, Default)]
struct JsonString {
    inside: bool,
    escaped: bool,
}

impl JsonString {
    fn pass(&mut self, words: &str) {
        for c in words.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' if self.inside => self.escaped = true,
                '"' => self.inside = !self.inside,
                _ => {}
            }
        }
    }
}

fn escape(spot: Spot, string: &JsonString) -> Escape {
    match spot {
        Spot::Url => Escape::Url,
        Spot::Header => Escape::Header,
        Spot::Json if string.inside => Escape::JsonString,
        Spot::Json => Escape::JsonValue,
        Spot::Xml => Escape::Xml,
        Spot::Text => Escape::Plain,
    }
}

impl Escape {
    fn apply(self, token: &impl Vocabulary, value: Option<String>) -> String {
        let Some(value) = value else {
            let null = if self == Escape::JsonValue { "null" } else { "" };
            return null.to_owned();
        };
        match self {
            Escape::Url => percent_encoded(&value),
            Escape::Header => header(&value),
            Escape::JsonValue if token.is_bare() => value,
            Escape::JsonValue => quoted(value),
            Escape::JsonString => {
                let quoted = quoted(value);
                let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                inner.unwrap_or_default().to_owned()
            }
            Escape::Xml => escaped(&value),
            Escape::Plain => value,
        }
    }
}

/// Returns a text as a JSON string with its quotes.
fn quoted(value: String) -> String {
    serde_json::Value::String(value).to_string()
}

/// Returns a text for the value of a header.
fn header(value: &str) -> String {
    let mut shown = String::new();
    for c in value.chars() {
        match c {
            ' '..='~' => shown.push(c),
            c if c.is_control() => shown.push(' '),
            c => shown.push_str(&percent_encoded(c.encode_utf8(&mut [0; 4]))),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a b&c=\"d\"'<e>/\\%2F?#\r\nX: y\u{0}é{call_id}";

    fn filled(text: &str, spot: Spot) -> String {
        let value = |token: &Token| match token.to_string().as_str() {
            "field.zip" => Some("00501".to_owned()),
            "tag.click_id" => Some(NASTY.to_owned()),
            "revenue" => Some("45.00".to_owned()),
            "billable" => Some("true".to_owned()),
            _ => None,
        };
        Template::<Token>::parse(text, spot).unwrap().fill(value)
    }

    #[test]
    fn every_token_is_escaped_for_where_it_stands() {
        for (spot, text, expected) in [
            (
                Spot::Url,
                "https://t.example/{field.zip}?c={tag.click_id}&p={revenue}",
                "https://t.example/00501?c=a%20b%26c%3D%22d%22%27%3Ce%3E%2F%5C%252F%3F%23%0D%0AX\
                 %3A%20y%00%C3%A9%7Bcall_id%7D&p=45.00",
            ),
            (Spot::Header, "t={tag.click_id}", "t=a b&c=\"d\"'<e>/\\%2F?#  X: y %C3%A9{call_id}"),
            (
                Spot::Json,
                r#"{"z":{field.zip},"t":"x {tag.click_id}","r":{revenue},"b":{billable},"p":{payout},"q":"{payout}"}"#,
                "{\"z\":\"00501\",\"t\":\"x a b&c=\\\"d\\\"'<e>/\\\\%2F?#\\r\\nX: y\\u0000é{call_id}\",\
                 \"r\":45.00,\"b\":true,\"p\":null,\"q\":\"\"}",
            ),
            (
                Spot::Xml,
                "<a b=\"{tag.click_id}\">{revenue}</a>",
                "<a b=\"a b&amp;c=&quot;d&quot;&apos;&lt;e&gt;/\\%2F?#&#13;\nX: yé{call_id}\">45.00</a>",
            ),
            (Spot::Text, "{ call_id } {} {{revenue}}", "{ call_id } {} {45.00}"),
            (Spot::Text, "{field.zip", "{field.zip"),
        ] {
            assert_eq!(filled(text, spot), expected, "{text}");
        }
    }

    #[test]
    fn a_filled_json_document_holds_exactly_the_values() {
        let text = r#"{"a":"\"{tag.click_id}\\","b":[{tag.click_id}, {"c": {revenue}}]}"#;
        let filled: serde_json::Value = serde_json::from_str(&filled(text, Spot::Json)).unwrap();
        let expected = format!("\"{NASTY}\\");
        assert_eq!(filled, serde_json::json!({ "a": expected, "b": [NASTY, { "c": 45.00 }] }));
    }

    #[test]
    fn unknown_tokens_and_broken_documents_are_rejected() {
        for (spot, text) in [
            (Spot::Url, "https://t.example/{click}"),
            (Spot::Text, "{field.}"),
            (Spot::Text, "{field.Zip}{tag}"),
            (Spot::Json, "{\"a\": {revenue}"),
            (Spot::Json, "{\"a\": x{revenue}}"),
            (Spot::Json, ""),
        ] {
            assert!(Template::<Token>::parse(text, spot).is_err(), "{text}");
        }
        let unknown = Template::<Token>::parse("{field.zip} {clickid}", Spot::Text);
        assert_eq!(unknown, Err(InvalidTemplate::Token("clickid".to_owned())));
    }
}
