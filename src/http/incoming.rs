//! A request before it reaches its handler.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody as _;
use axum::extract::FromRequestParts as _;
use axum::extract::RawPathParams;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use tokio::time::timeout;

use super::Site;
use super::problem::Problem;

/// Longest pause within a body. The request is then answered with 408.
const BODY_SILENCE_MAX: Duration = Duration::from_secs(10);

/// A request whose body has not been read yet.
pub(super) struct Incoming {
    pub(super) site: Site,
    pub(super) parts: Parts,
    /// The decoded variable parts of the path, in their order.
    pub(super) segments: Vec<String>,
    body: Unread,
}

/// The body, which is read at most once.
enum Unread {
    Coming { body: Body, bytes_max: usize },
    Read(Bytes),
}

impl Incoming {
    /// Creates a request for a route that reads at most `bytes_max` bytes of body. Fails when the
    /// request declares a larger body, or when its path is not UTF-8.
    pub(super) async fn new(
        site: Site,
        request: Request,
        bytes_max: usize,
    ) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let declared = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let declared = declared.and_then(|text| text.parse::<usize>().ok());
        if declared.is_some_and(|bytes| bytes > bytes_max) {
            return Err(Problem::TooLarge(bytes_max));
        }
        let params = RawPathParams::from_request_parts(&mut parts, &()).await;
        let params =
            params.map_err(|_| Problem::Unreadable("The path is not UTF-8.".to_owned()))?;
        let segments = params.iter().map(|(_, value)| value.to_owned()).collect();
        Ok(Self { site, parts, segments, body: Unread::Coming { body, bytes_max } })
    }

    /// Returns the headers.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Returns the whole body. Fails when it exceeds the route's limit, when no data arrives for
    /// ten seconds, or when the client disconnects.
    pub(super) async fn body(&mut self) -> Result<Bytes, Problem> {
        let bytes = match &mut self.body {
            Unread::Read(bytes) => return Ok(bytes.clone()),
            Unread::Coming { body, bytes_max } => read(body, *bytes_max).await?,
        };
        self.body = Unread::Read(bytes.clone());
        Ok(bytes)
    }
}

async fn read(body: &mut Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut whole = Vec::new();
    loop {
        let piece = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        let piece = timeout(BODY_SILENCE_MAX, piece).await.map_err(|_| Problem::Slow)?;
        let Some(piece) = piece else { return Ok(whole.into()) };
        let broken = |_| Problem::Unreadable("The body cannot be read.".to_owned());
        let Ok(piece) = piece.map_err(broken)?.into_data() else { continue };
        if whole.len() + piece.len() > bytes_max {
            return Err(Problem::TooLarge(bytes_max));
        }
        whole.extend_from_slice(&piece);
    }
}
