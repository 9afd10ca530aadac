//! Text with variables: `Your zip is {zip}.`
//!
//! `{name}` is a field, spoken as what its question asked for; `{name:digits}` says how. `{{` and
//! `}}` are braces.

use std::fmt;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::suggest;

use super::Sound;
use super::reader::Fault;
use super::reader::Reader;
use super::reader::excerpt;
use super::spoken;
use super::verb::VALUE_BYTES_MAX;

/// Most variables of one text.
const VARIABLES_MAX: usize = 20;

/// A text, as it is written, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    written: String,
    pieces: Vec<Piece>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Words that stand as they are.
    Words(String),
    /// A field's value.
    Variable {
        /// Which field.
        field: FieldName,
        /// How it is spoken.
        speak: Speak,
    },
}

/// How a value is spoken. One that is not of its kind is spoken as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speak {
    /// By its looks: a phone number, a date, digits, a small number, or text.
    ByLooks,
    /// One digit after the other: `nine zero two one zero`.
    Digits,
    /// A phone number, in groups of digits.
    Phone,
    /// A whole number: `forty-two`.
    Number,
    /// An amount in dollars and cents.
    Money,
    /// A day: `March fifth, nineteen ninety-six`.
    Date,
    /// As it is.
    Text,
}

impl Speak {
    /// Every way, by its name in `{field:name}`.
    pub const ALL: &'static [(&'static str, Speak)] = &[
        ("digits", Speak::Digits),
        ("phone", Speak::Phone),
        ("number", Speak::Number),
        ("money", Speak::Money),
        ("date", Speak::Date),
        ("text", Speak::Text),
    ];

    /// How answers are spoken that `validate` accepts.
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
    /// Reads a text that stands at `offset`; `None`, with the faults noted, when it is none.
    pub(crate) fn read(written: &str, offset: usize, reader: &mut Reader<'_>) -> Option<Text> {
        match split(written) {
            Ok(raw) => Self::resolve(written, raw, offset, reader),
            Err(message) => {
                let hint = "write a field as {zip}, and a brace itself as {{ or }}";
                reader.error(Fault::new(offset, message).hint(hint));
                None
            }
        }
    }

    fn resolve(
        written: &str,
        raw: Vec<Raw<'_>>,
        offset: usize,
        reader: &mut Reader<'_>,
    ) -> Option<Text> {
        let mut pieces = Vec::with_capacity(raw.len());
        let mut whole = true;
        for piece in raw {
            match piece {
                Raw::Words(words) => pieces.push(Piece::Words(words)),
                Raw::Variable(inside) => match variable(inside, offset, reader) {
                    Some(piece) => pieces.push(piece),
                    None => whole = false,
                },
            }
        }
        whole.then(|| Text { written: written.to_owned(), pieces })
    }

    /// What it is made of.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The fields that stand in it.
    pub fn fields(&self) -> impl Iterator<Item = &FieldName> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Variable { field, .. } => Some(field),
        })
    }

    /// The text itself, when it has no variables.
    pub fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Words(words)] => Some(words),
            _with_variables => None,
        }
    }

    /// With the values in place, at most 200 bytes. A field without a value leaves nothing.
    pub fn filled(&self, fields: &Fields) -> String {
        let mut text = self.joined(fields, str::to_owned);
        text.truncate(text.floor_char_boundary(VALUE_BYTES_MAX));
        text
    }

    /// With the values in place, percent-encoded but for letters, digits, `-`, `.`, `_` and `~`
    /// (RFC 3986 §2.3).
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

    /// The sentence with its values, in words and in parts.
    pub(crate) fn spoken(&self, language: &str, fields: &Fields) -> Sound {
        let (mut text, mut parts) = (String::new(), Vec::new());
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => {
                    text.push_str(words);
                    parts.extend(said(language, words));
                }
                Piece::Variable { field, speak } => {
                    let value = fields.value(field.as_str()).unwrap_or_default();
                    let words = spoken::words(language, *speak, value);
                    text.push_str(&words.join(" "));
                    parts.extend(words.iter().filter_map(|word| said(language, word)));
                }
            }
        }
        Sound::Spoken { language: language.to_owned(), text, parts }
    }

    /// Everything that [`Text::spoken`] may make a part of, but for values that are text.
    pub(crate) fn parts(&self, language: &str) -> Vec<Sound> {
        let mut parts = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => parts.extend(said(language, words)),
                Piece::Variable { speak, .. } => {
                    let words = spoken::vocabulary(language, *speak);
                    parts.extend(words.iter().filter_map(|word| said(language, word)));
                }
            }
        }
        parts
    }
}

/// As it was written.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

/// Words as a sound of their own; a full stop behind a variable is none.
fn said(language: &str, words: &str) -> Option<Sound> {
    let text = words.trim().trim_start_matches(['.', ',', ';', ':', '!', '?']).trim();
    let heard = text.chars().any(char::is_alphanumeric);
    heard.then(|| Sound::Say { language: language.to_owned(), text: text.to_owned() })
}

enum Raw<'a> {
    Words(String),
    Variable(&'a str),
}

fn split(text: &str) -> Result<Vec<Raw<'_>>, String> {
    let (mut raw, mut words, mut rest) = (Vec::new(), String::new(), text);
    let mut variables = 0;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        words.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            words.push_str(from.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let Some(inside) = from.strip_prefix('{') else {
            return Err(String::from("a `}` that closes nothing"));
        };
        let Some((name, after)) = inside.split_once('}').filter(|(name, _)| !name.contains('{'))
        else {
            return Err(format!("`{}` is not closed by a `}}`", excerpt(from)));
        };
        variables += 1;
        if variables > VARIABLES_MAX {
            return Err(format!("more than {VARIABLES_MAX} variables"));
        }
        if !words.is_empty() {
            raw.push(Raw::Words(std::mem::take(&mut words)));
        }
        raw.push(Raw::Variable(name));
        rest = after;
    }
    words.push_str(rest);
    if !words.is_empty() {
        raw.push(Raw::Words(words));
    }
    Ok(raw)
}

fn variable(inside: &str, offset: usize, reader: &mut Reader<'_>) -> Option<Piece> {
    let (name, speak) = match inside.split_once(':') {
        Some((name, speak)) => (name, Some(speak)),
        None => (inside, None),
    };
    let known = reader.spoken_fields.get(name).copied();
    let Some(natural) = known else {
        let names = reader.spoken_fields.keys().map(String::as_str);
        let hint = match suggest(name, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => String::from(
                "nothing sets it; name it in fields=\"…\" of <Flow> if an earlier \
                 flow does",
            ),
        };
        let message = format!("the variable `{}` is not known", excerpt(name));
        reader.error(Fault::new(offset, message).hint(hint));
        return None;
    };
    let speak = match speak {
        None => natural,
        Some(speak) => match Speak::ALL.iter().find(|(known, _)| *known == speak) {
            Some((_, speak)) => *speak,
            None => {
                let message = format!("unknown way to speak a value: `{}`", excerpt(speak));
                let names: Vec<&str> = Speak::ALL.iter().map(|(name, _)| *name).collect();
                let hint = format!("known: {}", names.join(", "));
                reader.error(Fault::new(offset, message).hint(hint));
                return None;
            }
        },
    };
    let field = name.parse().ok()?;
    Some(Piece::Variable { field, speak })
}

fn percent_encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Origin;
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
