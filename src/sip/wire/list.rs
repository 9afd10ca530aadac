//! Splits comma-separated lists, respecting quotes and angle brackets.

/// Returns the position of the first `wanted` outside quotes and, unless `wanted` is a bracket,
/// outside angle brackets.
pub(crate) fn find_outside(text: &str, wanted: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let first = bytes.iter().position(|&byte| byte == wanted || matches!(byte, b'"' | b'<'))?;
    let mut quoted = false;
    let mut bracketed = false;
    let mut escaped = false;
    for (i, &byte) in bytes.iter().enumerate().skip(first) {
        if escaped {
            escaped = false;
            continue;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' if !bracketed => quoted = !quoted,
            _ if quoted => {}
            _ if byte == wanted && !bracketed => return Some(i),
            b'<' => bracketed = true,
            b'>' => bracketed = false,
            _ => {}
        }
    }
    None
}

/// Elements of a comma-separated list, trimmed; empty elements are skipped.
#[derive(Debug, Clone)]
pub(crate) struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Elements<'a> {
    pub(crate) fn of(list: &'a str) -> Self {
        Self { rest: list }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let comma = find_outside(self.rest, b',');
            let (element, rest) = match comma.and_then(|i| self.rest.split_at_checked(i)) {
                Some((element, rest)) => (element, rest.get(1..).unwrap_or_default()),
                None => (self.rest, ""),
            };
            self.rest = rest;
            let element = element.trim_ascii();
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// Values of one header line: a list's elements, or the whole line.
#[derive(Debug, Clone)]
pub(crate) enum Values<'a> {
    List(Elements<'a>),
    Whole(Option<&'a str>),
}

impl<'a> Values<'a> {
    pub(crate) fn of(line: &'a str, is_list: bool) -> Self {
        if is_list { Values::List(Elements::of(line)) } else { Values::Whole(Some(line)) }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match self {
            Values::List(elements) => elements.next(),
            Values::Whole(line) => line.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_split_outside_quotes_and_brackets() {
        for (list, expected) in [
            ("a, b ,c", &["a", "b", "c"][..]),
            ("", &[]),
            (" , ,", &[]),
            (r#""a, b" <sip:x>, <sip:y,z;p>;q=1"#, &[r#""a, b" <sip:x>"#, "<sip:y,z;p>;q=1"]),
            (r#""a\", b", c"#, &[r#""a\", b""#, "c"]),
            (r#"<sip:"a,b>,c"#, &[r#"<sip:"a,b>"#, "c"]),
            (r#""open, quote"#, &[r#""open, quote"#]),
            ("<sip:open, bracket", &["<sip:open, bracket"]),
            ("é,ü", &["é", "ü"]),
        ] {
            assert_eq!(Elements::of(list).collect::<Vec<_>>(), expected, "{list}");
        }
    }
}
