//! The Identity header (RFC 8224 §4).

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;

use super::Fault;

/// Base64 of JWS (RFC 7515 §2): without padding, which some senders write all the same.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One Identity header in its full form: a JWS of header, payload and signature.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// What is signed: header and payload with their dot.
    pub(super) signed: &'a str,
    /// The header, as JSON.
    pub(super) header: Vec<u8>,
    /// The payload, as JSON.
    pub(super) payload: Vec<u8>,
    /// The signature: 64 bytes for ES256 (RFC 7518 §3.4).
    pub(super) signature: Vec<u8>,
    /// Address of the certificate.
    pub(super) info: Option<&'a str>,
    /// Type of the passport.
    pub(super) ppt: Option<&'a str>,
}

impl<'a> Identity<'a> {
    /// Reads the value of a header.
    ///
    /// # Errors
    /// It is not a JWS in full form. The compact form leaves out what `shaken` needs (RFC 8588 §6).
    pub fn parse(value: &'a str) -> Result<Identity<'a>, Fault> {
        let (token, parameters) = value.split_once(';').unwrap_or((value, ""));
        // Some senders put the whole token in quotes, as the first draft did.
        let token = token.trim().trim_matches('"');
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Fault::Malformed("not three parts with dots"));
        };
        if header.is_empty() || payload.is_empty() {
            return Err(Fault::Malformed("the compact form"));
        }
        let decode = |part: &str| BASE64.decode(part).map_err(|_| Fault::Malformed("not base64"));
        let signed = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        Ok(Identity {
            signed,
            header: decode(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
            info: parameter(parameters, "info").map(|url| url.trim_matches(['<', '>'])),
            ppt: parameter(parameters, "ppt"),
        })
    }
}

/// Returns a parameter's value without quotes. A `;` within the URL of `info` does not end it.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    while !rest.is_empty() {
        let close = if rest.trim_start().starts_with("info=<") { rest.find('>') } else { None };
        let end = rest.get(close.unwrap_or(0)..)?.find(';').map(|at| at + close.unwrap_or(0));
        let (own, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.strip_prefix(';').unwrap_or_default();
        if let Some((known, value)) = own.split_once('=')
            && known.trim().eq_ignore_ascii_case(name)
        {
            return Some(value.trim().trim_matches('"'));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_form_is_read_with_its_parameters() {
        // {"a":1} and {"b":2}
        const TOKEN: &str = "eyJhIjoxfQ.eyJiIjoyfQ";
        for (value, info, ppt) in [
            (
                format!("{TOKEN}.AAAA;info=<https://c.example/a.pem>;alg=ES256;ppt=shaken"),
                "https://c.example/a.pem",
                "shaken",
            ),
            (
                format!(
                    "{TOKEN}.AAAA ; alg=ES256 ; ppt=\"shaken\" ; info=<https://c.example/a;v=1?x=2>"
                ),
                "https://c.example/a;v=1?x=2",
                "shaken",
            ),
            (format!("\"{TOKEN}.AAAA\";INFO=<https://c.example/>"), "https://c.example/", ""),
            (format!("{TOKEN}.AAAA"), "", ""),
        ] {
            let read = Identity::parse(&value).unwrap();
            assert_eq!(
                (read.header.as_slice(), read.payload.as_slice()),
                (&b"{\"a\":1}"[..], &b"{\"b\":2}"[..])
            );
            assert_eq!(read.signed, TOKEN, "{value}");
            assert_eq!(read.signature, [0, 0, 0], "{value}");
            assert_eq!(read.info.unwrap_or_default(), info, "{value}");
            assert_eq!(read.ppt.unwrap_or_default(), ppt, "{value}");
        }
    }

    #[test]
    fn padding_is_tolerated() {
        let read = Identity::parse("eyJhIjoxfQ==.eyJiIjoyfQ==.AAAA").unwrap();
        assert_eq!(read.header, b"{\"a\":1}");
        assert_eq!(read.signed, "eyJhIjoxfQ==.eyJiIjoyfQ==");
    }

    #[test]
    fn anything_else_is_malformed() {
        for value in
            ["", ";info=<x>", "a.b", "a.b.c.d", "..AAAA;info=<https://c/>", "a!.b.c", "é.é.é"]
        {
            assert!(matches!(Identity::parse(value), Err(Fault::Malformed(_))), "{value}");
        }
    }
}
