//! Connections: how many at once, and how long one may stay without an answer going out.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use axum::serve::Listener;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Sleep;
use tokio::time::sleep;

/// Connections at once; further ones wait in the system's backlog.
const CONNECTIONS_MAX: usize = 512;

/// Longest that a connection stays without a byte going out on it: for a request that trickles
/// in, an answer that nobody takes, and one that is kept alive.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// A listener whose connections are bounded in number and in silence.
pub(super) struct Bounded {
    inner: TcpListener,
    room: Arc<Semaphore>,
    silence: Duration,
}

impl Bounded {
    /// With the usual bounds.
    pub(super) fn new(inner: TcpListener) -> Self {
        Self::with(inner, CONNECTIONS_MAX, SILENCE_MAX)
    }

    /// With others.
    pub(super) fn with(inner: TcpListener, connections: usize, silence: Duration) -> Self {
        Self { inner, room: Arc::new(Semaphore::new(connections)), silence }
    }
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            // The semaphore is never closed.
            let Ok(room) = Arc::clone(&self.room).acquire_owned().await else { continue };
            let (stream, from) = Listener::accept(&mut self.inner).await;
            return (Connection::new(stream, room, self.silence), from);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self(stream.remote_addr().ip())
    }
}

/// A connection that fails when it was silent for too long.
pub(super) struct Connection {
    stream: TcpStream,
    silence: Duration,
    end: Pin<Box<Sleep>>,
    _room: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, room: OwnedSemaphorePermit, silence: Duration) -> Self {
        Self { stream, silence, end: Box::pin(sleep(silence)), _room: room }
    }

    /// The stream's answer, or the end of our patience.
    fn patiently<T>(
        &mut self,
        context: &mut Context<'_>,
        answer: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => answer,
        }
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        answer: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if matches!(answer, Poll::Ready(Ok(1..))) {
            self.end.set(sleep(self.silence));
        }
        self.patiently(context, answer)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.patiently(context, answer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, answer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(context, answer)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
