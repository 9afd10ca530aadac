//! The tracker of a source: a web server on loopback that postbacks arrive at.

use std::net::Ipv4Addr;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Most postbacks that wait to be read; later ones are refused, and come again.
const ARRIVED: usize = 64;

/// A tracker. Dropping it closes its server.
#[derive(Debug)]
pub struct Tracker {
    address: SocketAddr,
    arrived: mpsc::Receiver<String>,
    _served: JoinSet<std::io::Result<()>>,
}

impl Tracker {
    /// Starts a tracker on a free port.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, arrived) = mpsc::channel(ARRIVED);
        let router = Router::new().fallback(receive).with_state(sender);
        let mut served = JoinSet::new();
        served.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, arrived, _served: served })
    }

    /// Returns the address of its server.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the next postback: path and query of the request.
    pub async fn next(&mut self) -> Option<String> {
        self.arrived.recv().await
    }
}

async fn receive(State(sender): State<mpsc::Sender<String>>, request: Request) -> StatusCode {
    match sender.try_send(request.uri().to_string()) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
