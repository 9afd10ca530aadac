//! Sends a file, or the part of it that a request asks for (RFC 9110 §13 and §14).

use std::ops::Range;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::ACCEPT_RANGES;
use axum::http::header::CONTENT_LENGTH;
use axum::http::header::CONTENT_RANGE;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::ETAG;
use axum::http::header::IF_NONE_MATCH;
use axum::http::header::IF_RANGE;
use axum::http::header::RANGE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use utoipa::openapi::ResponseBuilder;

use super::reply::content;
use super::schema::text;

/// Media type of the files.
const WAV: HeaderValue = HeaderValue::from_static("audio/wav");

/// Headers that the routes of files read, for the documents.
pub(super) const HEADERS: &[(&str, &str)] =
    &[("Range", "Byte range (RFC 9110 §14)."), ("If-None-Match", "`ETag` of the cached copy.")];

/// The part of a file that is sent.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// The whole file.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// Bytes beyond the end of the file.
    Beyond,
}

impl Part {
    /// Returns the part that a `Range` requests of a file of this length (RFC 9110 §14.2). A range
    /// that is invalid or has several parts is ignored.
    fn of(range: &str, length: u64) -> Self {
        let Some((first, last)) =
            range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Part::Whole;
        };
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), _) if first >= length && (last.is_empty() || is_number(last)) => {
                Part::Beyond
            }
            (Ok(first), Err(_)) if last.is_empty() => Part::Bytes(first..length),
            (Ok(first), Ok(last)) if first <= last => {
                Part::Bytes(first..last.saturating_add(1).min(length))
            }
            (Err(_), Ok(0)) if first.is_empty() => Part::Beyond,
            (Err(_), Ok(count)) if first.is_empty() => {
                Part::Bytes(length.saturating_sub(count)..length)
            }
            _ => Part::Whole,
        }
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A WAV file that a request asks for.
pub(super) struct Ranged<'r> {
    /// Headers of the request.
    pub(super) asked: &'r HeaderMap,
    /// Strong entity tag of the file, in quotes.
    pub(super) tag: &'r str,
    /// Length of the file in bytes.
    pub(super) length: u64,
}

impl Ranged<'_> {
    /// Returns the description of each status.
    pub(super) fn describe() -> Vec<(StatusCode, ResponseBuilder)> {
        let wav = || content("audio/wav", text());
        vec![
            (StatusCode::OK, wav()),
            (StatusCode::PARTIAL_CONTENT, wav()),
            (StatusCode::NOT_MODIFIED, ResponseBuilder::new()),
            (StatusCode::RANGE_NOT_SATISFIABLE, ResponseBuilder::new()),
        ]
    }

    /// Writes the answer; `body` returns these bytes of the file.
    pub(super) fn reply(&self, body: impl FnOnce(Range<u64>) -> Body) -> Response {
        let Self { tag, length, .. } = *self;
        let common = [(ETAG, tag.to_owned()), (ACCEPT_RANGES, "bytes".to_owned())];
        if self.sent(IF_NONE_MATCH).is_some_and(|tags| self.is_named_by(tags)) {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let same = self.sent(IF_RANGE).is_none_or(|wanted| wanted.trim() == tag);
        let part = match self.sent(RANGE) {
            Some(range) if same => Part::of(range, length),
            _ => Part::Whole,
        };
        let (status, place, range) = match part {
            Part::Whole => (StatusCode::OK, None, 0..length),
            Part::Bytes(range) => {
                let (first, last) = (range.start, range.end.saturating_sub(1));
                let place = format!("bytes {first}-{last}/{length}");
                (StatusCode::PARTIAL_CONTENT, Some(place), range)
            }
            Part::Beyond => {
                let place = [(CONTENT_RANGE, format!("bytes */{length}"))];
                return (StatusCode::RANGE_NOT_SATISFIABLE, common, place).into_response();
            }
        };
        let size = range.end - range.start;
        let mut response = (status, common, body(range)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, WAV);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
        if let Some(place) = place.and_then(|place| HeaderValue::try_from(place).ok()) {
            headers.insert(CONTENT_RANGE, place);
        }
        response
    }

    /// Returns a header of the request.
    fn sent(&self, name: HeaderName) -> Option<&str> {
        self.asked.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns whether a list of entity tags includes the file's.
    fn is_named_by(&self, tags: &str) -> bool {
        tags == "*" || tags.split(',').any(|one| bare(one) == self.tag)
    }
}

/// Returns an entity tag without the mark of a weak one: a cache treats the two alike.
fn bare(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (range, part) in [
            ("bytes=0-99", Part::Bytes(0..100)),
            ("bytes=0-0", Part::Bytes(0..1)),
            ("bytes=90-", Part::Bytes(90..100)),
            ("bytes=90-500", Part::Bytes(90..100)),
            ("bytes=-10", Part::Bytes(90..100)),
            ("bytes=-500", Part::Bytes(0..100)),
            ("bytes=100-", Part::Beyond),
            ("bytes=100-200", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=9-3", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=-", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("", Part::Whole),
            ("bytes=0-99999999999999999999999", Part::Whole),
        ] {
            assert_eq!(Part::of(range, 100), part, "{range}");
        }
    }
}
