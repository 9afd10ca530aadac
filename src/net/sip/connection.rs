//! One TCP connection: frames what comes in, writes what goes out.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;

use crate::sip::ConnectionId;
use crate::sip::Peer;
use crate::sip::Transport;
use crate::sip::wire::StreamFramer;

/// Messages that wait to be written to one connection. Full: the far end does not read, and the
/// connection is given up.
pub(super) const WRITES: usize = 256;
/// Read at once, in bytes.
const READ: usize = 8 * 1_024;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one write may take.
const WRITE: Duration = Duration::from_secs(10);

/// What a connection tells the SIP task.
#[derive(Debug)]
pub(super) enum News {
    /// A whole message.
    Message { peer: Peer, bytes: Bytes },
    /// The connection is over.
    Lost { id: ConnectionId, peer: Peer, how: Lost },
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// It was never made.
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

/// Serves a connection until either side closes it, it breaks, or it sends what is not SIP.
pub(super) async fn serve(
    stream: TcpStream,
    remote: SocketAddr,
    id: ConnectionId,
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    let Ok(local) = stream.local_addr() else { return };
    drop(stream.set_nodelay(true));
    let peer = Peer { transport: Transport::Tcp, remote, local, connection: Some(id) };
    let (reader, writer) = stream.into_split();
    tokio::select! {
        () = read(reader, peer, &news) => {}
        () = write(writer, writes) => {}
    }
    drop(news.send(News::Lost { id, peer, how: Lost::Closed }).await);
}

async fn read(mut reader: OwnedReadHalf, peer: Peer, news: &mpsc::Sender<News>) {
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
    }
}

async fn write(mut writer: OwnedWriteHalf, mut writes: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = writes.recv().await {
        match tokio::time::timeout(WRITE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
