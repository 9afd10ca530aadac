//! Limits on connections: how many in total, how many per client, and how long one may be idle.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio::time::sleep;

/// Most connections at once. Further ones wait in the system's backlog.
const CONNECTIONS_MAX: usize = 512;

/// Most connections of one client at once. Further ones get 503 and are closed. A client is an IPv4
/// address or an IPv6 /64, since a host usually has a whole /64. Loopback has no limit of its own:
/// a reverse proxy on this host serves all its clients and may use every connection.
const OF_ONE_MAX: usize = 64;

/// Longest time for the head of a request, from the moment the connection is ready for it;
/// therefore also the longest time that a connection may be idle. The connection is then closed.
const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// Longest time that a client may take no byte of a pending answer. The connection is then closed.
/// The time for the whole answer has no limit.
const WRITE_SILENCE_MAX: Duration = Duration::from_secs(10);

/// Pause after the system failed to accept a connection, for instance because too many files are
/// open.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The bounds of a listener.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) connections: usize,
    pub(super) of_one: usize,
    pub(super) head_within: Duration,
    pub(super) write_silence: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX,
            of_one: OF_ONE_MAX,
            head_within: HEAD_WITHIN,
            write_silence: WRITE_SILENCE_MAX,
        }
    }
}

/// A listener and its bounds.
pub(super) struct Bounded {
    pub(super) inner: TcpListener,
    pub(super) bounds: Bounds,
}

impl Bounded {
    /// Creates a listener with the usual bounds.
    pub(super) fn new(inner: TcpListener) -> Self {
        Self { inner, bounds: Bounds::default() }
    }

    /// Waits for the next connection. Pauses after a system error before it tries again.
    pub(super) async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.inner.accept().await {
                Ok(accepted) => return accepted,
                Err(error) => match pause_after(&error) {
                    None => {}
                    Some(pause) => {
                        tracing::error!(%error, "HTTP connection not accepted");
                        sleep(pause).await;
                    }
                },
            }
        }
    }
}

/// Returns how long to wait after an accept error: `None` if only the client disconnected.
fn pause_after(error: &io::Error) -> Option<Duration> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionReset => None,
        _ => Some(ACCEPT_PAUSE),
    }
}

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// A client whose connections are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// A program on this host, often a reverse proxy.
    Local,
    /// An IPv4 address, or the first address of an IPv6 /64.
    Remote(IpAddr),
}

impl Client {
    /// Returns the client that an address belongs to.
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Client::Local,
            IpAddr::V4(address) => Client::Remote(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                Client::Remote(IpAddr::V6(Ipv6Addr::from(network)))
            }
        }
    }
}

/// Number of connections of each client. Clients without a connection are not held.
#[derive(Debug, Default)]
pub(super) struct Shares(HashMap<Client, usize>);

impl Shares {
    /// Counts a connection of a client. Returns false, without counting it, when the client's share
    /// is used up.
    pub(super) fn take(&mut self, client: Client, of_one: usize) -> bool {
        let count = self.0.entry(client).or_default();
        let fits = client == Client::Local || *count < of_one;
        *count += usize::from(fits);
        fits
    }

    /// Removes a connection of a client from the count.
    pub(super) fn give_back(&mut self, client: Client) {
        if let Some(count) = self.0.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(&client);
            }
        }
    }
}

/// A connection that fails when the client accepts none of the pending output for too long.
pub(super) struct Connection {
    stream: TcpStream,
    write_silence: Duration,
    /// Timer that runs while output is pending.
    end: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// Creates a connection from an accepted stream.
    pub(super) fn new(stream: TcpStream, write_silence: Duration) -> Self {
        Self { stream, write_silence, end: None }
    }

    /// Returns the result of a write, or an error when the client has accepted nothing for too
    /// long.
    fn patiently(
        &mut self,
        context: &mut Context<'_>,
        wrote: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if wrote.is_ready() {
            self.end = None;
            return wrote;
        }
        let silence = self.write_silence;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(silence)));
        match end.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patiently(context, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.patiently(context, wrote)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::of(address.parse().unwrap())
    }

    #[test]
    fn clients_are_hosts_and_ipv6_networks() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("127.0.0.1", "127.9.9.9", true),
            ("127.0.0.1", "::1", true),
            ("::ffff:127.0.0.1", "::1", true),
            ("127.0.0.1", "192.0.2.1", false),
        ] {
            assert_eq!(client(one) == client(other), same, "{one} {other}");
        }
    }

    #[test]
    fn a_share_ends_at_its_bound_and_begins_again() {
        let mut shares = Shares::default();
        let (one, other) = (client("192.0.2.1"), client("192.0.2.2"));
        let taken: Vec<bool> = (0..3).map(|_| shares.take(one, 2)).collect();
        assert_eq!(taken, [true, true, false]);
        assert!(shares.take(other, 2));
        shares.give_back(one);
        assert!(shares.take(one, 2));
        assert!(!shares.take(one, 2));
        assert!((0..100).all(|_| shares.take(Client::Local, 2)), "loopback has no bound");
        for (client, count) in [(one, 2), (other, 1), (Client::Local, 100)] {
            (0..count).for_each(|_| shares.give_back(client));
        }
        assert!(shares.0.is_empty());
    }

    #[test]
    fn only_errors_of_the_system_make_accepting_pause() {
        const TOO_MANY_FILES: i32 = 24;
        for (error, paused) in [
            (io::ErrorKind::ConnectionAborted.into(), false),
            (io::ErrorKind::ConnectionReset.into(), false),
            (io::Error::from_raw_os_error(TOO_MANY_FILES), true),
            (io::ErrorKind::OutOfMemory.into(), true),
        ] {
            assert_eq!(pause_after(&error).is_some(), paused, "{error}");
        }
    }
}
