//! One TCP connection: splits the input into SIP messages and writes the output.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use socket2::TcpKeepalive;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::net::towards::canonical;
use crate::sip::ConnectionId;
use crate::sip::Peer;
use crate::sip::Transport;
use crate::sip::wire::StreamFramer;

/// Most messages that wait to be written to one connection. If full, the far end does not read, and
/// the connection is closed.
pub(super) const WRITES: usize = 256;
/// Most keep-alive responses that wait to be written. If full, the far end does not read, and
/// further keep-alives are ignored.
const PONGS: usize = 8;
/// Response to a keep-alive (RFC 5626 §4.4.1).
const PONG: &[u8] = b"\r\n";
/// Most bytes of one read.
const READ: usize = 8 * 1_024;
/// Timeout for connecting.
const CONNECT: Duration = Duration::from_secs(5);
/// Timeout for one write.
const WRITE: Duration = Duration::from_secs(10);

/// How long a connection may take for what it is to send. Longer: it is closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From accepting it to its first whole message or keep-alive.
    first_message: Duration,
    /// From the first byte of a message to its last.
    whole_message: Duration,
    /// Without a byte; then it is closed unless a call uses it.
    idle: Duration,
}

/// The limits of every connection.
pub(super) const PATIENCE: Patience = Patience {
    first_message: Duration::from_secs(10),
    whole_message: Duration::from_secs(10),
    idle: Duration::from_secs(15 * 60),
};
/// Longest time that sent bytes may stay unacknowledged before the connection counts as dead
/// (RFC 5482).
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// Idle time before the first TCP keep-alive probe, and the time between probes.
const PROBE: Duration = Duration::from_secs(30);

/// Who made a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The peer did.
    Accepted,
    /// We did.
    Dialed,
}

/// Report of a connection to the SIP task.
#[derive(Debug)]
pub(super) enum News {
    /// A complete message.
    Message {
        peer: Peer,
        bytes: Bytes,
    },
    /// The connection has ended.
    /// Nothing has come by the connection for a long time.
    Idle {
        id: ConnectionId,
    },
    /// ICMP reports that a UDP peer cannot be reached.
    Unreachable {
        peer: Peer,
    },
    Lost {
        id: ConnectionId,
        peer: Peer,
        how: Lost,
    },
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// It could not be established.
    Refused,
    /// It was closed, or broke.
    Closed,
}

/// Connects to `peer`, then serves the connection until it ends.
pub(super) async fn connect(
    peer: Peer,
    id: ConnectionId,
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    let connected = timeout(CONNECT, TcpStream::connect(peer.remote)).await;
    match connected {
        Ok(Ok(stream)) => {
            serve((stream, Origin::Dialed, PATIENCE), peer.remote, id, writes, news).await;
        }
        Ok(Err(_)) | Err(_) => {
            drop(news.send(News::Lost { id, peer, how: Lost::Refused }).await);
        }
    }
}

/// Serves a connection until either side closes it, it breaks, or it carries something other than
/// SIP.
pub(super) async fn serve(
    (stream, origin, patience): (TcpStream, Origin, Patience),
    remote: SocketAddr,
    id: ConnectionId,
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    let Ok(local) = stream.local_addr() else { return };
    drop(stream.set_nodelay(true));
    notice_death(&stream);
    let (remote, local) = (canonical(remote), canonical(local));
    let peer = Peer { transport: Transport::Tcp, remote, local, connection: Some(id) };
    let (reader, writer) = stream.into_split();
    let (pong, pongs) = mpsc::channel(PONGS);
    let reader = Reader {
        stream: reader,
        framer: StreamFramer::new(),
        buffer: vec![0; READ],
        peer,
        news: news.clone(),
        pong,
    };
    tokio::select! {
        () = reader.run(origin, patience) => {}
        () = write(writer, writes, pongs) => {}
    }
    drop(news.send(News::Lost { id, peer, how: Lost::Closed }).await);
}

/// The receiving side of a connection.
struct Reader {
    stream: OwnedReadHalf,
    framer: StreamFramer,
    buffer: Vec<u8>,
    peer: Peer,
    news: mpsc::Sender<News>,
    pong: mpsc::Sender<()>,
}

/// Whether a connection still brings messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Bytes came, and no end of a message or keep-alive.
    Partial,
    /// A message or a keep-alive came.
    Whole,
    /// The connection is over.
    Over,
}

impl Reader {
    /// Reads until the connection ends, sends what is not SIP, or stalls.
    async fn run(mut self, origin: Origin, patience: Patience) {
        let mut flow = match origin {
            Origin::Accepted => self.within(patience.first_message).await,
            Origin::Dialed => Flow::Whole,
        };
        while flow != Flow::Over {
            flow = if self.framer.is_within_message() {
                self.within(patience.whole_message).await
            } else if let Ok(flow) = timeout(patience.idle, self.read()).await {
                flow
            } else {
                let Some(id) = self.peer.connection else { return };
                drop(self.news.send(News::Idle { id }).await);
                Flow::Whole
            };
        }
    }

    /// Reads until a message is whole, at most for so long.
    async fn within(&mut self, limit: Duration) -> Flow {
        let whole = async {
            loop {
                let flow = self.read().await;
                if flow != Flow::Partial {
                    return flow;
                }
            }
        };
        timeout(limit, whole).await.unwrap_or(Flow::Over)
    }

    /// Reads once, and hands on what is whole.
    async fn read(&mut self) -> Flow {
        let Ok(count @ 1..) = self.stream.read(&mut self.buffer).await else { return Flow::Over };
        self.framer.push(self.buffer.get(..count).unwrap_or_default());
        let mut flow = Flow::Partial;
        while let Some(frame) = self.framer.next() {
            let Ok(bytes) = frame else { return Flow::Over };
            if self.news.send(News::Message { peer: self.peer, bytes }).await.is_err() {
                return Flow::Over;
            }
            flow = Flow::Whole;
        }
        for _ping in 0..self.framer.take_pings().min(PONGS) {
            flow = Flow::Whole;
            if self.pong.try_send(()).is_err() {
                break;
            }
        }
        flow
    }
}

/// Makes the kernel notice that the peer is gone, rather than swallow what is sent to it for a
/// quarter of an hour.
fn notice_death(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new().with_time(PROBE).with_interval(PROBE);
    drop(socket.set_tcp_keepalive(&probes));
    drop(socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)));
}

async fn write(
    mut writer: OwnedWriteHalf,
    mut writes: mpsc::Receiver<Bytes>,
    mut pongs: mpsc::Receiver<()>,
) {
    loop {
        let bytes = tokio::select! {
            bytes = writes.recv() => bytes,
            Some(()) = pongs.recv() => Some(Bytes::from_static(PONG)),
        };
        let Some(bytes) = bytes else { return };
        match timeout(WRITE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let dialled = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (taken, from) = listener.accept().await.unwrap();
        (dialled, taken, from)
    }

    #[tokio::test]
    async fn keep_alives_are_answered_between_messages() {
        let (mut far, ours, from) = pair().await;
        let (write, writes) = mpsc::channel(WRITES);
        let (news, mut heard) = mpsc::channel(8);
        let served = serve((ours, Origin::Accepted, PATIENCE), from, ConnectionId(1), writes, news);
        let far_end = async move {
            const OPTIONS: &str = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";
            // (bytes sent, number of bytes returned)
            let double = format!("\r\n\r\n{OPTIONS}\r\n\r\n");
            for (sent, answered) in [("\r\n\r\n", 2), (double.as_str(), 4)] {
                far.write_all(sent.as_bytes()).await.unwrap();
                let mut answer = vec![0; answered];
                far.read_exact(&mut answer).await.unwrap();
                assert_eq!(answer, PONG.repeat(answered / 2), "{sent:?}");
            }
            let message = heard.recv().await;
            assert!(matches!(message, Some(News::Message { .. })), "{message:?}");
            // A single line end is not a keep-alive: the next bytes read are the message.
            far.write_all(b"\r\n").await.unwrap();
            write.send(Bytes::from_static(b"SIP")).await.unwrap();
            let mut next = [0; 3];
            far.read_exact(&mut next).await.unwrap();
            assert_eq!(&next, b"SIP");
            drop(far);
            assert!(matches!(heard.recv().await, Some(News::Lost { how: Lost::Closed, .. })));
        };
        tokio::join!(served, far_end);
    }

    /// Serves a connection whose far end sends `sent` and stays open; returns its end.
    async fn outlived(sent: &str, origin: Origin, patience: Patience) -> Option<News> {
        let (mut far, ours, from) = pair().await;
        let (_write, writes) = mpsc::channel(WRITES);
        let (news, mut heard) = mpsc::channel(8);
        far.write_all(sent.as_bytes()).await.unwrap();
        ours.readable().await.unwrap();
        let served = serve((ours, origin, patience), from, ConnectionId(1), writes, news);
        let end = async move {
            loop {
                match heard.recv().await {
                    Some(News::Message { .. }) => {}
                    other => return other,
                }
            }
        };
        let mut served = std::pin::pin!(served);
        let mut end = std::pin::pin!(end);
        tokio::select! {
            biased;
            end = &mut end => end,
            () = &mut served => end.await,
        }
    }

    #[tokio::test]
    async fn connections_that_stall_are_closed_or_reported_idle() {
        const OPTIONS: &str = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";
        const SOON: Duration = Duration::from_millis(1);
        let half = "OPTIONS sip:a@b SIP/2.0\r\n";
        let whole_then_half = format!("{OPTIONS}{half}");
        let first = Patience { first_message: SOON, ..PATIENCE };
        let whole = Patience { whole_message: SOON, ..PATIENCE };
        let idle = Patience { idle: SOON, ..PATIENCE };
        for (sent, origin, patience) in [
            (half, Origin::Accepted, first),
            ("\r\n", Origin::Accepted, first),
            (half, Origin::Dialed, whole),
            (&whole_then_half, Origin::Accepted, whole),
        ] {
            let end = outlived(sent, origin, patience).await;
            assert!(matches!(end, Some(News::Lost { how: Lost::Closed, .. })), "{sent:?}: {end:?}");
        }
        for (sent, origin) in
            [(OPTIONS, Origin::Accepted), ("\r\n\r\n", Origin::Accepted), (OPTIONS, Origin::Dialed)]
        {
            let end = outlived(sent, origin, idle).await;
            assert!(matches!(end, Some(News::Idle { .. })), "{sent:?}: {end:?}");
        }
    }
}
