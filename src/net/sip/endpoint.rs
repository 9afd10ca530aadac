//! The SIP task.

mod obey;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::CallHandler;
use super::Gauges;
use super::Mailbox;
use super::Order;
use super::Orders;
use super::Sockets;
use super::connection::Lost;
use super::connection::News;
use super::connections::Connections;
use super::connections::Standing;
use super::connections::connections_max;
use super::datagram;
use super::datagram::Datagram;
use super::tracer::Tracer;
use super::unreachable;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Sparse;
use crate::ladder::Part;
use crate::ladder::Way;
use crate::net::Clock;
use crate::net::tls::HandshakeError;
use crate::net::tls::Tls;
use crate::net::towards::canonical;
use crate::sip;
use crate::sip::Agent;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::Output;
use crate::sip::Peer;
use crate::sip::Proxies;
use crate::sip::Sender;
use crate::sip::Source;
use crate::sip::Transport;
use crate::sip::wire::ParseError;

/// Largest UDP datagram in bytes.
const DATAGRAM: usize = 65_535;
/// Most datagrams of one socket, most orders, and most messages of connections that are handled
/// before anything else gets a turn.
const BURST: usize = 64;
/// Most messages of connections that wait for the SIP task. If full, the connections stop reading.
const NEWS: usize = 1_024;

/// Delay before an event is offered again to a full mailbox.
const RETRY: Duration = Duration::from_millis(10);
/// Time without accepting connections after an error.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);
/// Interval of the search for legs without a task, while there are legs.
const SWEEP: Duration = Duration::from_secs(1);

/// A SIP endpoint, which runs as a task.
#[derive(Debug)]
pub struct Endpoint<E> {
    agent: Agent,
    clock: Clock,
    sockets: Sockets,
    exchange: E,
    proxies: Proxies,
    orders: mpsc::Receiver<Order>,
    connections: Connections,
    news: mpsc::Receiver<News>,
    mailboxes: HashMap<LegId, Mailbox>,
    /// Cancelled when no more calls are taken. `None` once the agent knows.
    drain: Option<CancellationToken>,
    /// Takes the messages of calls for their ladders.
    tracer: Option<Tracer>,
    next_sweep: Mono,
    /// Events that must not be lost and found their mailbox full.
    waiting: VecDeque<(LegId, Event)>,
    /// Limits log lines about malformed messages.
    broken: Sparse,
    /// Limits log lines about connections that were closed at once.
    closed: Sparse,
    /// Limits log lines about connections that could not be accepted.
    unaccepted: Sparse,
    /// Limits log lines about destinations without TLS.
    insecure: Sparse,
    /// Limits log lines about callers without TLS.
    unsecured: Sparse,
    /// When connections are accepted again after an error.
    accepts_from: Mono,
    /// The UDP socket that is read first in the next turn.
    turn: usize,
    gauges: Arc<Gauges>,
    buffer: Vec<u8>,
}

/// Reason why the task woke up.
enum Wake {
    Order(Order),
    Readable(usize),
    News(News),
    Accepted(io::Result<Accepted>),
    Due,
    Stopped,
}

/// A connection that was accepted.
struct Accepted {
    transport: Transport,
    stream: TcpStream,
    remote: SocketAddr,
}

impl<E: CallHandler> Endpoint<E> {
    /// Creates an endpoint on bound sockets that carries out `orders`.
    pub fn new(agent: Agent, clock: Clock, sockets: Sockets, exchange: E, orders: Orders) -> Self {
        let (sender, news) = mpsc::channel(NEWS);
        let next_sweep = clock.now().mono + SWEEP;
        Self {
            agent,
            clock,
            sockets,
            exchange,
            proxies: Proxies::default(),
            orders: orders.0,
            connections: Connections::new(sender),
            news,
            mailboxes: HashMap::new(),
            drain: None,
            tracer: None,
            next_sweep,
            waiting: VecDeque::new(),
            broken: Sparse::default(),
            closed: Sparse::default(),
            unaccepted: Sparse::default(),
            insecure: Sparse::default(),
            unsecured: Sparse::default(),
            accepts_from: Mono::default(),
            turn: 0,
            gauges: Arc::default(),
            buffer: vec![0; DATAGRAM],
        }
    }

    /// Sets our own proxies in front. By default there are none.
    #[must_use]
    pub fn behind(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Sets the certificates for TLS. By default there is no TLS.
    #[must_use]
    pub fn secured_by(mut self, tls: Arc<Tls>) -> Self {
        self.connections.secure(tls);
        self
    }

    /// Sends the messages of each call to a writer. By default they are not kept.
    #[must_use]
    pub fn traced_by(mut self, parts: mpsc::Sender<Part>) -> Self {
        self.tracer = Some(Tracer::new(parts));
        self
    }

    /// Limits the connections by the number of files that the process may open; `None`: no limit.
    #[must_use]
    pub fn within_files(mut self, files: Option<u64>) -> Self {
        self.connections.limit(connections_max(files));
        self
    }

    /// Answers OPTIONS with 503 once `drain` is cancelled. By default it never is.
    #[must_use]
    pub fn drained_by(mut self, drain: CancellationToken) -> Self {
        self.drain = Some(drain);
        self
    }

    /// Returns the metrics, for other tasks to read.
    pub fn gauges(&self) -> Arc<Gauges> {
        self.gauges.clone()
    }

    /// Runs until `stop`, or until the last sender of orders is dropped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut stopped = pin!(stop.cancelled());
        // Dropped with the endpoint: the tasks end.
        let _watches = self.watch();
        while !stop.is_cancelled() {
            let wake = self.wake(stopped.as_mut()).await;
            self.heed_drain();
            match wake {
                Wake::Order(order) => self.obey_burst(order),
                Wake::Readable(index) => self.receive(index),
                Wake::News(news) => self.on_news_burst(news),
                Wake::Accepted(Ok(accepted)) => self.accept(accepted),
                Wake::Accepted(Err(error)) => self.not_accepted(&error),
                Wake::Due => self.on_due(),
                Wake::Stopped => break,
            }
            self.drain();
            // The tasks of the calls run on this thread: a flood must not keep them from their turn.
            tokio::task::yield_now().await;
        }
        if let Some(tracer) = self.tracer.take() {
            tracer.finish(self.clock.now().mono).await;
        }
    }

    /// Starts the tasks that report ICMP errors, one for each UDP socket.
    fn watch(&self) -> JoinSet<()> {
        let mut watches = JoinSet::new();
        for udp in &self.sockets.udp {
            watches.spawn(unreachable::watch(
                udp.socket.clone(),
                udp.local,
                self.connections.reports(),
            ));
        }
        watches
    }

    async fn wake(&mut self, stopped: Pin<&mut impl Future<Output = ()>>) -> Wake {
        let Self { agent, clock, sockets, orders, news, mailboxes, waiting, .. } = self;
        let (tracer, next_sweep) = (&self.tracer, self.next_sweep);
        let now = clock.now().mono;
        let due = agent.deadline().map(|at| at.since(now));
        let retry = (!waiting.is_empty()).then_some(RETRY);
        let is_traced = tracer.as_ref().is_some_and(Tracer::is_busy);
        let sweep = (!mailboxes.is_empty() || is_traced).then(|| next_sweep.since(now));
        let accepts = self.accepts_from <= now;
        let paused = (!accepts).then(|| self.accepts_from.since(now));
        let patience = due.into_iter().chain(retry).chain(sweep).chain(paused).min();
        let Sockets { udp, .. } = &*sockets;
        // Every socket is first in turn, so that a flood on one does not starve the others.
        self.turn = self.turn.wrapping_add(1);
        let first = self.turn.checked_rem(udp.len()).unwrap_or(0);
        let readable = poll_fn(|cx| {
            let in_turn = udp.iter().enumerate().cycle().skip(first).take(udp.len());
            for (index, udp) in in_turn {
                if udp.socket.poll_recv_ready(cx).is_ready() {
                    return Poll::Ready(index);
                }
            }
            Poll::Pending
        });
        let accepted = poll_fn(|cx| {
            let ready = sockets.streams().find_map(|(transport, socket)| {
                let Poll::Ready(result) = socket.poll_accept(cx) else { return None };
                let accepted = |(stream, remote)| Accepted { transport, stream, remote };
                Some(result.map(accepted))
            });
            ready.map_or(Poll::Pending, Poll::Ready)
        });
        // Not biased: whatever is ready has the same chance in every turn.
        tokio::select! {
            order = orders.recv() => order.map_or(Wake::Stopped, Wake::Order),
            index = readable => Wake::Readable(index),
            Some(news) = news.recv() => Wake::News(news),
            result = accepted, if accepts => Wake::Accepted(result),
            () = tokio::time::sleep(patience.unwrap_or_default()), if patience.is_some() => Wake::Due,
            () = stopped => Wake::Stopped,
        }
    }

    fn on_due(&mut self) {
        let now = self.clock.now();
        self.agent.handle(Input::Tick, now);
        if now.mono >= self.next_sweep {
            self.next_sweep = now.mono + SWEEP;
            self.sweep();
        }
    }

    /// Hangs up the legs of calls whose task ended early: it panicked.
    fn sweep(&mut self) {
        let orphans: Vec<LegId> = self
            .mailboxes
            .iter()
            .filter(|(_, mailbox)| mailbox.events.is_closed())
            .map(|(session, _)| *session)
            .collect();
        for session in orphans {
            self.close(session);
            self.abandon(session);
        }
        if let Some(tracer) = &mut self.tracer {
            tracer.hand_over(self.clock.now().mono, &self.gauges);
        }
    }

    /// Lets the agent know once that no more calls are taken. This is no order: it must not wait behind
    /// those of the calls, while the switch already turns calls away.
    fn heed_drain(&mut self) {
        if self.drain.take_if(|drain| drain.is_cancelled()).is_some() {
            self.agent.handle(Input::Command(Command::Drain), self.clock.now());
        }
    }

    fn receive(&mut self, index: usize) {
        let Some(udp) = self.sockets.udp.get(index).cloned() else { return };
        for _ in 0..BURST {
            let (count, remote) = match udp.socket.try_recv_from(&mut self.buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // ICMP errors of earlier sends appear here; they do not name the datagram.
                Err(_) => continue,
            };
            let remote = canonical(remote);
            let local = udp.local_towards(remote);
            let peer = Peer { transport: Transport::Udp, remote, local, connection: None };
            let bytes = Bytes::copy_from_slice(self.buffer.get(..count).unwrap_or_default());
            self.take(peer, bytes);
            self.drain();
        }
    }

    /// Passes changed accounts on to the agent.
    fn admit(&mut self) {
        if let Some(accounts) = self.exchange.accounts() {
            let admit = Command::Admit(accounts);
            self.agent.handle(Input::Command(admit), self.clock.now());
        }
    }

    fn take(&mut self, peer: Peer, bytes: Bytes) {
        self.admit();
        self.trace(Way::Received, &peer, &bytes);
        let sender = |address: SocketAddr| self.exchange.sender(address.ip());
        let input = match self.proxies.source(&peer, &bytes) {
            Source::Peer => Input::Message { peer, sender: sender(peer.remote), bytes },
            Source::Behind(source) => {
                Input::Forwarded { peer, source, sender: sender(source), bytes }
            }
            Source::Unnamed => Input::Message { peer, sender: Sender::Proxy, bytes },
        };
        self.agent.handle(input, self.clock.now());
    }

    /// Handles what a connection reports, and what waits behind it.
    fn on_news_burst(&mut self, news: News) {
        self.on_news(news);
        for _ in 1..BURST {
            let Ok(news) = self.news.try_recv() else { return };
            self.drain();
            self.on_news(news);
        }
    }

    fn on_news(&mut self, news: News) {
        match news {
            News::Message { peer, bytes } => {
                self.take(peer, bytes);
                self.drain();
                if let Some(id) = peer.connection {
                    let (carries, asks) = (self.agent.carries(id), self.agent.challenges());
                    self.connections.handled(id, carries, asks);
                }
            }
            News::Idle { id } => {
                if !self.agent.carries(id) {
                    self.connections.close(id);
                }
            }
            News::Unreachable { peer } => {
                self.agent.handle(Input::Unreachable { peer }, self.clock.now());
            }
            News::Lost { id, peer, how } => {
                self.connections.forget(id);
                let input = match how {
                    Lost::Refused => Input::Unreachable { peer },
                    Lost::NotSecured { host, error } => {
                        self.not_secured(&peer, &host, &error);
                        Input::Unreachable { peer }
                    }
                    Lost::NotAccepted(error) => return self.handshake_failed(&peer, &error),
                    Lost::Closed => Input::ConnectionLost(id),
                };
                self.agent.handle(input, self.clock.now());
            }
        }
    }

    fn drain(&mut self) {
        for _ in 0..self.waiting.len() {
            let Some((session, event)) = self.waiting.pop_front() else { break };
            self.deliver(session, event);
        }
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Send { peer, bytes } => self.send(peer, bytes),
                Output::Close { peer } => self.connections.close_to(&peer),
                Output::NotUnderstood { peer, error } => self.not_understood(peer, &error),
                Output::Event(Event::Incoming(incoming)) => self.on_incoming(incoming),
                Output::Refused(invite) => self.exchange.refused(&invite),
                Output::Registered { id, outcome } => self.exchange.registered(id, outcome),
                Output::Pinged { id, status } => self.exchange.pinged(id, status),
                Output::Event(event) => {
                    let session = event.session();
                    self.deliver(session, event);
                }
            }
        }
        self.gauges.show(&self.agent);
    }

    fn send(&mut self, peer: Peer, bytes: Bytes) {
        self.trace(Way::Sent, &peer, &bytes);
        match peer.transport {
            Transport::Udp => {
                let sent = datagram::send(&self.sockets, &peer, &bytes);
                if sent != Datagram::Sent {
                    self.gauges.unsent.fetch_add(1, Ordering::Relaxed);
                }
                if sent == Datagram::NoRoute {
                    self.agent.handle(Input::Unreachable { peer }, self.clock.now());
                }
            }
            Transport::Tcp | Transport::Tls => {
                if !self.connections.send(peer, bytes) {
                    self.not_sent(&peer);
                    self.agent.handle(Input::Unreachable { peer }, self.clock.now());
                }
            }
        }
    }

    /// Accepts a connection: of a trunk's address or of the far end of a call for good, of any other
    /// for one response.
    fn accept(&mut self, accepted: Accepted) {
        let Accepted { transport, stream, remote } = accepted;
        let remote = canonical(remote);
        let known = self.exchange.sender(remote.ip()) != Sender::Stranger
            || self.proxies.contains(remote.ip())
            || self.agent.expects(remote.ip());
        let standing = if known { Standing::Known } else { Standing::Stranger };
        if let Err(full) =
            self.connections.accept(stream, transport, (remote, standing), self.clock.now().mono)
            && let Some(unlogged) = self.closed.take(self.clock.now().mono)
        {
            tracing::warn!(%remote, there_are = %full, unlogged, "TCP connection closed: too many");
        }
    }

    /// No connection could be accepted: out of file descriptors, for one. Trying again at once
    /// would fail again.
    fn not_accepted(&mut self, error: &io::Error) {
        let now = self.clock.now().mono;
        self.accepts_from = now + ACCEPT_AGAIN;
        if let Some(unlogged) = self.unaccepted.take(now) {
            tracing::error!(%error, unlogged, "TCP connections not accepted");
        }
    }

    /// Notes a connection that could not be made for want of room.
    fn not_sent(&mut self, peer: &Peer) {
        if self.connections.is_full()
            && let Some(unlogged) = self.closed.take(self.clock.now().mono)
        {
            tracing::error!(remote = %peer.remote, unlogged, "TCP connection not made: too many");
        }
    }

    /// Says why a host that we call has no TLS that can be trusted, and what to do.
    fn not_secured(&mut self, peer: &Peer, host: &str, error: &HandshakeError) {
        if let Some(unlogged) = self.insecure.take(self.clock.now().mono) {
            let (remote, remedy) = (peer.remote, error.remedy());
            tracing::error!(%remote, host, %error, remedy, unlogged, "no TLS with a destination");
        }
    }

    /// Notes a caller without TLS.
    fn handshake_failed(&mut self, peer: &Peer, error: &HandshakeError) {
        if let Some(unlogged) = self.unsecured.take(self.clock.now().mono) {
            let remote = peer.remote;
            tracing::warn!(%remote, %error, unlogged, "TLS connection closed: no handshake");
        }
    }

    fn not_understood(&mut self, peer: Peer, error: &ParseError) {
        if let Some(unlogged) = self.broken.take(self.clock.now().mono) {
            let from = peer.remote;
            tracing::warn!(%from, %error, unlogged, "SIP message not understood");
        }
    }

    fn on_incoming(&mut self, incoming: Box<sip::Incoming>) {
        let session = incoming.session;
        let request = incoming.request.clone();
        match self.exchange.incoming(incoming) {
            Ok(mailbox) => {
                if let (Some(tracer), Some(call)) = (&mut self.tracer, mailbox.call) {
                    tracer.begin(session, call, &request, self.clock.now().mono);
                }
                self.mailboxes.insert(session, mailbox);
            }
            Err(rejection) => {
                let super::Rejection { status, retry_after, reason } = rejection;
                let command = Command::Dismiss { session, status, retry_after, reason };
                self.agent.handle(Input::Command(command), self.clock.now());
            }
        }
    }

    /// Sends an event to its call.
    fn deliver(&mut self, session: LegId, event: Event) {
        let Some(mailbox) = self.mailboxes.get(&session) else { return };
        let last = event.is_terminal();
        match mailbox.events.try_send(event) {
            Ok(()) if last => self.close(session),
            Ok(()) => {}
            Err(TrySendError::Full(Event::Ringing { .. } | Event::Digit { .. })) => {
                self.gauges.dropped_events.fetch_add(1, Ordering::Relaxed);
            }
            Err(TrySendError::Full(event)) => self.waiting.push_back((session, event)),
            Err(TrySendError::Closed(_)) => {
                self.close(session);
                if !last {
                    self.abandon(session);
                }
            }
        }
    }

    /// Remembers the mailbox of a leg that a call dials.
    fn open(&mut self, session: LegId, mailbox: Mailbox) {
        if let (Some(tracer), Some(call)) = (&mut self.tracer, mailbox.call) {
            tracer.dial(session, call);
        }
        self.mailboxes.insert(session, mailbox);
    }

    /// Forgets the mailbox of a leg that has ended.
    fn close(&mut self, session: LegId) {
        self.mailboxes.remove(&session);
        if let Some(tracer) = &mut self.tracer {
            tracer.ended(session, self.clock.now().mono);
        }
    }

    fn trace(&mut self, way: Way, peer: &Peer, bytes: &Bytes) {
        if let Some(tracer) = &mut self.tracer {
            tracer.note(way, peer, bytes, self.clock.now());
        }
    }

    fn abandon(&mut self, session: LegId) {
        let now = self.clock.now();
        let why = sip::CancelWhy::Plain;
        for command in [
            Command::Reject { session, declined: Declined::plain(500), retry_after: None },
            Command::Cancel { session, why },
            Command::Bye { session, cause: None },
        ] {
            self.agent.handle(Input::Command(command), now);
        }
    }
}

#[cfg(test)]
mod tests;
