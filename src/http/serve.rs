//! Serving, until told to stop.

use std::future::IntoFuture as _;
use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Site;
use super::connection::Bounded;
use super::connection::Peer;
use super::router::router;
use super::table::table;

/// Longest that open requests are waited for after the word to stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// Answers requests until `shutdown`; then takes no new ones and lets the open ones finish, for
/// at most five seconds. At most 512 connections at once; a request is worked on for at most
/// ten seconds, and a connection on which nothing goes out for thirty is closed.
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
    let stop = shutdown.clone();
    let drained = async move {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN_MAX).await;
    };
    let service = router(&site, table()).into_make_service_with_connect_info::<Peer>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown.cancelled_owned());
    tokio::select! {
        served = server.into_future() => served,
        () = drained => {
            tracing::warn!("HTTP requests were cut off at the end of the drain");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::client::Server;

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
        let silence = Duration::from_millis(50);
        let server = Server::start(|listener| Bounded::with(listener, 1, silence)).await;
        let mut slow = server.connect().await;
        slow.send("GET /healthz HTTP/1.1\r\nHost:").await;
        let next = server.ask("GET /healthz", "").await;
        assert_eq!(next.status, 200);
        assert_eq!(slow.rest().await, "");
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
