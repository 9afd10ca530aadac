//! The HTTP server's loop, until shutdown.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task;
use tokio::task::JoinError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Site;
use super::connection::Bounded;
use super::connection::Bounds;
use super::connection::Client;
use super::connection::Connection;
use super::connection::Peer;
use super::connection::Shares;
use super::router::router;
use super::table::table;

/// Longest wait for open requests after the signal to stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// The answer to a connection that exceeds its client's share.
const SHARE_USED_UP: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\
    Content-Length: 0\r\nRetry-After: 5\r\n\r\n";

/// Serves requests until `shutdown`, then accepts no new ones and lets the open ones finish, for at
/// most five seconds. Accepts at most 512 connections at once, 64 per client. Answers a request
/// with 503 after ten seconds. Closes a connection if its client accepts no data for ten seconds
/// or sends no request for thirty.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    shutdown: CancellationToken,
) -> io::Result<()> {
    serve_on(Bounded::new(listener), site, shutdown).await
}

pub(super) async fn serve_on(
    listener: Bounded,
    site: Site,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let mut open = Open::new(router(&site, table()), listener.bounds, shutdown.clone());
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            (stream, from) = listener.accept(), if open.has_room() => open.begin(stream, from),
            Some(ended) = open.tasks.join_next_with_id() => open.end(ended),
        }
    }
    drop(listener);
    let drained = async { while open.tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_MAX, drained).await.is_err() {
        tracing::warn!("HTTP requests aborted at the end of the drain");
    }
    Ok(())
}

/// The open connections, each a task.
struct Open {
    router: Router,
    bounds: Bounds,
    shutdown: CancellationToken,
    shares: Shares,
    /// The client of each task.
    clients: HashMap<task::Id, Client>,
    tasks: JoinSet<()>,
}

impl Open {
    fn new(router: Router, bounds: Bounds, shutdown: CancellationToken) -> Self {
        let (shares, clients, tasks) = (Shares::default(), HashMap::new(), JoinSet::new());
        Self { router, bounds, shutdown, shares, clients, tasks }
    }

    fn has_room(&self) -> bool {
        self.tasks.len() < self.bounds.connections
    }

    fn begin(&mut self, stream: TcpStream, from: SocketAddr) {
        let client = Client::of(from.ip());
        if !self.shares.take(client, self.bounds.of_one) {
            tracing::debug!(%from, "HTTP connection rejected: its client has too many");
            // The server does not wait for a client that does not accept even this.
            let _ = stream.try_write(SHARE_USED_UP);
            return;
        }
        let stop = self.shutdown.clone();
        let connection = converse(stream, from, self.router.clone(), self.bounds, stop);
        let task = self.tasks.spawn(connection);
        self.clients.insert(task.id(), client);
    }

    fn end(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "HTTP connection task panicked");
                error.id()
            }
        };
        if let Some(client) = self.clients.remove(&id) {
            self.shares.give_back(client);
        }
    }
}

/// Serves the requests of one connection until it ends. After `stop` only the request in progress
/// is answered.
async fn converse(
    stream: TcpStream,
    from: SocketAddr,
    router: Router,
    bounds: Bounds,
    stop: CancellationToken,
) {
    let io = TokioIo::new(Connection::new(stream, bounds.write_silence));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(from.ip()));
        router.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_within)
        .serve_connection(io, service);
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%from, %error, "HTTP connection failed");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::client::Server;

    async fn bounded(bounds: Bounds) -> Server {
        Server::start(|inner| Bounded { inner, bounds }).await
    }

    #[tokio::test]
    async fn it_stops_when_told_though_a_client_keeps_its_connection() {
        let mut server = Server::start(Bounded::new).await;
        let mut client = server.connect().await;
        client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(client.answer().await.status, 200);
        server.stop().await.unwrap();
        assert_eq!(client.rest().await, "", "the connection is closed");
    }

    #[tokio::test]
    async fn a_connection_that_trickles_makes_room_for_the_next() {
        let head_within = Duration::from_millis(50);
        let server = bounded(Bounds { connections: 1, head_within, ..Bounds::default() }).await;
        let mut slow = server.connect().await;
        slow.send("GET /healthz HTTP/1.1\r\nHost:").await;
        let next = server.ask("GET /healthz", "").await;
        assert_eq!(next.status, 200);
        assert_eq!(slow.rest().await, "");
        let mut idle = server.connect().await;
        idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(idle.answer().await.status, 200);
        assert_eq!(idle.rest().await, "", "an idle connection is closed");
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_cut() {
        let write_silence = Duration::from_millis(200);
        let server = bounded(Bounds { connections: 1, write_silence, ..Bounds::default() }).await;
        let request = "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut deaf = server.connect().await;
        // Far more answers than the buffers between client and server hold.
        while deaf.try_send(&request.repeat(500)).await.is_ok() {}
        assert_eq!(server.ask("GET /healthz", "").await.status, 200, "its place is free");
    }

    #[tokio::test]
    async fn what_is_not_http_is_refused() {
        let server = Server::start(Bounded::new).await;
        let mut client = server.connect().await;
        client.send("INVITE sip:bob@example.com SIP/2.0\r\n\r\n").await;
        let rest = client.rest().await;
        assert!(rest.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{rest}");
    }
}
