//! `GET /v1/events`: events of calls, caps and the book, as server-sent events.
//!
//! A client that reconnects resumes after the `Last-Event-ID` that it sends. If it missed more
//! events than are kept, the stream reports how many with an event `events.lost`.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use futures_core::Stream;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use tokio::time::sleep;
use utoipa::openapi::ResponseBuilder;

use super::access::Staff;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::reply::Reply;
use super::reply::content;
use super::schema::text;
use super::site::STREAMS_MAX;
use crate::call::Sight;
use crate::call::mask;
use crate::events::Events;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Lost;

/// The header with which a client resumes.
pub(super) const LAST_EVENT_ID: &str = "last-event-id";
/// Longest silence of a stream. A comment is then sent, so that either side notices a broken
/// connection.
const QUIET_MAX: Duration = Duration::from_secs(5);
/// Longest duration of a stream. The client then resumes with a new request, whose token is checked
/// again.
const STREAM_MAX: Duration = Duration::from_secs(15 * 60);
/// Most events of one chunk of the answer.
const PIECE_MAX: usize = 64;
/// How long a client waits before it resumes, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";

/// A stream of events from a given event on.
pub(super) struct EventStream {
    follower: Follower,
    room: OwnedSemaphorePermit,
}

/// Streams the events from now on, or those after `Last-Event-ID`.
pub(super) async fn follow(request: Admitted<Staff>) -> Result<EventStream, Problem> {
    let Admitted { site, headers, .. } = request;
    let full = || {
        Problem::Busy(format!("There are {STREAMS_MAX} event streams already. Try again later."))
    };
    let room = site.streams.clone().try_acquire_owned().map_err(|_| full())?;
    Ok(EventStream { follower: begin(&site.events, &headers)?, room })
}

fn begin(events: &Events, headers: &HeaderMap) -> Result<Follower, Problem> {
    let Some(last) = headers.get(LAST_EVENT_ID) else { return Ok(events.follow()) };
    let last = last.to_str().unwrap_or_default();
    let id = last.parse().map_err(|error| {
        Problem::Unreadable(format!("Invalid value for `Last-Event-ID`: {error}."))
    })?;
    Ok(events.resume(id))
}

impl Reply for EventStream {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content("text/event-stream", text()))]
    }

    fn reply(self) -> Response {
        self.shown(Sight::Whole)
    }

    fn masked(self) -> Response {
        self.shown(Sight::Masked)
    }

    fn shown(self, sight: Sight) -> Response {
        let EventStream { follower, room } = self;
        let reader = Reader { follower, sight, end: Box::pin(sleep(STREAM_MAX)) };
        let first = async move { Step { reader, piece: Piece::Text(RETRY.to_owned()) } };
        let pieces = Pieces { next: Some(Next(Box::pin(first))), _room: room };
        let kind = HeaderValue::from_static("text/event-stream");
        ([(CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
    }
}

enum Piece {
    Text(String),
    End,
}

/// Follower of the events, with the end of the answer.
struct Reader {
    follower: Follower,
    sight: Sight,
    end: Pin<Box<Sleep>>,
}

/// A finished chunk, and the reader for the next one.
struct Step {
    reader: Reader,
    piece: Piece,
}

/// A chunk that is being made.
struct Next(Pin<Box<dyn Future<Output = Step> + Send>>);

/// The chunks of the answer. Each is made when the connection is ready for it. A slow client delays
/// no call but falls behind in the stream.
struct Pieces {
    next: Option<Next>,
    _room: OwnedSemaphorePermit,
}

impl Stream for Pieces {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(next) = self.next.as_mut() else { return Poll::Ready(None) };
        let Step { reader, piece } = ready!(next.0.as_mut().poll(context));
        match piece {
            Piece::Text(text) => {
                self.next = Some(Next(Box::pin(piece_of(reader))));
                Poll::Ready(Some(Ok(text.into())))
            }
            Piece::End => {
                self.next = None;
                Poll::Ready(None)
            }
        }
    }
}

async fn piece_of(mut reader: Reader) -> Step {
    let Reader { follower, sight, end } = &mut reader;
    let first = tokio::select! {
        followed = follower.next() => followed,
        () = sleep(QUIET_MAX) => return Step { reader, piece: Piece::Text(":\n\n".to_owned()) },
        () = end => None,
    };
    let Some(first) = first else { return Step { reader, piece: Piece::End } };
    let mut text = String::new();
    write(&mut text, &first, *sight);
    let more = std::iter::from_fn(|| follower.try_next()).take(PIECE_MAX - 1);
    more.for_each(|followed| write(&mut text, &followed, *sight));
    Step { reader, piece: Piece::Text(text) }
}

fn write(text: &mut String, followed: &Followed, sight: Sight) {
    let (id, name, mut data) = match followed {
        Followed::Event(event) => (event.id, event.name(), event.data()),
        Followed::Lost(Lost { resume, count }) => {
            (*resume, "events.lost".to_owned(), json!({ "count": count }))
        }
    };
    if sight == Sight::Masked {
        mask(&mut data);
    }
    // JSON has no line breaks here, so nothing in it ends the event early.
    let written = write!(text, "id: {id}\nevent: {name}\ndata: {data}\n\n");
    debug_assert!(written.is_ok(), "a text can always be written to");
}

#[cfg(test)]
mod tests {
    use crate::base::Wall;
    use crate::events::EVENTS_MAX;
    use crate::events::Subject;
    use crate::http::client::Client;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    use super::STREAMS_MAX;

    fn publish(server: &Server, versions: std::ops::RangeInclusive<u64>) {
        for version in versions {
            server.events.publish(Wall::default(), Subject::Book { version });
        }
    }

    async fn open(server: &Server, token: &str, last: Option<&str>) -> Client {
        let last = last.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let mut client = server.connect().await;
        client.send(&format!("GET /v1/events HTTP/1.1\r\nHost: x\r\n{token}{last}\r\n")).await;
        client.until("retry: 2000\n\n").await;
        client
    }

    /// Reads the next event: id, name and data.
    async fn event(client: &mut Client) -> [String; 3] {
        client.until("id: ").await;
        let text = client.until("\n\n").await;
        let lines: Vec<&str> = text.trim_end().lines().collect();
        let part = |line: usize, name: &str| lines[line].strip_prefix(name).unwrap().to_owned();
        [lines[0].to_owned(), part(1, "event: "), part(2, "data: ")]
    }

    #[tokio::test]
    async fn a_stream_is_resumed_without_gap_or_duplicate() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Analyst).await;
        let mut client = open(&server, &token, None).await;
        publish(&server, 1..=3);
        let [first, name, data] = event(&mut client).await;
        assert_eq!(name, "book.published");
        assert_eq!(data, r#"{"at":"1970-01-01T00:00:00Z","version":1}"#);
        drop(client);
        // An event happens while the client is disconnected.
        publish(&server, 4..=4);
        let mut client = open(&server, &token, Some(&first)).await;
        for version in 2..=4 {
            let [_, _, data] = event(&mut client).await;
            assert!(data.contains(&format!("\"version\":{version}}}")), "{data}");
        }
        publish(&server, 5..=5);
        let [_, _, data] = event(&mut client).await;
        assert!(data.contains("\"version\":5}"), "{data}");
        // More events than are kept happen while the client is disconnected and the switch
        // restarts.
        publish(&server, 6..=u64::try_from(EVENTS_MAX).unwrap() + 7);
        for (last, lost) in [(first.as_str(), "{\"count\":6}"), ("9-9", "{\"count\":null}")] {
            let mut client = open(&server, &token, Some(last)).await;
            let [resume, name, data] = event(&mut client).await;
            assert_eq!((name.as_str(), data.as_str()), ("events.lost", lost));
            let [_, _, next] = event(&mut client).await;
            assert!(next.contains("\"version\":8}"), "{next}");
            let mut again = open(&server, &token, Some(&resume)).await;
            assert_eq!(event(&mut again).await[2], next);
        }
    }

    #[tokio::test]
    async fn streams_are_bounded_and_end_with_the_switch() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Admin).await;
        let mut clients = Vec::new();
        for _ in 0..STREAMS_MAX {
            clients.push(open(&server, &token, None).await);
        }
        let refused = server.ask("GET /v1/events", &token).await;
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(refused.body.contains("32 event streams already"), "{refused:?}");
        let wrong = format!("{token}Last-Event-ID: yesterday\r\n");
        server.events.close();
        for client in &mut clients {
            client.until("0\r\n\r\n").await;
        }
        drop(clients);
        let mut refused = server.ask("GET /v1/events", &wrong).await;
        while refused.status == 503 {
            refused = server.ask("GET /v1/events", &wrong).await;
        }
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains("not an event id"), "{refused:?}");
    }

    /// A publisher waits for no client. A client that does not read in time is shown how many
    /// events it lost.
    #[tokio::test]
    async fn a_slow_client_is_shown_what_it_lost() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Admin).await;
        let mut slow = open(&server, &token, None).await;
        let most = u64::try_from(EVENTS_MAX).unwrap();
        publish(&server, 1..=10 * most);
        let [_, name, data] = event(&mut slow).await;
        assert_eq!((name.as_str(), data), ("events.lost", format!("{{\"count\":{}}}", 9 * most)));
        let [_, _, data] = event(&mut slow).await;
        assert!(data.contains(&format!("\"version\":{}}}", 9 * most + 1)), "{data}");
    }
}
