//! The format of the answer by the header `Accept`.

use super::media::Media;
use super::refusal::BodyRefusal;
use super::refusal::shown;

/// Most parts of the header that are read.
const PARTS_MAX: usize = 32;

/// Format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyFormat {
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// Plain text.
    Text,
}

/// Returns the format that a source prefers (RFC 9110 §12.5.1). Of those that it likes equally, the
/// one that it sent comes first, then JSON.
pub(super) fn format(
    accept: Option<&str>,
    sent: Option<Media>,
) -> Result<ReplyFormat, BodyRefusal> {
    let own = match sent {
        Some(Media::Xml) => ReplyFormat::Xml,
        Some(Media::Json | Media::Form) | None => ReplyFormat::Json,
    };
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Ok(own) };
    let order = [own, ReplyFormat::Json, ReplyFormat::Xml, ReplyFormat::Text];
    let best = order
        .into_iter()
        .enumerate()
        .map(|(at, format)| (wish(accept, format), std::cmp::Reverse(at), format))
        .max_by_key(|(wish, at, _)| (*wish, *at));
    match best {
        Some((wish, _, format)) if wish > 0 => Ok(format),
        Some(_) | None => Err(BodyRefusal::Accept(shown(accept))),
    }
}

/// Returns how much a source wants a format, in thousandths; 0 if it does not. The most specific
/// part counts. A browser, which wants HTML, gets text.
fn wish(accept: &str, format: ReplyFormat) -> u16 {
    let own: &[&str] = match format {
        ReplyFormat::Json => &["application/json", "text/json"],
        ReplyFormat::Xml => &["application/xml", "text/xml"],
        ReplyFormat::Text => &["text/plain", "text/html"],
    };
    let mut found: Option<(u8, u16)> = None;
    for part in accept.split(',').take(PARTS_MAX) {
        let mut pieces = part.split(';');
        let media = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let group = media.strip_suffix("/*");
        let rank = match media.as_str() {
            "*/*" | "*" => 1,
            media if own.contains(&media) => 3,
            _ if group.is_some_and(|group| {
                own.iter().any(|own| own.split('/').next() == Some(group))
            }) =>
            {
                2
            }
            _ => continue,
        };
        let weight = pieces
            .find_map(|piece| piece.trim().strip_prefix("q=").map(thousandths))
            .unwrap_or(1_000);
        if found.is_none_or(|best| (rank, weight) > best) {
            found = Some((rank, weight));
        }
    }
    found.map_or(0, |(_, weight)| weight)
}

/// Returns a weight `0.8` in thousandths; one that is malformed counts as 1.
fn thousandths(text: &str) -> u16 {
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let good = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "0" if good => format!("{decimals:0<3}").parse().unwrap_or(1_000),
        _ => 1_000,
    }
}
