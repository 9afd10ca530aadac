//! Fields of a digest header: `Digest name=value, name="value"`.

use std::borrow::Cow;

use crate::sip::wire::Elements;

/// Scheme of the header.
const SCHEME: &str = "Digest";

/// The fields of one header value, as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    list: &'a str,
}

impl<'a> Fields<'a> {
    /// Reads a header value; `None` if its scheme is not `Digest`.
    pub(super) fn of(value: &'a str) -> Option<Fields<'a>> {
        let (scheme, list) = value.trim_ascii().split_once([' ', '\t'])?;
        scheme.eq_ignore_ascii_case(SCHEME).then_some(Fields { list })
    }

    /// Returns the first value of a field, without its quotes.
    pub(super) fn find(self, name: &str) -> Option<Cow<'a, str>> {
        Elements::of(self.list).find_map(|field| {
            let (known, value) = field.split_once('=')?;
            known.trim_ascii().eq_ignore_ascii_case(name).then(|| unquoted(value.trim_ascii()))
        })
    }
}

/// Returns a quoted string's text (RFC 3261 §25.1), or a token as it is.
fn unquoted(value: &str) -> Cow<'_, str> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else { return Cow::Borrowed(value) };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    Cow::Owned(text)
}

/// Returns a text as a quoted string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            out.push('\\');
        }
        out.push(char);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name() {
        let line = r#"DIGEST Realm="a, \"b\"" ,nonce = "x==",qop="auth,auth-int", stale=TRUE, uri="sip:a;b=c""#;
        let fields = Fields::of(line).unwrap();
        for (name, value) in [
            ("realm", Some(r#"a, "b""#)),
            ("NONCE", Some("x==")),
            ("qop", Some("auth,auth-int")),
            ("stale", Some("TRUE")),
            ("uri", Some("sip:a;b=c")),
            ("opaque", None),
        ] {
            assert_eq!(fields.find(name).as_deref(), value, "{name}");
        }
        for line in ["", "Digest", "Basic realm=\"x\"", "Digestrealm=x"] {
            assert!(Fields::of(line).is_none(), "{line}");
        }
        assert_eq!(unquoted(&quoted(r#"a"\b"#)), r#"a"\b"#);
    }
}
