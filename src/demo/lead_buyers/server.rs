//! The server of the simulated buyers.

use std::collections::BTreeMap;
use std::future::pending;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse as _;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Dialect;
use super::Manner;
use super::dialect::Answer;
use super::dialect::Says;

/// Longest body of a request, in bytes; a longer one is refused.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Most requests that are kept; later ones are answered and not kept.
const KEPT_MAX: usize = 100_000;

/// A request that a buyer received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The path.
    pub path: String,
    /// The query, without `?`; empty for none.
    pub query: String,
    /// The header `Authorization`; empty for none.
    pub authorization: String,
    /// The body.
    pub body: String,
}

/// The simulated buyers. Dropping them closes their server.
#[derive(Debug)]
pub struct LeadBuyers {
    address: SocketAddr,
    desk: Arc<Desk>,
    _served: JoinSet<std::io::Result<()>>,
}

/// What the buyers remember.
#[derive(Debug, Default)]
struct Desk {
    received: Mutex<Vec<Received>>,
    /// Requests by path.
    counts: Mutex<BTreeMap<String, usize>>,
    /// Number of requests so far.
    changed: watch::Sender<usize>,
}

impl LeadBuyers {
    /// Starts the buyers on a free port.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let desk = Arc::<Desk>::default();
        let router = Router::new().fallback(serve).with_state(desk.clone());
        let mut served = JoinSet::new();
        served.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, desk, _served: served })
    }

    /// Returns the address of their server.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns what came to a path so far, in order.
    pub fn received(&self, path: &str) -> Vec<Received> {
        lock(&self.desk.received).iter().filter(|own| own.path == path).cloned().collect()
    }

    /// Waits until so many requests have come to a path, and returns them.
    pub async fn wait(&self, path: &str, count: usize) -> Vec<Received> {
        let mut changed = self.desk.changed.subscribe();
        loop {
            let received = self.received(path);
            if received.len() >= count || changed.changed().await.is_err() {
                return received;
            }
        }
    }
}

async fn serve(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let received = Received {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: authorization.unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let Some((dialect, manners)) = asked(&received.path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let count = desk.note(received.clone());
    let place = count.min(manners.len()).saturating_sub(1);
    match manners.get(place) {
        Some(manner) => act(dialect, manner, &received, count).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Desk {
    /// Notes a request. Returns how many have come to its path.
    fn note(&self, received: Received) -> usize {
        let count = {
            let mut counts = lock(&self.counts);
            let count = counts.entry(received.path.clone()).or_default();
            *count += 1;
            *count
        };
        let mut all = lock(&self.received);
        if all.len() < KEPT_MAX {
            all.push(received);
        }
        self.changed.send_modify(|number| *number += 1);
        count
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns who is asked, and what it does with its first request, its second, and so on. The id of a
/// spreadsheet of Google Sheets says it too.
fn asked(path: &str) -> Option<(Dialect, Vec<Manner>)> {
    let sheet = path.strip_prefix("/v4/spreadsheets/").map(|rest| format!("generic/{rest}"));
    let path = sheet.as_deref().or_else(|| path.strip_prefix('/'))?;
    let mut parts = path.split('/');
    let (dialect, manners) = (Dialect::named(parts.next()?)?, parts.next()?);
    let manners = manners.split('+').map(Manner::parse).collect::<Option<Vec<_>>>()?;
    Some((dialect, manners))
}

async fn act(dialect: Dialect, manner: &Manner, received: &Received, count: usize) -> Response {
    let says = match manner {
        Manner::Accepts => Says::Yes(count.to_string()),
        Manner::Rejects => Says::No,
        Manner::Duplicate => Says::Duplicate,
        Manner::Fails => Says::Error,
        Manner::Bids(amount) => Says::Bid(format!("P-{amount}-{count}"), amount.clone()),
        Manner::BidsLate(after, amount) => {
            sleep(*after).await;
            Says::Bid(format!("P-{amount}-{count}"), amount.clone())
        }
        Manner::Needs(token) if received.authorization == format!("Bearer {token}") => {
            Says::Yes(count.to_string())
        }
        Manner::Needs(_) => return StatusCode::UNAUTHORIZED.into_response(),
        Manner::Issues(token) => {
            let body = format!(r#"{{"access_token":"{token}","expires_in":3600}}"#);
            return ([(CONTENT_TYPE, "application/json")], body).into_response();
        }
        Manner::Hangs => return pending().await,
        Manner::Garbage => {
            let page = "<!doctype html><html><body>It works, accepted!</body></html>";
            return ([(CONTENT_TYPE, "text/html")], page).into_response();
        }
        Manner::Status(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NOT_FOUND);
            return status.into_response();
        }
        Manner::AsksForPause(seconds) => {
            let after = [(RETRY_AFTER, seconds.to_string())];
            return (StatusCode::TOO_MANY_REQUESTS, after).into_response();
        }
    };
    let Answer { status, media, body } = dialect.answer(&says);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    (status, [(CONTENT_TYPE, media)], body).into_response()
}
