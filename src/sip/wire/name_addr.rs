//! Names with addresses: From, To, Contact, Route and similar headers (RFC 3261 §20.10).

use std::borrow::Cow;

use super::Params;
use super::Uri;
use super::param::quoted_end;

/// `"Display" <uri>;params`, or a bare `uri;params`, whose parameters are the header's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// Display name, without quotes and escapes; empty if there is none.
    pub display: Cow<'a, str>,
    /// URI.
    pub uri: Uri,
    /// The `tag` parameter.
    pub tag: Option<&'a str>,
    /// Parameters of the header, not of the URI.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Parses one value; an error describes the fault.
    pub(crate) fn parse(text: &'a str) -> Result<NameAddr<'a>, &'static str> {
        let text = text.trim_ascii();
        let (display, rest) = split_display(text)?;
        let (uri, params) = match rest.strip_prefix('<') {
            Some(rest) => rest.split_once('>').ok_or("no closing >")?,
            None => split_bare(rest)?,
        };
        let uri = Uri::parse(uri).map_err(|error| error.problem)?;
        let params = Params::parse(params)?;
        Ok(NameAddr { display, uri, tag: params.find("tag"), params })
    }
}

/// Splits off the display name from the rest: `<uri>…`, or a bare URI.
fn split_display(text: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    if let Some(inner) = text.strip_prefix('"') {
        return split_quoted(inner);
    }
    // A bracket after a semicolon is inside the quotes of a parameter.
    let first = text.bytes().position(|byte| matches!(byte, b'<' | b';'));
    let Some((display, rest)) = first.and_then(|at| text.split_at_checked(at)) else {
        return Ok((Cow::Borrowed(""), text));
    };
    if rest.starts_with(';') {
        return Ok((Cow::Borrowed(""), text));
    }
    let display = display.trim_ascii();
    // Only tokens are allowed here, but some senders omit the quotes around other names. Such a
    // name is accepted unless one of its characters has another meaning.
    if display.contains(['"', ',']) {
        return Err("a display name that needs quotes");
    }
    Ok((Cow::Borrowed(display), rest))
}

/// Splits off a display name after its opening quote. Quotes and a final backslash that the sender
/// did not escape are accepted, because `<` after a quote shows where the address starts.
fn split_quoted(inner: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    let address = |end: usize| {
        let (quoted, rest) = inner.split_at_checked(end)?;
        let rest = rest.trim_ascii_start();
        rest.starts_with('<').then_some((quoted.strip_suffix('"').unwrap_or(quoted), rest))
    };
    let escaped = quoted_end(inner);
    if let Some((quoted, rest)) = escaped.and_then(address) {
        return Ok((unquote(quoted), rest));
    }
    let mut ends = inner.match_indices('"').map(|(at, _)| at + 1);
    match ends.find_map(address) {
        Some((quoted, rest)) => Ok((Cow::Borrowed(quoted.trim_matches('"')), rest)),
        None if escaped.is_some() => Err("no <uri> after the display name"),
        None => Err("no closing quote"),
    }
}

/// Splits a URI without brackets at the first semicolon; it may contain neither comma nor question
/// mark (RFC 3261 §20.10).
fn split_bare(text: &str) -> Result<(&str, &str), &'static str> {
    let (uri, params) = text.split_at(text.find(';').unwrap_or(text.len()));
    let uri = uri.trim_ascii_end();
    if uri.contains([',', '?']) {
        return Err("a URI that needs < and >");
    }
    Ok((uri, params))
}

/// Removes backslash escapes.
fn unquote(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_values() {
        for (text, display, uri, tag) in [
            ("<sip:a@b>", "", "sip:a@b", None),
            ("sip:a@b;tag=1", "", "sip:a@b", Some("1")),
            ("<sip:a@b;tag=no>;tag=yes", "", "sip:a@b;tag=no", Some("yes")),
            (r#""Bell, A. \"X\"" <sip:a@b> ; tag = 7"#, "Bell, A. \"X\"", "sip:a@b", Some("7")),
            ("caller<sip:a@b>;tag=3", "caller", "sip:a@b", Some("3")),
            ("A. Bell <sip:a@b>", "A. Bell", "sip:a@b", None),
            ("Café Ö <sip:a@b>", "Café Ö", "sip:a@b", None),
            (r#""<b> \\" <sip:a@b>"#, r"<b> \", "sip:a@b", None),
            ("\"\"<tel:+1305>;tag=x", "", "tel:+1305", Some("x")),
            ("<http://www.example.com>;tag=3", "", "http://www.example.com", Some("3")),
            (
                "sip:vivekg@c.example.com ;   tag    = 19",
                "",
                "sip:vivekg@c.example.com",
                Some("19"),
            ),
            ("<sip:a,b?c@d>", "", "sip:a,b?c@d", None),
            // Seen in the field, most of them legal.
            (r#"sip:x@h:5;+sip.instance="<urn:a:b>";audio;tag=2"#, "", "sip:x@h:5", Some("2")),
            (r#"sip:x@h;+g.t="cell";+sip.instance="<urn:imei:3-1-0>""#, "", "sip:x@h", None),
            (r#"<sip:x@h;a=1~2>;+sip.instance="<urn:uuid:0f35>""#, "", "sip:x@h;a=1~2", None),
            (r#""a <b@c>" <sip:foo@bar>;tag=1"#, "a <b@c>", "sip:foo@bar", Some("1")),
            (r#""" <sip:222@h>;epid=a22edc020e;tag=4a"#, "", "sip:222@h", Some("4a")),
            (r#""Sami\ " <sip:+1646@h>;tag=e"#, "Sami ", "sip:+1646@h", Some("e")),
            (r#""Sami\ \" <sip:+1646@h>;tag=e"#, r"Sami\ \", "sip:+1646@h", Some("e")),
            (r#"""unknown"" <sip:1@h>;tag=7"#, "unknown", "sip:1@h", Some("7")),
            (r#""Joe "the" Plumber"<sip:1@h>"#, r#"Joe "the" Plumber"#, "sip:1@h", None),
            (r#"<sip:a@h>;x="\"<sip:b@h>\"";tag=9"#, "", "sip:a@h", Some("9")),
            ("<sip:+358;postd=22@h;user=phone>", "", "sip:+358;postd=22@h;user=phone", None),
            ("<sip:PBX#1000#90@192.0.2.1>", "", "sip:PBX#1000#90@192.0.2.1", None),
            (r#"<sip:x@h>;language="en,fr";audio"#, "", "sip:x@h", None),
        ] {
            let value = NameAddr::parse(text).unwrap();
            assert_eq!(
                (value.display.as_ref(), value.uri.as_str(), value.tag),
                (display, uri, tag),
                "{text}"
            );
        }
    }

    #[test]
    fn bad_values() {
        for text in [
            "",
            "<>",
            "<sip:a@b",
            r#""Mr. J. User <sip:a@b>"#,
            r#""A" sip:a@b"#,
            "Bell, Alexander <sip:a@b>",
            "Bell; Alexander <sip:a@b>",
            r#"sip:a@b;x="<open"#,
            r#""A\" sip:a@b"#,
            "< sip:a@b >",
            "sip:a@b?Route=x",
            "<sip:a@b>;;;;",
            "<sip:a@b>tag=x",
            "<sip:a@b>;tag=",
            "alan@jasomi.com",
        ] {
            assert!(NameAddr::parse(text).is_err(), "{text}");
        }
    }
}
