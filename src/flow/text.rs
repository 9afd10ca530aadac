//! Text with variables: `Your zip is {zip}.`
//!
//! `{name}` is a field, spoken in the manner of its question; `{name:digits}` sets the manner. `{{`
//! and `}}` are braces.

use std::fmt;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::percent_encoded;

/// Maximum length of a value that a flow gives a field, in bytes.
pub(crate) const VALUE_BYTES_MAX: usize = 200;

/// A text as written, and its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    pub(super) written: String,
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Fixed words.
    Words(String),
    /// A field's value.
    Variable {
        /// Name of the field.
        field: FieldName,
        /// Manner of speaking it.
        speak: Speak,
    },
}

/// Manner of speaking a value. A value of another kind is spoken as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speak {
    /// Guessed: a phone number, a date, digits, a small number, or text.
    ByLooks,
    /// One digit after the other: `nine zero two one zero`.
    Digits,
    /// A phone number, in groups of digits.
    Phone,
    /// A whole number: `forty-two`.
    Number,
    /// An amount in dollars and cents.
    Money,
    /// A date: `March fifth, nineteen ninety-six`.
    Date,
    /// Unchanged.
    Text,
}

impl Speak {
    /// All kinds, by their names in `{field:name}`.
    pub const ALL: &'static [(&'static str, Speak)] = &[
        ("digits", Speak::Digits),
        ("phone", Speak::Phone),
        ("number", Speak::Number),
        ("money", Speak::Money),
        ("date", Speak::Date),
        ("text", Speak::Text),
    ];

    /// Returns how answers that `validate` accepts are spoken.
    pub(crate) fn of_validate(name: &str) -> Speak {
        match name {
            "us-zip" => Speak::Digits,
            "phone" => Speak::Phone,
            "date" => Speak::Date,
            "age" => Speak::Number,
            "money" => Speak::Money,
            _other => Speak::ByLooks,
        }
    }
}

impl Text {
    /// Returns the pieces.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the fields of the variables.
    pub fn fields(&self) -> impl Iterator<Item = &FieldName> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Variable { field, .. } => Some(field),
        })
    }

    /// Returns the text itself, if it has no variables.
    pub fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Words(words)] => Some(words),
            _with_variables => None,
        }
    }

    /// Returns the text with values filled in, at most 200 bytes. A field without a value is left
    /// out.
    pub fn filled(&self, fields: &Fields) -> String {
        let mut text = self.joined(fields, str::to_owned);
        text.truncate(text.floor_char_boundary(VALUE_BYTES_MAX));
        text
    }

    /// Returns the text with values filled in, percent-encoded except for letters, digits, `-`,
    /// `.`, `_` and `~` (RFC 3986 §2.3).
    pub fn filled_for_url(&self, fields: &Fields) -> String {
        self.joined(fields, percent_encoded)
    }

    fn joined(&self, fields: &Fields, value: impl Fn(&str) -> String) -> String {
        let one = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Variable { field, .. } => {
                fields.value(field.as_str()).map(&value).unwrap_or_default()
            }
        };
        self.pieces.iter().map(one).collect()
    }
}

/// Formats the text as it was written.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Origin;
    use crate::flow::Sound;
    use crate::flow::parse;

    fn text(written: &str) -> Result<Text, Vec<String>> {
        let xml = format!(
            "<Flow name='t' fields='zip,name'><Set field='x' value='{written}'/><Route/></Flow>"
        );
        let (flow, faults) = parse("t.xml", &xml);
        let flow =
            flow.ok_or_else(|| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        match &flow.steps[0].verbs[0].what {
            crate::flow::Verb::Set(set) => Ok(set.value.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_take_their_places() {
        let mut fields = Fields::default();
        fields.set("zip".parse().unwrap(), "90210", Origin::Ivr);
        fields.set("name".parse().unwrap(), "Ann & Jo/é", Origin::Ivr);
        for (written, filled, in_url) in [
            ("", "", ""),
            ("plain", "plain", "plain"),
            ("{zip}", "90210", "90210"),
            ("a{zip}b{name:text}", "a90210bAnn & Jo/é", "a90210bAnn%20%26%20Jo%2F%C3%A9"),
            ("{{zip}} {zip}", "{zip} 90210", "{zip} 90210"),
            ("{x}|", "|", "|"),
        ] {
            let text = text(written).unwrap();
            assert_eq!(text.filled(&fields), filled, "{written}");
            assert_eq!(text.filled_for_url(&fields), in_url, "{written}");
            assert_eq!(text.to_string(), written);
        }
    }

    #[test]
    fn faults_are_reported() {
        for (written, expected) in [
            ("{zip", "`{zip` is not closed by a `}`"),
            ("zip}", "a `}` that closes nothing"),
            ("{z{ip}}", "`{z{ip}}` is not closed by a `}`"),
            ("{zop}", "the variable `zop` is not known (did you mean `zip`?)"),
            ("{zip:loud}", "unknown way to speak a value: `loud` (known: digits"),
            ("{}", "the variable `` is not known"),
        ] {
            let faults = text(written).unwrap_err();
            assert!(faults[0].contains(expected), "{written}: {faults:?}");
        }
    }

    #[test]
    fn values_are_spoken_in_parts() {
        let (flow, faults) = parse(
            "t.xml",
            "<Flow name='t'><Gather field='zip' validate='us-zip'><Say>?</Say></Gather>\
             <Say>Your zip is {zip}, right? {phone:digits}.</Say><Route/></Flow>",
        );
        let flow = flow.unwrap_or_else(|| panic!("{faults:?}"));
        let crate::flow::Verb::Say(say) = &flow.steps[0].verbs[1].what else { panic!() };
        let Sound::Template { language, text } = say.sound() else { panic!() };
        let mut fields = Fields::default();
        fields.set("zip".parse().unwrap(), "90", Origin::Ivr);
        let Sound::Spoken { text: spoken, parts, .. } = text.spoken(&language, &fields) else {
            panic!()
        };
        assert_eq!(spoken, "Your zip is nine zero, right? .");
        let say = |text: &str| Sound::Say { language: "en-US".into(), text: text.into() };
        assert_eq!(parts, [say("Your zip is"), say("nine"), say("zero"), say("right?")]);
        assert!(text.parts(&language).contains(&say("seven")));
    }
}
