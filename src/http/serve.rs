//! Serving, until told to stop.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Site;
use super::connection::Bounded;
use super::routes::routes;

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
    let drained = {
        let shutdown = shutdown.clone();
        async move {
            shutdown.cancelled().await;
            tokio::time::sleep(DRAIN_MAX).await;
        }
    };
    let server = axum::serve(Bounded::new(listener), routes(site))
        .with_graceful_shutdown(shutdown.cancelled_owned());
    tokio::select! {
        served = async { server.await } => served,
        () = drained => {
            tracing::warn!("HTTP requests were cut off at the end of the drain");
            Ok(())
        }
    }
}
