//! `/sounds/{name}`: the sounds of the flows, for carriers that play sounds themselves.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use utoipa::openapi::ResponseBuilder;

use super::access::Public;
use super::carriers::Opaque;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::AnyQuery;
use super::ranged::Ranged;
use super::reply::Reply;
use super::sound_cache::File;
use super::sound_cache::KEPT_BYTES_MAX;

/// How long a carrier may play a file before it checks for a change.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// A sound file that is sent.
pub(super) struct SoundFile {
    file: File,
    headers: HeaderMap,
}

impl Reply for SoundFile {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        Ranged::describe()
    }

    fn reply(self) -> Response {
        let Self { file: File { bytes, tag, .. }, headers } = self;
        let ranged = Ranged { asked: &headers, tag: &tag, length: bytes.len() as u64 };
        let mut response = ranged.reply(|range| {
            // The file is in memory: every position fits.
            let [first, last] = [range.start, range.end].map(|at| at as usize);
            Body::from(bytes.slice(first..last))
        });
        response.headers_mut().insert(CACHE_CONTROL, FRESH);
        response
    }
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

    use axum::http::HeaderName;
    use axum::http::header::CONTENT_RANGE;
    use axum::http::header::ETAG;
    use axum::http::header::IF_NONE_MATCH;
    use axum::http::header::IF_RANGE;
    use axum::http::header::RANGE;

    use super::*;
    use crate::http::sound_cache::Sounds;
    use crate::media::Prompt;

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
            assert_eq!(found(&CACHE_CONTROL).as_deref(), Some("public, max-age=60"), "{case}");
            use axum::body::HttpBody as _;
            assert_eq!(answer.body().size_hint().exact(), Some(bytes as u64), "{case}");
        }
    }
}
