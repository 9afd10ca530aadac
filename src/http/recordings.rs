//! `/v1/calls/{id}/recordings`: the recordings of a call.

use std::fs::File;
use std::io;
use std::io::Read as _;
use std::io::Seek as _;
use std::io::SeekFrom;
use std::ops::Range;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use axum::Json;
use axum::body::Body;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::Response;
use futures_core::Stream;
use serde::Serialize;
use tokio::task::JoinHandle;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Listener;
use super::access::Tenant;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::ranged::Ranged;
use super::reply::Reply;
use super::schema::whole;
use super::segment::Segment;
use crate::base::CallId;
use crate::call::RECORDINGS_MAX;
use crate::call::Recording;
use crate::call::RecordingPlace;
use crate::call::Scope;
use crate::store::ActivityOutcome;
use crate::store::Mutation;

/// Most bytes of a file that are in memory for one answer.
const PIECE_BYTES_MAX: usize = 64 * 1024;

/// The number of a recording within its call.
#[derive(Clone, Copy)]
pub(super) struct Number(u32);

impl Segment for Number {
    const ABOUT: &'static str = "Number of the recording, from 1.";

    fn schema() -> RefOr<Schema> {
        whole(1, RECORDINGS_MAX)
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let number = text.parse().ok().filter(|n| *n > 0).map(Self);
        let wrong = || format!("`{text}` is not a number of a recording: expected 1 or more.");
        number.ok_or_else(|| Problem::Unreadable(wrong()))
    }
}

/// The recordings of a call.
#[derive(Serialize, ToSchema)]
#[schema(as = Recordings)]
pub(super) struct Listed {
    items: Vec<Recording>,
    /// Always null: they come at once.
    next: Option<String>,
}

/// Returns the recordings of a call that the token may hear.
pub(super) async fn list(request: Admitted<Tenant, CallId>) -> Result<Json<Listed>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, path: id, .. } = request;
    Ok(Json(Listed { items: recordings(&site, &scope, id).await?, next: None }))
}

async fn recordings(site: &Site, scope: &Scope, id: CallId) -> Result<Vec<Recording>, Problem> {
    let record = match site.operator.find(id) {
        Some(live) => Some(live.record),
        None => site.journal.call(site.store.as_ref(), id).await?,
    };
    let heard = record.and_then(|record| record.recordings_in(scope));
    heard.ok_or(Problem::NotFound("call"))
}

/// Returns a recording. The activity log gets an entry before the first byte is sent.
pub(super) async fn fetch(
    request: Admitted<Listener, (CallId, Number)>,
) -> Result<Download, Problem> {
    let Admitted { site, who: Listener { scope, by }, path: (id, n), headers, .. } = request;
    let by = by.of(format!("{id}/{}", n.0));
    let found = find(&site, &scope, id, n).await;
    let outcome = match &found {
        Ok(_) => ActivityOutcome::Done { book_version: None },
        Err(problem) => problem.outcome(),
    };
    log(&site, by, outcome).await?;
    found.map(|(file, length)| Download { file, length, id, n, headers })
}

/// Adds an entry to the activity log. Without it nothing is sent.
async fn log(site: &Site, by: Mutation, outcome: ActivityOutcome) -> Result<(), Problem> {
    site.store.activity_add(by, outcome).await.map_err(Problem::from)
}

/// Opens the file of a recording. Returns it with its length in bytes.
async fn find(
    site: &Site,
    scope: &Scope,
    id: CallId,
    Number(n): Number,
) -> Result<(File, u64), Problem> {
    let heard = recordings(site, scope, id).await?;
    let recording = heard.into_iter().find(|one| one.n == n);
    match recording.ok_or(Problem::NotFound("recording"))?.place {
        RecordingPlace::Carrier { .. } => Err(Problem::Conflict(
            "The webhook carrier keeps this recording: the list of recordings has its URL."
                .to_owned(),
        )),
        RecordingPlace::File { .. } => {
            let directory = site.recordings.clone();
            let opened = tokio::task::spawn_blocking(move || open(&directory, id, n)).await;
            match opened.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Some(file)) => Ok(file),
                Ok(None) => Err(Problem::NotFound("recording")),
                Err(error) => {
                    tracing::error!(call.id = %id, n, %error, "recording not readable");
                    Err(Problem::Internal)
                }
            }
        }
    }
}

fn open(
    directory: &crate::switch::Recordings,
    id: CallId,
    n: u32,
) -> io::Result<Option<(File, u64)>> {
    let Some(file) = directory.open(id, n)? else { return Ok(None) };
    let length = file.metadata()?.len();
    Ok(Some((file, length)))
}

/// A recording that is sent.
pub(super) struct Download {
    file: File,
    length: u64,
    id: CallId,
    n: Number,
    headers: HeaderMap,
}

impl Reply for Download {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        Ranged::describe()
    }

    fn reply(self) -> Response {
        let Self { file, length, id, n: Number(n), headers } = self;
        // A complete file never changes.
        let tag = format!("\"{id}-{n}\"");
        let ranged = Ranged { asked: &headers, tag: &tag, length };
        let mut response = ranged.reply(|range| Body::from_stream(Pieces::of(file, range)));
        let name = format!("attachment; filename=\"{}\"", Recording::file_name(id, n));
        if let Ok(name) = HeaderValue::try_from(name) {
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
        }
        response
    }
}

/// A part of a file as a stream of pieces. Only the piece that is being sent is in memory.
struct Pieces {
    next: Next,
    /// Bytes that are left after the next piece was asked for.
    range: Range<u64>,
}

/// The next piece of a file.
enum Next {
    Idle(File),
    Reading(JoinHandle<io::Result<(File, Bytes)>>),
    Over,
}

impl Pieces {
    fn of(file: File, range: Range<u64>) -> Self {
        Self { next: Next::Idle(file), range }
    }
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.next, Next::Over) {
                Next::Over => return Poll::Ready(None),
                Next::Idle(_) if self.range.is_empty() => return Poll::Ready(None),
                Next::Idle(file) => {
                    let left = usize::try_from(self.range.end - self.range.start);
                    let size = left.unwrap_or(PIECE_BYTES_MAX).min(PIECE_BYTES_MAX);
                    let first = self.range.start;
                    self.range.start += size as u64;
                    let read = move || piece(file, first, size);
                    self.next = Next::Reading(tokio::task::spawn_blocking(read));
                }
                Next::Reading(mut reading) => {
                    let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
                        self.next = Next::Reading(reading);
                        return Poll::Pending;
                    };
                    let read = read.unwrap_or_else(|error| Err(io::Error::other(error)));
                    return Poll::Ready(Some(read.map(|(file, bytes)| {
                        self.next = Next::Idle(file);
                        bytes
                    })));
                }
            }
        }
    }
}

/// Reads `size` bytes of a file from `first` on.
fn piece(mut file: File, first: u64, size: usize) -> io::Result<(File, Bytes)> {
    let mut bytes = vec![0; size];
    file.seek(SeekFrom::Start(first))?;
    file.read_exact(&mut bytes)?;
    Ok((file, Bytes::from(bytes)))
}

#[cfg(test)]
mod tests;
