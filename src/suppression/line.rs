//! Lines of a file of contacts: one contact per line, or CSV.

use super::contact::Contact;
use super::invalid::InvalidContact;

/// Longest line, in bytes. A longer one is a fault.
pub const LINE_BYTES_MAX: usize = 64 * 1_024;

/// Columns of a header that hold contacts, in lower case and without separators.
const CONTACT_COLUMNS: [&str; 13] = [
    "phone",
    "phonenumber",
    "number",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "caller",
    "callerid",
    "email",
    "emailaddress",
    "contact",
    "ani",
];
/// Digits of the two columns of the National Do Not Call Registry: area code and number.
const REGISTRY: (usize, usize) = (3, 7);

/// Why a line is not read. Does not hold what the line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// The line is longer than [`LINE_BYTES_MAX`].
    #[error("longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// The line is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The file is UTF-16.
    #[error("the file is UTF-16: save it as UTF-8")]
    Utf16,
    /// A quoted field does not end on its line.
    #[error("a quoted field does not end on this line")]
    OpenQuote,
    /// The first line has several fields, none of which is a known column or, as the first, a
    /// contact.
    #[error(
        "no column is named like `phone` or `email`, and the first field is neither: rename the \
         column, or put it first and remove this line"
    )]
    Header,
    /// A field is not a contact.
    #[error(transparent)]
    Contact(#[from] InvalidContact),
}

/// Reads a file line by line. The first line that is not empty may be a header; without one, the
/// first field of each line is the contact. Lines without a field and lines that begin with `#` are
/// skipped. Fields are separated by comma, semicolon or tab, and may be quoted (RFC 4180), but not
/// over several lines.
#[derive(Debug, Default)]
pub struct Lines {
    columns: Columns,
    begun: bool,
}

/// Where the contacts of a line are.
#[derive(Debug, Default)]
enum Columns {
    /// The next line may be a header.
    #[default]
    Unknown,
    /// In the first field, or area code and number in the first two.
    First,
    /// In the fields at these places.
    At(Vec<usize>),
}

impl Lines {
    /// Reads the next line, without its line feed. Returns its contacts, of which a file with a
    /// header may have several.
    ///
    /// # Errors
    /// [`LineFault`]: the line is not read, and the next one can be.
    pub fn read(&mut self, line: &[u8]) -> Result<Vec<Contact>, LineFault> {
        let is_first = !std::mem::replace(&mut self.begun, true);
        if line.len() > LINE_BYTES_MAX {
            return Err(LineFault::TooLong);
        }
        if is_first && (line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff])) {
            return Err(LineFault::Utf16);
        }
        let line = if is_first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let text = std::str::from_utf8(line).map_err(|_| LineFault::NotUtf8)?;
        let text = text.trim_end_matches('\r');
        if text.starts_with('#') {
            return Ok(Vec::new());
        }
        let fields = fields(text)?;
        if fields.iter().all(|field| field.trim().is_empty()) {
            return Ok(Vec::new());
        }
        if matches!(self.columns, Columns::Unknown) {
            self.columns = Columns::of(&fields);
            if matches!(self.columns, Columns::At(_)) {
                return Ok(Vec::new());
            }
            let read = self.columns.contacts(&fields);
            return read.map_err(|fault| if fields.len() > 1 { LineFault::Header } else { fault });
        }
        self.columns.contacts(&fields)
    }
}

impl Columns {
    /// Returns the columns by the first line.
    fn of(first: &[String]) -> Columns {
        let is_contact = |field: &String| {
            let name: String = field.chars().filter(|c| c.is_alphanumeric()).collect();
            CONTACT_COLUMNS.contains(&name.to_lowercase().as_str())
        };
        let places: Vec<usize> = first
            .iter()
            .enumerate()
            .filter(|(_, field)| is_contact(field))
            .map(|(n, _)| n)
            .collect();
        if places.is_empty() { Columns::First } else { Columns::At(places) }
    }

    fn contacts(&self, fields: &[String]) -> Result<Vec<Contact>, LineFault> {
        match self {
            Columns::Unknown | Columns::First => {
                let read = match fields {
                    [area, number, ..] if is_registry(area, number) => {
                        format!("{}{}", area.trim(), number.trim()).parse()?
                    }
                    [first, ..] => first.parse()?,
                    [] => return Ok(Vec::new()),
                };
                Ok(vec![read])
            }
            Columns::At(places) => {
                let named = places.iter().filter_map(|place| fields.get(*place));
                let filled: Vec<&String> = named.filter(|field| !field.trim().is_empty()).collect();
                if filled.is_empty() {
                    return Err(InvalidContact.into());
                }
                Ok(filled.into_iter().map(|field| field.parse()).collect::<Result<_, _>>()?)
            }
        }
    }
}

fn is_registry(area: &str, number: &str) -> bool {
    let digits = |text: &str, count| {
        let text = text.trim();
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(area, REGISTRY.0) && digits(number, REGISTRY.1)
}

/// Splits a line into its fields.
fn fields(line: &str) -> Result<Vec<String>, LineFault> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let Some(field) = fields.last_mut() else { break };
        match (c, quoted) {
            ('"', true) if rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            ('"', true) => quoted = false,
            ('"', false) if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            (',' | ';' | '\t', false) => fields.push(String::new()),
            (c, _) => field.push(c),
        }
    }
    if quoted { Err(LineFault::OpenQuote) } else { Ok(fields) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file and returns what each line gives: contacts, nothing, or the fault.
    fn read(file: &[u8]) -> Vec<String> {
        let mut lines = Lines::default();
        let shown = |line: &[u8]| match lines.read(line) {
            Ok(contacts) => contacts.iter().map(Contact::reveal).collect::<Vec<_>>().join(" "),
            Err(fault) => format!("{fault:?}"),
        };
        file.split(|byte| *byte == b'\n').map(shown).collect()
    }

    #[test]
    fn files_are_read_as_people_save_them() {
        let one = "+13055550123";
        let invalid = "Contact(InvalidContact)";
        for (file, expected) in [
            (&b"3055550123"[..], vec![one]),
            (b"\xef\xbb\xbf3055550123\r\n\r\n", vec![one, "", ""]),
            (b"\xef\xbb\xbfPhone Number\r\n(305) 555-0123\r\n", vec!["", one, ""]),
            (b"# a note\n3055550123", vec!["", one]),
            (b"305,5550123", vec![one]),
            (b"305;5550123;2026-01-01", vec![one]),
            (b"3055550123,Ann,Miami", vec![one]),
            (b"\"+1 305 555 0123\",\"a \"\"b\"\", c\"", vec![one]),
            (
                b"name,phone,E-Mail\n\"Doe, Ann\",3055550123,A@x.org\nBob,,b@x.org\nCy,,\n,,",
                vec!["", "+13055550123 a@x.org", "b@x.org", invalid, ""],
            ),
            (b"name,phone\nBob", vec!["", invalid]),
            (b"\"3055550123", vec!["OpenQuote"]),
            (b"3055550123\nnobody\n\xff\xfe\na@x.org", vec![one, invalid, "NotUtf8", "a@x.org"]),
            (b"\xff\xfe3\x000\x00", vec!["Utf16"]),
            (b"phone\nphone", vec!["", invalid]),
            (b"name,telephone no.\nAnn,3055550123", vec!["Header", invalid]),
            (b"telephone no.\n3055550123", vec![invalid, one]),
            (b"", vec![""]),
        ] {
            assert_eq!(read(file), expected, "{}", String::from_utf8_lossy(file));
        }
    }

    #[test]
    fn a_line_above_the_bound_is_a_fault_and_the_next_is_read() {
        let longest = vec![b' '; LINE_BYTES_MAX];
        let mut lines = Lines::default();
        assert_eq!(lines.read(&longest), Ok(Vec::new()));
        assert_eq!(lines.read(&[longest, vec![b' ']].concat()), Err(LineFault::TooLong));
        assert_eq!(lines.read(b"3055550123").map(|read| read.len()), Ok(1));
    }
}
