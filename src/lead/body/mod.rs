//! Reads what a source sends: names and values from a query, a form, JSON, or XML.

mod accept;
mod bounds;
mod fill;
mod form;
mod media;
mod refusal;
mod reply;

use crate::base::tree::TreeBounds;
use crate::base::tree::TreeFault;
use crate::base::tree::from_json;
use crate::base::tree::from_xml;

pub use accept::ReplyFormat;
pub use bounds::BODY_BYTES_MAX;
pub use bounds::QUERY_BYTES_MAX;
use bounds::REDIRECT_BYTES_MAX;
use fill::Fill;
use media::Media;
pub use refusal::BodyRefusal;
pub use reply::document_text;

/// Names under which a source sends the URL of the consumer's next page.
const REDIRECT_NAMES: &[&str] = &["redir_url", "returnurl", "thank_you_url"];

/// A request as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received<'r> {
    /// The method.
    pub method: &'r str,
    /// The query, without its `?`.
    pub query: &'r str,
    /// The header `Content-Type`.
    pub content_type: Option<&'r str>,
    /// The header `Accept`.
    pub accept: Option<&'r str>,
    /// The body; of a longer one, at least one byte above [`BODY_BYTES_MAX`].
    pub body: &'r [u8],
}

/// What a source sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Names and values, as sent; a name may come more than once. A nested value has a dotted name.
    pub values: Vec<(String, String)>,
    /// Format of the answer.
    pub format: ReplyFormat,
    /// Where the consumer is sent next: an `http` or `https` URL. It is not among the values.
    pub redirect: Option<String>,
}

/// Reads a request. Names of the query replace those of the body, in any case.
///
/// # Errors
/// [`BodyRefusal`]: the answer's status, and why. Nothing of the request is taken.
pub fn read(received: Received<'_>) -> Result<Sent, BodyRefusal> {
    let has_body = match received.method {
        "GET" => false,
        "POST" => !received.body.is_empty(),
        _ => return Err(BodyRefusal::Method),
    };
    if received.query.len() > QUERY_BYTES_MAX {
        return Err(BodyRefusal::LongQuery);
    }
    if received.body.len() > BODY_BYTES_MAX {
        return Err(BodyRefusal::Large);
    }
    let media = match (has_body, received.content_type) {
        (true, Some(written)) => Some(Media::parse(written)?),
        (true, None) => return Err(BodyRefusal::NoType),
        (false, _) => None,
    };
    let format = accept::format(received.accept, media)?;
    let mut fill = Fill::default();
    form::read(received.query.as_bytes(), &mut fill)?;
    if let Some(media) = media {
        let mut below = Fill::default();
        read_body(received.body, media, &mut below)?;
        fill.add_missing(below)?;
    }
    let redirect = redirect(&mut fill)?;
    Ok(Sent { values: fill.into_values(), format, redirect })
}

fn read_body(body: &[u8], media: Media, fill: &mut Fill) -> Result<(), BodyRefusal> {
    if media == Media::Form {
        return form::read(body, fill);
    }
    let text = std::str::from_utf8(body).map_err(|_| BodyRefusal::NotUtf8)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let (name, read) = match media {
        Media::Xml => ("XML", from_xml(text, bounds::DOCUMENT).map(|(_, tree)| tree)),
        Media::Json | Media::Form => ("JSON", from_json(text, bounds::DOCUMENT)),
    };
    fill.add_document(&read.map_err(|fault| tree_refusal(name, fault))?)
}

/// Returns the bounds of a document.
pub(super) const fn tree_bounds() -> TreeBounds {
    bounds::DOCUMENT
}

/// Returns why a document of a format is refused.
pub(super) fn tree_refusal(format: &'static str, fault: TreeFault) -> BodyRefusal {
    match fault {
        TreeFault::Syntax(why) => BodyRefusal::Syntax(format, why),
        TreeFault::Deep(levels) => BodyRefusal::Deep(levels),
        TreeFault::Large(values) => BodyRefusal::Many(values),
    }
}

/// Returns the names and values of a JSON document: nested values have dotted names.
///
/// # Errors
/// [`BodyRefusal`]: it is not JSON, not an object, or beyond the bounds of a request.
pub fn document(text: &str) -> Result<Vec<(String, String)>, BodyRefusal> {
    let mut fill = Fill::default();
    read_body(text.as_bytes(), Media::Json, &mut fill)?;
    Ok(fill.into_values())
}

/// Takes the URL of the consumer's next page out of the values.
fn redirect(fill: &mut Fill) -> Result<Option<String>, BodyRefusal> {
    let Some(url) = fill.take(REDIRECT_NAMES) else { return Ok(None) };
    let url = url.trim();
    if url.is_empty() {
        return Ok(None);
    }
    let lower = url.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let clean = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    let has_host = rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    if has_host && url.len() <= REDIRECT_BYTES_MAX && url.chars().all(clean) {
        return Ok(Some(url.to_owned()));
    }
    Err(BodyRefusal::Redirect)
}

#[cfg(test)]
mod tests;
