//! The format of a body by its `Content-Type`.

use super::refusal::BodyRefusal;
use super::refusal::shown;

/// Format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// A form.
    Form,
    /// JSON.
    Json,
    /// XML.
    Xml,
}

impl Media {
    /// Reads a header `Content-Type` (RFC 9110 §8.3). Another charset than UTF-8 is refused.
    pub(super) fn parse(written: &str) -> Result<Self, BodyRefusal> {
        let refused = || BodyRefusal::Type(shown(written));
        let mut parts = written.split(';');
        let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let charset = value.trim().trim_matches('"').to_ascii_lowercase();
            let is_utf8 = matches!(charset.as_str(), "utf-8" | "utf8" | "us-ascii");
            if name.trim().eq_ignore_ascii_case("charset") && !is_utf8 {
                return Err(refused());
            }
        }
        match media.as_str() {
            "application/x-www-form-urlencoded" => Ok(Media::Form),
            "application/json" | "text/json" => Ok(Media::Json),
            "application/xml" | "text/xml" => Ok(Media::Xml),
            other if other.starts_with("application/") && other.ends_with("+json") => {
                Ok(Media::Json)
            }
            other if other.starts_with("application/") && other.ends_with("+xml") => Ok(Media::Xml),
            _ => Err(refused()),
        }
    }
}
