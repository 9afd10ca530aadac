//! One TCP connection: splits the input into SIP messages and writes the output.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;

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

/// Report of a connection to the SIP task.
#[derive(Debug)]
pub(super) enum News {
    /// A complete message.
    Message {
        peer: Peer,
        bytes: Bytes,
    },
    /// The connection has ended.
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
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect(peer.remote)).await;
    match connected {
        Ok(Ok(stream)) => serve(stream, peer.remote, id, writes, news).await,
        Ok(Err(_)) | Err(_) => {
            drop(news.send(News::Lost { id, peer, how: Lost::Refused }).await);
        }
    }
}

/// Serves a connection until either side closes it, it breaks, or it carries something other than
/// SIP.
pub(super) async fn serve(
    stream: TcpStream,
    remote: SocketAddr,
    id: ConnectionId,
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    let Ok(local) = stream.local_addr() else { return };
    drop(stream.set_nodelay(true));
    let (remote, local) = (canonical(remote), canonical(local));
    let peer = Peer { transport: Transport::Tcp, remote, local, connection: Some(id) };
    let (reader, writer) = stream.into_split();
    let (pong, pongs) = mpsc::channel(PONGS);
    tokio::select! {
        () = read(reader, peer, &news, pong) => {}
        () = write(writer, writes, pongs) => {}
    }
    drop(news.send(News::Lost { id, peer, how: Lost::Closed }).await);
}

async fn read(
    mut reader: OwnedReadHalf,
    peer: Peer,
    news: &mpsc::Sender<News>,
    pong: mpsc::Sender<()>,
) {
    let mut framer = StreamFramer::new();
    let mut buffer = vec![0; READ];
    while let Ok(count @ 1..) = reader.read(&mut buffer).await {
        framer.push(buffer.get(..count).unwrap_or_default());
        while let Some(frame) = framer.next() {
            let Ok(bytes) = frame else { return };
            if news.send(News::Message { peer, bytes }).await.is_err() {
                return;
            }
        }
        for _ping in 0..framer.take_pings().min(PONGS) {
            if pong.try_send(()).is_err() {
                break;
            }
        }
    }
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
        match tokio::time::timeout(WRITE, writer.write_all(&bytes)).await {
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
        let served = serve(ours, from, ConnectionId(1), writes, news);
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
}
