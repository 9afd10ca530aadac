//! Header parameters: `;name=value;name="quoted"`.

use super::list::find_outside;
use super::method::is_token;

/// Parameters of a header value or of a URI, as written. Names are case-insensitive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Params<'a> {
    /// Empty, or starts with `;`.
    text: &'a str,
}

impl<'a> Params<'a> {
    /// Parses `;name=value` groups; an error describes the fault.
    pub(crate) fn parse(text: &'a str) -> Result<Self, &'static str> {
        let params = Params { text: text.trim_ascii() };
        if !params.text.is_empty() && !params.text.starts_with(';') {
            return Err("text after the value that is no parameter");
        }
        for (name, value) in params.iter() {
            if !is_token(name.as_bytes()) {
                return Err("a parameter without a name");
            }
            if !value.is_none_or(is_value) {
                return Err("a parameter's value is not a token or a quoted string");
            }
        }
        Ok(params)
    }

    /// Returns the text as written, from the first semicolon on.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns the value of the first parameter of this name, with its quotes: `Some("")` if it has
    /// none.
    pub fn find(&self, name: &str) -> Option<&'a str> {
        self.iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.unwrap_or_default())
    }

    /// Returns every parameter in order, with its value if it has one.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let mut rest = self.text.strip_prefix(';');
        std::iter::from_fn(move || {
            let text = rest?;
            let param = match find_outside(text, b';').and_then(|i| text.split_at_checked(i)) {
                Some((param, after)) => {
                    rest = after.strip_prefix(';');
                    param
                }
                None => {
                    rest = None;
                    text
                }
            };
            Some(match param.split_once('=') {
                Some((name, value)) => (name.trim_ascii(), Some(value.trim_ascii())),
                None => (param.trim_ascii(), None),
            })
        })
    }
}

/// Returns whether the text is a token, a host, or a quoted string. Lenient about the characters,
/// not about the form.
fn is_value(value: &str) -> bool {
    match value.strip_prefix('"') {
        Some(inner) => quoted_end(inner) == Some(inner.len()),
        None => {
            !value.is_empty()
                && !value
                    .bytes()
                    .any(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b',' | b';'))
        }
    }
}

/// Returns the position after the closing quote, for a text that starts after the opening one.
pub(crate) fn quoted_end(inner: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(i + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_name() {
        let params =
            Params::parse(r#" ; Tag = abc ; lr;q="a;b=\"c"; received=2001:db8::1"#).unwrap();
        for (name, value) in [
            ("tag", Some("abc")),
            ("LR", Some("")),
            ("q", Some(r#""a;b=\"c""#)),
            ("received", Some("2001:db8::1")),
            ("b", None),
        ] {
            assert_eq!(params.find(name), value, "{name}");
        }
        assert_eq!(params.iter().count(), 4);
        assert_eq!(Params::parse("  ").unwrap().iter().count(), 0);
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        for text in
            ["x", ";", ";;", ";a;", ";=b", ";a=", ";a=b c", ";a=\"open", ";a=\"b\"c", ";a b"]
        {
            assert!(Params::parse(text).is_err(), "{text}");
        }
    }
}
