//! `/sounds/{name}`: the sounds of the flows, for carriers that play sounds themselves.

use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::header::ACCEPT_RANGES;
use axum::http::header::CACHE_CONTROL;
use axum::http::header::CONTENT_RANGE;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::ETAG;
use axum::http::header::IF_NONE_MATCH;
use axum::http::header::IF_RANGE;
use axum::http::header::RANGE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use utoipa::openapi::ResponseBuilder;

use super::access::Public;
use super::carriers::Opaque;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::AnyQuery;
use super::reply::Reply;
use super::reply::content;
use super::schema::text;
use super::sound_cache::File;
use super::sound_cache::KEPT_BYTES_MAX;

/// How long a carrier may play a file before it checks for a change.
const FRESH: &str = "public, max-age=60";

/// The part of a file that is sent.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// The whole file.
    Whole,
    /// These bytes.
    Bytes(Range<usize>),
    /// Bytes beyond the end of the file.
    Beyond,
}

impl Part {
    /// Returns the part that a `Range` requests of a file of this length (RFC 9110 §14.2). A range
    /// that is invalid or has several parts is ignored.
    fn of(range: &str, length: usize) -> Self {
        let Some((first, last)) =
            range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Part::Whole;
        };
        match (first.parse::<usize>(), last.parse::<usize>()) {
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

/// A sound file that is sent.
pub(super) struct SoundFile {
    file: File,
    headers: HeaderMap,
}

impl Reply for SoundFile {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let wav = || content("audio/wav", text());
        vec![
            (StatusCode::OK, wav()),
            (StatusCode::PARTIAL_CONTENT, wav()),
            (StatusCode::NOT_MODIFIED, ResponseBuilder::new()),
            (StatusCode::RANGE_NOT_SATISFIABLE, ResponseBuilder::new()),
        ]
    }

    fn reply(self) -> Response {
        let Self { file: File { bytes, tag, .. }, headers } = self;
        let sent = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let named = |tags: &str| tags == "*" || tags.split(',').any(|one| bare(one) == tag);
        let common = [
            (ETAG, tag.clone()),
            (CACHE_CONTROL, FRESH.to_owned()),
            (ACCEPT_RANGES, "bytes".to_owned()),
        ];
        if sent(IF_NONE_MATCH).is_some_and(named) {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let same = sent(IF_RANGE).is_none_or(|wanted| wanted.trim() == tag);
        let length = bytes.len();
        let part = match sent(RANGE) {
            Some(range) if same => Part::of(range, length),
            _ => Part::Whole,
        };
        let kind = [(CONTENT_TYPE, "audio/wav".to_owned())];
        match part {
            Part::Whole => (common, kind, bytes).into_response(),
            Part::Bytes(range) => {
                let (first, last) = (range.start, range.end.saturating_sub(1));
                let place = [(CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))];
                (StatusCode::PARTIAL_CONTENT, common, kind, place, bytes.slice(range))
                    .into_response()
            }
            Part::Beyond => {
                let place = [(CONTENT_RANGE, format!("bytes */{length}"))];
                (StatusCode::RANGE_NOT_SATISFIABLE, common, place).into_response()
            }
        }
    }
}

/// Returns an entity tag without the mark of a weak one: a cache treats the two alike.
fn bare(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Returns a sound file of the flows or the prompts. Needs no token: every caller hears the sounds.
pub(super) async fn fetch(
    request: Admitted<Public, Opaque, AnyQuery>,
) -> Result<SoundFile, Problem> {
    let Admitted { site, path: Opaque(name), headers, .. } = request;
    let prompt = site.carriers.webhooks.sound(&name).ok_or(Problem::NotFound("sound"))?;
    let build = move || site.sounds.file(name, prompt, KEPT_BYTES_MAX);
    let file = tokio::task::spawn_blocking(build).await.map_err(|_| Problem::Internal)?;
    Ok(SoundFile { file, headers })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::HeaderValue;

    use super::*;
    use crate::http::sound_cache::Sounds;
    use crate::media::Prompt;

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

    #[test]
    fn conditions_and_ranges_shape_the_answer() {
        let prompt = Arc::new(Prompt::from_samples(&[7; 1_600]));
        let file = Sounds::default().file("a".to_owned(), prompt, KEPT_BYTES_MAX);
        let (tag, length) = (file.tag.clone(), file.bytes.len());
        let weak = format!("\"x\", W/{tag}");
        for (headers, status, place, bytes) in [
            (vec![], 200, None, length),
            (vec![(RANGE, "bytes=0-9")], 206, Some(format!("bytes 0-9/{length}")), 10),
            (vec![(RANGE, "bytes=0-9"), (IF_RANGE, "\"x\"")], 200, None, length),
            (
                vec![(RANGE, "bytes=0-9"), (IF_RANGE, &tag)],
                206,
                Some(format!("bytes 0-9/{length}")),
                10,
            ),
            (vec![(RANGE, "bytes=999999-")], 416, Some(format!("bytes */{length}")), 0),
            (vec![(IF_NONE_MATCH, &tag)], 304, None, 0),
            (vec![(IF_NONE_MATCH, &weak)], 304, None, 0),
            (vec![(IF_NONE_MATCH, "*")], 304, None, 0),
            (vec![(IF_NONE_MATCH, "\"x\"")], 200, None, length),
        ] {
            let case = format!("{headers:?}");
            let headers = headers
                .into_iter()
                .map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()))
                .collect();
            let answer = SoundFile { file: file.clone(), headers }.reply();
            assert_eq!(answer.status().as_u16(), status, "{case}");
            let found = |name: &HeaderName| {
                answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
            };
            assert_eq!(found(&CONTENT_RANGE), place, "{case}");
            assert_eq!(found(&ETAG).as_ref(), Some(&tag), "{case}");
            assert_eq!(found(&CACHE_CONTROL).as_deref(), Some(FRESH), "{case}");
            use axum::body::HttpBody as _;
            assert_eq!(answer.body().size_hint().exact(), Some(bytes as u64), "{case}");
        }
    }
}
