//! Names under which a buyer takes values: a dotted path in JSON or XML, a plain name in a form.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use super::BodyFormat;

/// Longest name, in bytes.
const BYTES_MAX: usize = 120;
/// Most steps of a path.
const STEPS_MAX: usize = 8;
/// Last position in a list.
const POSITION_MAX: usize = 99;

/// Where a value stands in a request's body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SentPath(Vec<SentStep>);

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SentStep {
    /// A position in a list, or of a repeated element, from 0.
    Position(usize),
    /// A name. In XML, `@` begins the name of an attribute.
    Name(String),
}

impl SentPath {
    /// Parses a name for a format. In JSON and XML, dots separate the steps; in a form they belong
    /// to the name.
    ///
    /// # Errors
    /// The reason, in one line.
    pub fn parse(text: &str, format: BodyFormat) -> Result<Self, String> {
        if text.trim().is_empty() || text.len() > BYTES_MAX || text.chars().any(char::is_control) {
            return Err(format!("a name has 1 to {BYTES_MAX} bytes and no control characters"));
        }
        match format {
            BodyFormat::Form | BodyFormat::Text => Ok(Self(vec![SentStep::Name(text.to_owned())])),
            BodyFormat::Json | BodyFormat::Xml => {
                let steps = text.split('.').map(step).collect::<Result<Vec<_>, _>>()?;
                if steps.len() > STEPS_MAX {
                    return Err(format!("a path has at most {STEPS_MAX} steps"));
                }
                if format == BodyFormat::Xml {
                    xml(&steps)?;
                }
                Ok(Self(steps))
            }
        }
    }

    /// Returns the steps, in order; at least one.
    pub fn steps(&self) -> &[SentStep] {
        &self.0
    }
}

fn step(text: &str) -> Result<SentStep, String> {
    if text.is_empty() {
        return Err("it has an empty step: write single dots, like `contact.zip`".to_owned());
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(SentStep::Name(text.to_owned()));
    }
    let position = text.parse().ok().filter(|position| *position <= POSITION_MAX);
    position
        .map(SentStep::Position)
        .ok_or_else(|| format!("the position `{text}` is above {POSITION_MAX}"))
}

/// Checks the steps of a path in XML: names of elements, an attribute only at the end, and a
/// position only after a name.
fn xml(steps: &[SentStep]) -> Result<(), String> {
    let last = steps.len().saturating_sub(1);
    for (at, step) in steps.iter().enumerate() {
        match step {
            SentStep::Name(name) => {
                let element = match name.strip_prefix('@') {
                    Some(_) if at < last => return Err("an attribute is the last step".to_owned()),
                    Some(attribute) => attribute,
                    None => name,
                };
                if !is_xml_name(element) {
                    return Err(format!("`{element}` is not the name of an XML element"));
                }
            }
            SentStep::Position(_) => {
                let before = at.checked_sub(1).and_then(|before| steps.get(before));
                if !matches!(before, Some(SentStep::Name(_))) {
                    return Err("a position follows the name of an element".to_owned());
                }
            }
        }
    }
    Ok(())
}

/// Returns whether a text is the name of an XML element: ASCII, with at most one prefix.
pub fn is_xml_name(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    match text.split_once(':') {
        Some((prefix, local)) => part(prefix) && part(local),
        None => part(text),
    }
}

/// Returns why paths cannot stand in one document, with the path at fault; `None` if they can.
/// A value has nothing below it, a list has only positions, and its positions leave no gap.
pub fn sent_conflict(paths: &[SentPath]) -> Option<(&SentPath, String)> {
    let whole: BTreeSet<&[SentStep]> = paths.iter().map(SentPath::steps).collect();
    let mut below: BTreeMap<&[SentStep], BTreeSet<&SentStep>> = BTreeMap::new();
    for path in paths {
        for end in 0..path.0.len() {
            let (head, rest) = path.0.split_at(end);
            if end > 0 && whole.contains(head) {
                let value = SentPath(head.to_vec());
                return Some((path, format!("`{value}` is a value and cannot hold others")));
            }
            below.entry(head).or_default().extend(rest.first());
        }
    }
    paths.iter().find_map(|path| {
        let heads = (0..path.0.len()).map(|end| path.0.split_at(end).0);
        let fault = heads.filter_map(|head| Some((head, below.get(head)?))).find_map(list_fault);
        fault.map(|fault| (path, fault))
    })
}

fn list_fault((head, steps): (&[SentStep], &BTreeSet<&SentStep>)) -> Option<String> {
    let positions: Vec<usize> = steps
        .iter()
        .filter_map(|step| match step {
            SentStep::Position(position) => Some(*position),
            SentStep::Name(_) => None,
        })
        .collect();
    let shown = match head {
        [] => "the document".to_owned(),
        steps => format!("`{}`", SentPath(steps.to_vec())),
    };
    if !positions.is_empty() && positions.len() < steps.len() {
        return Some(format!("{shown} has both names and positions"));
    }
    let gap = positions.iter().enumerate().any(|(at, position)| at != *position);
    gap.then(|| format!("the positions in {shown} leave a gap: they count from 0"))
}

impl fmt::Display for SentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            match step {
                SentStep::Name(name) => write!(f, "{dot}{name}")?,
                SentStep::Position(position) => write!(f, "{dot}{position}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_for_their_format() {
        let (json, xml, form) = (BodyFormat::Json, BodyFormat::Xml, BodyFormat::Form);
        for (text, format, good) in [
            ("Request.Lead.Zip", json, true),
            ("leads.0.phones.1", json, true),
            ("first name", json, true),
            ("a..b", json, false),
            ("a.b.c.d.e.f.g.h", json, true),
            ("a.b.c.d.e.f.g.h.i", json, false),
            ("a.100", json, false),
            ("Source.Key", form, true),
            ("x[0]", form, true),
            ("", form, false),
            ("a\nb", form, false),
            ("lead.contact.@id", xml, true),
            ("soap:Body.a", xml, true),
            ("lead.@id.b", xml, false),
            ("first name", xml, false),
            ("a><b", xml, false),
            ("0.a", xml, false),
            ("a.0.b", xml, true),
        ] {
            assert_eq!(SentPath::parse(text, format).is_ok(), good, "{text}");
        }
        assert!(SentPath::parse(&"a".repeat(120), form).is_ok());
        assert!(SentPath::parse(&"a".repeat(121), form).is_err());
    }

    #[test]
    fn paths_of_one_document_agree() {
        for (texts, expected) in [
            (&["a.b", "a.c", "d.0", "d.1.e"][..], None),
            (&["a", "a.b"], Some("`a` is a value and cannot hold others")),
            (&["a.0", "a.b"], Some("`a` has both names and positions")),
            (&["a.0", "a.2"], Some("the positions in `a` leave a gap: they count from 0")),
            (&["1.a"], Some("the positions in the document leave a gap: they count from 0")),
        ] {
            let paths: Vec<SentPath> =
                texts.iter().map(|text| SentPath::parse(text, BodyFormat::Json).unwrap()).collect();
            let conflict = sent_conflict(&paths).map(|(_, fault)| fault);
            assert_eq!(conflict.as_deref(), expected, "{texts:?}");
        }
    }
}
