//! One connection, over TCP or TLS: splits the input into SIP messages and writes the output.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use socket2::TcpKeepalive;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsStream;

use super::handshakes::Shaking;
use crate::net::tls::HandshakeError;
use crate::net::tls::Tls;
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
/// A keep-alive, and the response to it (RFC 5626 §4.4.1).
const PING: &[u8] = b"\r\n\r\n";
const PONG: &[u8] = b"\r\n";
/// Most bytes of one read.
const READ: usize = 2 * 1_024;
/// Timeout for connecting: one SYN may be lost. An INVITE that is too large for a datagram goes by UDP
/// then all the same.
const CONNECT: Duration = Duration::from_secs(2);
/// Timeout for one write.
const WRITE: Duration = Duration::from_secs(10);

/// How long a connection may take for what it is to send. Longer: it is closed.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// From accepting it to its first whole message or keep-alive.
    first_message: Duration,
    /// From the first byte of a message to its last.
    whole_message: Duration,
    /// Without a byte; on a connection that we made, without a message. Then it is closed unless a
    /// call uses it.
    idle: Duration,
    /// Without a byte from us; then a keep-alive is sent on a connection that we made.
    keep_alive: Duration,
}

/// How long we send nothing on a connection that we made before we send a keep-alive, so that a NAT
/// in between keeps it open (RFC 5626 §4.4.1: 95 s to 120 s).
const KEEP_ALIVE: Duration = Duration::from_secs(100);

/// The limits of every connection.
const PATIENCE: Patience = Patience {
    first_message: Duration::from_secs(10),
    whole_message: Duration::from_secs(10),
    idle: Duration::from_secs(15 * 60),
    keep_alive: KEEP_ALIVE,
};

/// A connection that is made.
#[derive(Debug)]
struct Link {
    stream: Stream,
    origin: Origin,
    patience: Patience,
}

impl Link {
    /// Creates a link with the limits of every connection.
    fn new(stream: Stream, origin: Origin) -> Self {
        Self { stream, origin, patience: PATIENCE }
    }
}

/// What the messages of a connection go over.
#[derive(Debug)]
enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn transport(&self) -> Transport {
        match self {
            Stream::Plain(_) => Transport::Tcp,
            Stream::Tls(_) => Transport::Tls,
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        }
    }
}

/// The TLS of a connection that we make.
#[derive(Debug, Clone)]
pub(super) struct Towards {
    /// Our certificates.
    pub(super) tls: Arc<Tls>,
    /// The host whose name must be in the certificate of the other end.
    pub(super) host: Arc<str>,
}

/// Longest time that sent bytes may stay unacknowledged before the connection counts as dead
/// (RFC 5482).
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// Idle time before the first TCP keep-alive probe, and the time between probes.
const PROBE: Duration = Duration::from_secs(30);

/// Who made a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
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
#[derive(Debug)]
pub(super) enum Lost {
    /// It could not be established.
    Refused,
    /// There was no TLS with the host that we called.
    NotSecured { host: Arc<str>, error: HandshakeError },
    /// There was no TLS with a client that called us.
    NotAccepted(HandshakeError),
    /// It was closed, or broke.
    Closed,
}

/// Connects to `peer`, secures the connection if it is for TLS, then serves it until it ends.
pub(super) async fn connect(
    peer: Peer,
    towards: Option<Towards>,
    id: ConnectionId,
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    match open(peer.remote, towards).await {
        Ok(stream) => {
            serve(Link::new(stream, Origin::Dialed), peer.remote, id, writes, news).await;
        }
        Err(how) => drop(news.send(News::Lost { id, peer, how }).await),
    }
}

async fn open(remote: SocketAddr, towards: Option<Towards>) -> Result<Stream, Lost> {
    let connected = timeout(CONNECT, TcpStream::connect(remote)).await;
    let Ok(Ok(stream)) = connected else { return Err(Lost::Refused) };
    prepare(&stream);
    let Some(Towards { tls, host }) = towards else { return Ok(Stream::Plain(stream)) };
    match tls.connect(&host, stream).await {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
        Err(error) => Err(Lost::NotSecured { host, error }),
    }
}

/// Serves a connection that was accepted, after the handshake if it is for TLS.
pub(super) async fn accept(
    stream: TcpStream,
    secured: Option<(Arc<Tls>, Shaking)>,
    (remote, id): (SocketAddr, ConnectionId),
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    prepare(&stream);
    let local = stream.local_addr().unwrap_or(remote);
    let stream = match secured {
        None => Stream::Plain(stream),
        Some((tls, _shaking)) => match tls.accept(stream).await {
            Ok(stream) => Stream::Tls(Box::new(stream)),
            Err(error) => {
                let connection = Some(id);
                let peer = Peer { transport: Transport::Tls, remote, local, connection };
                let how = Lost::NotAccepted(error);
                return drop(news.send(News::Lost { id, peer, how }).await);
            }
        },
    };
    serve(Link::new(stream, Origin::Accepted), remote, id, writes, news).await;
}

/// Serves a connection until either side closes it, it breaks, or it carries something other than
/// SIP.
async fn serve(
    Link { stream, origin, patience }: Link,
    remote: SocketAddr,
    id: ConnectionId,
    writes: mpsc::Receiver<Bytes>,
    news: mpsc::Sender<News>,
) {
    let local = stream.socket().local_addr().unwrap_or(remote);
    let (remote, local) = (canonical(remote), canonical(local));
    let peer = Peer { transport: stream.transport(), remote, local, connection: Some(id) };
    let (pong, pongs) = mpsc::channel(PONGS);
    let limits = (origin, patience);
    let keep_alive = match origin {
        Origin::Accepted => None,
        Origin::Dialed => Some(patience.keep_alive),
    };
    let heard = Heard { peer, news: news.clone(), pong };
    match stream {
        Stream::Plain(stream) => {
            let (reader, writer) = stream.into_split();
            tokio::select! {
                () = Reader::new(reader, heard).run(limits) => {}
                () = write(writer, writes, pongs, keep_alive) => {}
            }
        }
        Stream::Tls(stream) => {
            let (reader, writer) = tokio::io::split(stream);
            tokio::select! {
                () = Reader::new(reader, heard).run(limits) => {}
                () = write(writer, writes, pongs, keep_alive) => {}
            }
        }
    }
    drop(news.send(News::Lost { id, peer, how: Lost::Closed }).await);
}

/// Where what a connection brings goes.
struct Heard {
    peer: Peer,
    news: mpsc::Sender<News>,
    pong: mpsc::Sender<()>,
}

/// The receiving side of a connection.
struct Reader<R> {
    stream: R,
    framer: StreamFramer,
    buffer: Vec<u8>,
    heard: Heard,
    /// Whether keep-alives of the far end are answered.
    answers: bool,
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

impl<R: AsyncRead + Unpin> Reader<R> {
    fn new(stream: R, heard: Heard) -> Self {
        Self { stream, framer: StreamFramer::new(), buffer: vec![0; READ], heard, answers: true }
    }

    /// Reads until the connection ends, sends what is not SIP, or stalls.
    async fn run(mut self, (origin, patience): (Origin, Patience)) {
        self.answers = origin == Origin::Accepted;
        let mut flow = match origin {
            Origin::Accepted => self.within(patience.first_message).await,
            Origin::Dialed => Flow::Whole,
        };
        while flow != Flow::Over {
            flow = if self.framer.is_within_message() {
                self.within(patience.whole_message).await
            } else if let Ok(flow) = timeout(patience.idle, self.next(origin)).await {
                flow
            } else {
                let Some(id) = self.heard.peer.connection else { return };
                drop(self.heard.news.send(News::Idle { id }).await);
                Flow::Whole
            };
        }
    }

    /// Reads until something comes that shows that the connection is in use: a far end's keep-alive
    /// does, its answer to ours does not.
    async fn next(&mut self, origin: Origin) -> Flow {
        loop {
            let flow = self.read().await;
            let is_answer = flow == Flow::Partial && !self.framer.is_within_message();
            if origin == Origin::Accepted || !is_answer {
                return flow;
            }
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
            let message = News::Message { peer: self.heard.peer, bytes };
            if self.heard.news.send(message).await.is_err() {
                return Flow::Over;
            }
            flow = Flow::Whole;
        }
        // Where we connected, line ends are answers to our own keep-alives: two look like one.
        let pings = self.framer.take_pings().min(PONGS);
        let answered = if self.answers { pings } else { 0 };
        for _ping in 0..answered {
            flow = Flow::Whole;
            if self.heard.pong.try_send(()).is_err() {
                break;
            }
        }
        flow
    }
}

/// Sends small messages at once, and makes the kernel notice that the peer is gone, rather than swallow what is sent to it for a
/// quarter of an hour.
fn prepare(stream: &TcpStream) {
    drop(stream.set_nodelay(true));
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new().with_time(PROBE).with_interval(PROBE);
    drop(socket.set_tcp_keepalive(&probes));
    drop(socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)));
}

async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut writes: mpsc::Receiver<Bytes>,
    mut pongs: mpsc::Receiver<()>,
    keep_alive: Option<Duration>,
) {
    loop {
        let silence = tokio::time::sleep(keep_alive.unwrap_or_default());
        let bytes = tokio::select! {
            bytes = writes.recv() => bytes,
            Some(()) = pongs.recv() => Some(Bytes::from_static(PONG)),
            () = silence, if keep_alive.is_some() => Some(Bytes::from_static(PING)),
        };
        let Some(bytes) = bytes else { return };
        let written = async {
            writer.write_all(&bytes).await?;
            // TLS may keep what it could not send.
            writer.flush().await
        };
        match timeout(WRITE, written).await {
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
    use crate::base::Mono;
    use crate::net::sip::handshakes::Handshakes;
    use crate::net::tls::sample::tls;

    /// A handshake that begins.
    fn shaking(from: SocketAddr) -> Shaking {
        Handshakes::default().begin(from.ip(), Mono::default()).unwrap()
    }

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
        let served = accept(ours, None, (from, ConnectionId(1)), writes, news);
        let far_end = async move {
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
        let served = serve(
            Link { stream: Stream::Plain(ours), origin, patience },
            from,
            ConnectionId(1),
            writes,
            news,
        );
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

    #[tokio::test]
    async fn keep_alives_are_sent_where_we_connected() {
        const SOON: Duration = Duration::from_millis(5);
        let patience = Patience { keep_alive: SOON, idle: 20 * SOON, ..PATIENCE };
        let (mut far, ours, from) = pair().await;
        let (_write, writes) = mpsc::channel(WRITES);
        let (news, mut heard) = mpsc::channel(8);
        let link = Link { stream: Stream::Plain(ours), origin: Origin::Dialed, patience };
        let served = serve(link, from, ConnectionId(1), writes, news);
        let far_end = async move {
            let mut sent = [0; 8];
            far.read_exact(&mut sent).await.unwrap();
            assert_eq!(&sent, &[PING, PING].concat()[..]);
            // Its answers do not count: no message comes, so the connection is idle.
            loop {
                tokio::select! {
                    news = heard.recv() => break assert!(matches!(news, Some(News::Idle { .. }))),
                    read = far.read_exact(&mut sent[..4]) => drop(read.unwrap()),
                }
                far.write_all(PONG).await.unwrap();
            }
        };
        tokio::select! {
            () = served => panic!("the connection has ended"),
            () = far_end => {}
        }
    }

    const OPTIONS: &str = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

    #[tokio::test]
    async fn a_message_byte_by_byte_over_tls_is_whole() {
        let home = tempfile::tempdir().unwrap();
        let tls = tls(&home);
        let (far, ours, from) = pair().await;
        let (write, writes) = mpsc::channel(WRITES);
        let (news, mut heard) = mpsc::channel(8);
        let served =
            accept(ours, Some((tls.clone(), shaking(from))), (from, ConnectionId(1)), writes, news);
        let far_end = async move {
            let mut far = tls.connect("127.0.0.1", far).await.unwrap();
            for byte in OPTIONS.as_bytes() {
                far.write_all(&[*byte]).await.unwrap();
                far.flush().await.unwrap();
            }
            let Some(News::Message { peer, bytes }) = heard.recv().await else { panic!() };
            assert_eq!((peer.transport, &*bytes), (Transport::Tls, OPTIONS.as_bytes()));
            far.write_all(b"\r\n\r\n").await.unwrap();
            let mut answer = [0; 2];
            far.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer, PONG);
            write.send(Bytes::from_static(b"SIP")).await.unwrap();
            let mut next = [0; 3];
            far.read_exact(&mut next).await.unwrap();
            assert_eq!(&next, b"SIP");
            drop(write);
            assert!(matches!(heard.recv().await, Some(News::Lost { how: Lost::Closed, .. })));
        };
        tokio::join!(served, far_end);
    }

    /// Calls the server's end of a connection `host`; returns why there is no TLS, and what to do.
    async fn not_secured(tls: Arc<Tls>, server: Option<Arc<Tls>>, host: &str) -> (String, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let remote = listener.local_addr().unwrap();
        let peer = Peer { transport: Transport::Tls, remote, local: remote, connection: None };
        let (_write, writes) = mpsc::channel(WRITES);
        let (news, mut heard) = mpsc::channel(8);
        let towards = Some(Towards { tls, host: host.into() });
        let far_end = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            match server {
                Some(server) => drop(server.accept(stream).await),
                None => drop(stream.write_all(b"SIP/2.0 400 Bad Request\r\n\r\n").await),
            }
        };
        tokio::join!(connect(peer, towards, ConnectionId(1), writes, news), far_end);
        match heard.recv().await {
            Some(News::Lost { how: Lost::NotSecured { error, .. }, .. }) => {
                (error.to_string(), error.remedy().to_owned())
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_verified_is_not_called() {
        let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (tls(&home), tls(&other));
        let (why, remedy) = not_secured(ours.clone(), Some(theirs), "127.0.0.1").await;
        assert!(why.contains("UnknownIssuer"), "{why}");
        assert!(remedy.contains("tls_authority"), "{remedy}");
        let (why, remedy) = not_secured(ours.clone(), Some(ours.clone()), "sip.example").await;
        assert!(why.contains("not valid for name"), "{why}");
        assert!(remedy.contains("a name that is in its certificate"), "{remedy}");
        let (_, remedy) = not_secured(ours, None, "127.0.0.1").await;
        assert!(remedy.contains("see whether a SIP server with TLS"), "{remedy}");
    }

    #[tokio::test]
    async fn a_handshake_that_does_not_end_is_ended() {
        let home = tempfile::tempdir().unwrap();
        let (mut far, ours, from) = pair().await;
        let (_write, writes) = mpsc::channel(WRITES);
        let (news, mut heard) = mpsc::channel(8);
        // The beginning of a ClientHello.
        far.write_all(&[22, 3, 1, 1, 0]).await.unwrap();
        accept(ours, Some((tls(&home), shaking(from))), (from, ConnectionId(1)), writes, news)
            .await;
        let lost = heard.recv().await;
        let Some(News::Lost { how: Lost::NotAccepted(error), .. }) = lost else {
            panic!("{lost:?}");
        };
        assert_eq!(error.to_string(), "no TLS handshake within 5 s");
    }
}
