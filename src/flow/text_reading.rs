//! Reads text with variables.

use roxmltree::Node;

use crate::base::suggest;

use super::Speak;
use super::Text;
use super::reader::Fault;
use super::reader::Reader;
use super::reader::excerpt;
use super::text::Piece;
use super::text::VALUE_BYTES_MAX;

/// Maximum number of variables in one text.
const VARIABLES_MAX: usize = 20;

impl Reader<'_> {
    /// Returns the required attribute `value`: a text that may have variables.
    pub(crate) fn value_text(&mut self, node: Node<'_, '_>) -> Option<Text> {
        let value = self.required(node, "value")?;
        if value.value().len() > VALUE_BYTES_MAX {
            self.fault_in(value, format!("the value is longer than {VALUE_BYTES_MAX} bytes"), "");
        }
        Text::read(value.value(), value.range().start, self)
    }
}

impl Text {
    /// Reads a text at `offset`. Reports its faults and returns `None` when it is invalid.
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
