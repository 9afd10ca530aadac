//! Media task of one call: its sockets, its timer, its `media::Session`.
//!
//! The task sleeps until a datagram, a command or a deadline, and never blocks on anything else: it
//! drops a packet if the socket is full, and an event if the channel is full. It ends when the last
//! sender of its commands or the receiver of its events is dropped.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use smallvec::SmallVec;
use socket2::SockRef;
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::Sleep;

use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OwnPorts;
use crate::base::PlayId;
use crate::base::Rng;
use crate::media::Ignored;
use crate::media::LegMedia;
use crate::media::MediaEvent;
use crate::media::Outgoing;
use crate::media::PlayItem;
use crate::media::Port;
use crate::media::Received;
use crate::media::Session;
use crate::media::rtp::Packet;

use super::RtpPair;
use super::ports::DATAGRAM_MAX;
use super::ports::Datagram;
use crate::net::Clock;

/// Most batches of commands that wait for the task. If full, the sender waits or drops the batch.
pub const COMMANDS: usize = 32;
/// Most events that wait for the call. If full, the newest is dropped; digits are dropped as soon
/// as only `EVENTS_RESERVED` places are left, so that the end of a play and silence are still
/// reported.
pub const EVENTS: usize = 32;
const EVENTS_RESERVED: usize = 8;
/// Most datagrams read from one socket before the others have their turn.
const BURST: usize = 32;

thread_local! {
    // One buffer per thread serves all calls on it: a datagram never outlives a poll.
    static BUFFER: RefCell<[u8; DATAGRAM_MAX]> = const { RefCell::new([0; DATAGRAM_MAX]) };
}

/// Command for a call's media task. Commands for a leg that is not open do nothing.
#[derive(Debug)]
pub enum MediaCommand {
    /// Opens a leg on its sockets; `MediaEvent::Failed` reports an error.
    Open {
        /// Id of the leg.
        leg: LegId,
        /// Sockets of the leg.
        pair: RtpPair,
        /// Negotiated media.
        media: LegMedia,
    },
    /// Applies a leg's new negotiation.
    Update {
        /// The leg.
        leg: LegId,
        /// Negotiated media.
        media: LegMedia,
    },
    /// Reports what a leg received so far, by `MediaEvent::Traffic`.
    Account {
        /// The leg.
        leg: LegId,
    },
    /// Closes a leg and frees its ports; `MediaEvent::Closed` confirms it.
    Close {
        /// The leg.
        leg: LegId,
    },
    /// Starts a play on a leg, in place of the current one. `MediaEvent::Played` reports its end,
    /// unless it is stopped, replaced or endless.
    Play {
        /// The leg.
        leg: LegId,
        /// Items to play, in order.
        items: Vec<PlayItem>,
        /// Id of the play, which its event carries.
        play: PlayId,
        /// Whether the items repeat endlessly.
        repeat: bool,
    },
    /// Stops the play on a leg.
    StopPlay {
        /// The leg.
        leg: LegId,
    },
    /// Plays items on a leg, endlessly, while its partner holds and sends no audio.
    Hold {
        /// The leg.
        leg: LegId,
        /// Items to play, in order.
        items: Vec<PlayItem>,
    },
    /// Ends what `Hold` began.
    Resume {
        /// The leg.
        leg: LegId,
    },
    /// Sends digits on a leg, 200 ms each.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// Digits from `0-9 * # A-D`; other characters are skipped.
        digits: String,
    },
    /// Bridges two legs.
    Relay {
        /// First leg.
        a: LegId,
        /// Second leg.
        b: LegId,
    },
    /// Relays a leg to another, one way, until they are bridged.
    Feed {
        /// Leg that is heard.
        from: LegId,
        /// Leg that hears it.
        to: LegId,
    },
    /// Sends the audio received on a leg to `sink`, packet by packet as samples at 8 kHz, in order
    /// of arrival. Drops packets while `sink` is full, and ends when `sink` is closed.
    Listen {
        /// The leg.
        leg: LegId,
        /// Receiver of the leg's audio.
        sink: mpsc::Sender<Vec<i16>>,
    },
}

/// Settings of a media task.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// Time without RTP after which a relayed leg is reported silent.
    pub silent_after: Duration,
    /// The switch's own media ports, which no leg learns as its source.
    pub own_ports: Arc<OwnPorts>,
    /// Counts the packets of all calls that were dropped because a leg sends above the rate.
    pub over_rate: Arc<AtomicU64>,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            silent_after: Duration::from_secs(20),
            own_ports: Arc::default(),
            over_rate: Arc::default(),
        }
    }
}

/// Media task of one call; spawn it. See the module.
#[must_use = "a media task does nothing unless it is spawned or awaited"]
#[derive(Debug)]
pub struct MediaTask {
    session: Session,
    sockets: SmallVec<[Sockets; 2]>,
    commands: mpsc::Receiver<Vec<MediaCommand>>,
    events: mpsc::Sender<MediaEvent>,
    clock: Clock,
    timer: Timer,
    over_rate: Arc<AtomicU64>,
}

/// Sockets of a leg, at the same index as the session's leg.
#[derive(Debug)]
struct Sockets {
    leg: LegId,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    sink: Option<mpsc::Sender<Vec<i16>>>,
    /// Datagrams from before the leg was open, read before all others.
    first_words: VecDeque<Datagram>,
}

#[derive(Debug, Default)]
struct Timer {
    armed: Option<Mono>,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The line between a media task and its owner.
#[derive(Debug)]
pub struct MediaLine {
    /// Takes commands. Those of one batch are carried out together: no datagram is read in between.
    pub commands: mpsc::Sender<Vec<MediaCommand>>,
    /// What happens on the legs.
    pub events: mpsc::Receiver<MediaEvent>,
}

impl MediaTask {
    /// Creates a task without legs, and the line to it.
    pub fn new(config: MediaConfig, clock: Clock, rng: Rng) -> (Self, MediaLine) {
        let (command, commands) = mpsc::channel(COMMANDS);
        let (events, reported) = mpsc::channel(EVENTS);
        let task = Self {
            session: Session::new(config.silent_after, config.own_ports, rng),
            sockets: SmallVec::new(),
            commands,
            events,
            clock,
            timer: Timer::default(),
            over_rate: config.over_rate,
        };
        (task, MediaLine { commands: command, events: reported })
    }

    fn carry_out_all(&mut self, batch: Vec<MediaCommand>, now: Now) {
        for command in batch {
            self.carry_out(command, now);
        }
    }

    fn carry_out(&mut self, command: MediaCommand, now: Now) {
        match command {
            MediaCommand::Open { leg, pair, media } => self.open(leg, pair, media, now),
            MediaCommand::Update { leg, media } => self.session.update(leg, media, now),
            MediaCommand::Account { leg } => self.session.account(leg),
            MediaCommand::Close { leg } => {
                if let Some(index) = self.session.index(leg) {
                    self.sockets.remove(index);
                    self.session.close(leg);
                }
            }
            MediaCommand::Play { leg, items, play, repeat } => {
                self.session.play(leg, play, items, repeat, now);
            }
            MediaCommand::StopPlay { leg } => self.session.stop(leg),
            MediaCommand::Hold { leg, items } => self.session.hold(leg, items, now),
            MediaCommand::Resume { leg } => self.session.resume(leg, now),
            MediaCommand::SendDigits { leg, digits } => {
                self.session.send_digits(leg, &digits, now);
            }
            MediaCommand::Relay { a, b } => self.session.relay(a, b, now),
            MediaCommand::Feed { from, to } => self.session.feed(from, to),
            MediaCommand::Listen { leg, sink } => {
                let index = self.session.index(leg);
                if let Some(sockets) = index.and_then(|i| self.sockets.get_mut(i)) {
                    sockets.sink = Some(sink);
                }
            }
        }
    }

    fn open(&mut self, leg: LegId, pair: RtpPair, media: LegMedia, now: Now) {
        match Sockets::new(leg, pair, media.events) {
            Ok(sockets) if self.session.open(leg, media, now) => self.sockets.push(sockets),
            Ok(_) => {
                tracing::warn!(leg = leg.0, "the call has this leg already, or too many");
                self.report(MediaEvent::Failed { leg });
            }
            Err(error) => {
                tracing::warn!(leg = leg.0, %error, "the leg's sockets cannot be watched");
                self.report(MediaEvent::Failed { leg });
            }
        }
    }

    fn report(&self, event: MediaEvent) {
        let droppable = matches!(event, MediaEvent::Digit { .. });
        if droppable && self.events.capacity() <= EVENTS_RESERVED {
            tracing::debug!("a digit is dropped: the call does not read its media events");
        } else if self.events.try_send(event).is_err() && !self.events.is_closed() {
            tracing::debug!("a media event is dropped: the call does not read them");
        }
    }

    /// Returns the next waiting batch. The task was already woken for earlier ones, so none is
    /// missed.
    fn ordered(&mut self) -> Option<Vec<MediaCommand>> {
        self.commands.try_recv().ok()
    }

    /// Reads datagrams from a leg's RTP port and relays them if the leg is relayed. Returns true if
    /// there may be more, or legs have changed.
    fn read_rtp(
        &mut self,
        index: usize,
        buffer: &mut [u8],
        now: Now,
        cx: &mut Context<'_>,
    ) -> bool {
        for _ in 0..BURST {
            let Some(sockets) = self.sockets.get_mut(index) else { return false };
            let Some((from, length)) = sockets.next_rtp(buffer, cx) else { return false };
            let leg = sockets.leg;
            // Commands sent before the datagram arrived apply to it.
            let Some(batch) = self.ordered() else {
                self.take_rtp(index, from, buffer, length, now);
                continue;
            };
            self.carry_out_all(batch, now);
            if let Some(index) = self.session.index(leg) {
                self.take_rtp(index, from, buffer, length, now);
            }
            return true;
        }
        true
    }

    /// Handles a datagram from a leg's RTP port, at the head of `buffer`.
    fn take_rtp(
        &mut self,
        index: usize,
        from: SocketAddr,
        buffer: &mut [u8],
        length: usize,
        now: Now,
    ) {
        // A datagram that fills the buffer was truncated.
        let Some(datagram) = buffer.get_mut(..length).filter(|_| length < DATAGRAM_MAX) else {
            return;
        };
        let Some(received) = self.session.receive(index, from, datagram, now) else { return };
        if received == Received::Ignored(Ignored::Rate) {
            self.over_rate.fetch_add(1, Ordering::Relaxed);
        }
        // Before the other party hears the packet, who may hang up on it: what is billed depends on
        // who was heard.
        self.report_all();
        self.listen(index, &received, buffer);
        if let Some(packet) = self.session.forward(index, &received, buffer, now) {
            self.send(&packet, buffer);
        }
    }

    fn read_rtcp(
        &mut self,
        index: usize,
        buffer: &mut [u8],
        now: Now,
        cx: &mut Context<'_>,
    ) -> bool {
        for _ in 0..BURST {
            let Some(sockets) = self.sockets.get(index) else { return false };
            let Some((from, length)) = arrived(&sockets.rtcp, buffer, cx) else { return false };
            if let Some(datagram) = buffer.get_mut(..length) {
                self.session.receive_rtcp(index, from, datagram, now);
            }
        }
        true
    }

    fn listen(&mut self, index: usize, received: &Received, buffer: &[u8]) {
        let Some(sockets) = self.sockets.get_mut(index) else { return };
        let (Some(sink), Received::Audio(packet, codec)) = (&sockets.sink, received) else {
            return;
        };
        if sink.is_closed() {
            sockets.sink = None;
        } else if let Some(codes) = buffer.get(packet.payload.clone())
            && let Some(samples) = self.session.samples(index, *codec, codes)
            && let Ok(place) = sink.try_reserve()
        {
            place.send(samples.collect());
        }
    }

    /// Sends without waiting for readiness: a full socket loses the packet, as the network may.
    fn send(&self, packet: &Outgoing, buffer: &[u8]) {
        let Some(sockets) = self.sockets.get(packet.leg) else { return };
        let Some(bytes) = buffer.get(packet.range.clone()) else { return };
        let socket = match packet.port {
            Port::Rtp => SockRef::from(&sockets.rtp),
            Port::Rtcp => SockRef::from(&sockets.rtcp),
        };
        if let Err(error) = socket.send_to(bytes, &packet.remote.into()) {
            tracing::trace!(remote = %packet.remote, %error, "an RTP packet was not sent");
        }
    }

    /// Does all work that is ready. Returns true if it must be called again soon.
    fn work(&mut self, buffer: &mut [u8], cx: &mut Context<'_>) -> bool {
        let now = self.clock.now();
        let mut more = false;
        for index in 0..self.sockets.len() {
            more |= self.read_rtp(index, buffer, now, cx);
            more |= self.read_rtcp(index, buffer, now, cx);
        }
        while let Some(packet) = self.session.transmit(buffer, now) {
            self.send(&packet, buffer);
        }
        self.report_all();
        more
    }

    fn report_all(&mut self) {
        while let Some(event) = self.session.poll() {
            self.report(event);
        }
    }
}

impl Future for MediaTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let task = self.get_mut();
        loop {
            match task.commands.poll_recv(cx) {
                Poll::Ready(Some(batch)) => {
                    let now = task.clock.now();
                    task.carry_out_all(batch, now);
                }
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        if task.events.is_closed() {
            return Poll::Ready(());
        }
        loop {
            let more = BUFFER.with_borrow_mut(|buffer| task.work(buffer, cx));
            if more {
                cx.waker().wake_by_ref();
            }
            let deadline = task.session.deadline();
            if task.timer.poll(deadline, &task.clock, cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Sockets {
    /// Keeps only audio of the first words: a key pressed in early media must not count.
    fn new(leg: LegId, pair: RtpPair, events: Option<u8>) -> io::Result<Self> {
        let is_sound = |datagram: &Datagram| {
            Packet::parse(&datagram.bytes).is_ok_and(|p| Some(p.payload_type) != events)
        };
        let first_words = pair.first_words.into_iter().filter(is_sound).collect();
        let rtp = UdpSocket::from_std(pair.rtp)?;
        let rtcp = UdpSocket::from_std(pair.rtcp)?;
        Ok(Self { leg, rtp, rtcp, sink: None, first_words })
    }

    fn next_rtp(&mut self, buffer: &mut [u8], cx: &mut Context<'_>) -> Option<(SocketAddr, usize)> {
        let Some(Datagram { from, bytes }) = self.first_words.pop_front() else {
            return arrived(&self.rtp, buffer, cx);
        };
        buffer.get_mut(..bytes.len())?.copy_from_slice(&bytes);
        Some((from, bytes.len()))
    }
}

impl Timer {
    /// Returns ready at the deadline. An unchanged deadline reads no clock and sets no timer.
    fn poll(&mut self, deadline: Option<Mono>, clock: &Clock, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = deadline else {
            self.armed = None;
            return Poll::Pending;
        };
        if self.armed != Some(due) {
            self.armed = Some(due);
            let next = tokio::time::sleep(due.since(clock.now().mono));
            match &mut self.sleep {
                Some(sleep) => sleep.set(next),
                None => self.sleep = Some(Box::pin(next)),
            }
        }
        let Some(sleep) = &mut self.sleep else { return Poll::Pending };
        let fired = sleep.as_mut().poll(cx);
        if fired.is_ready() {
            self.armed = None;
        }
        fired
    }
}

/// Returns the sender and length of the next datagram. Skips errors, such as a far end's port that
/// is unreachable.
fn arrived(
    socket: &UdpSocket,
    buffer: &mut [u8],
    cx: &mut Context<'_>,
) -> Option<(SocketAddr, usize)> {
    for _ in 0..BURST {
        let mut read = ReadBuf::new(buffer);
        match socket.poll_recv_from(cx, &mut read) {
            Poll::Ready(Ok(from)) => return Some((from, read.filled().len())),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => return None,
        }
    }
    cx.waker().wake_by_ref();
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Codec;
    use crate::net::rtp::PortRange;
    use ::rtp::header::Header;
    use std::future::poll_fn;
    use webrtc_util::marshal::Marshal as _;

    const CALLER: LegId = LegId(1);
    const BUYER: LegId = LegId(2);

    /// A task with two legs, its sender of commands, the address of the caller's leg, and the
    /// caller.
    fn two_legs() -> (MediaTask, mpsc::Sender<Vec<MediaCommand>>, SocketAddr, UdpSocket) {
        let range = PortRange::new([127, 0, 0, 1].into(), 23_200..=23_999);
        let mut rng = Rng::seeded(std::process::id().into());
        let far = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        far.set_nonblocking(true).unwrap();
        let [pair, other] = [(); 2].map(|()| range.bind(&mut rng).unwrap());
        let ours = pair.address().unwrap();
        let media = LegMedia::new(far.local_addr().unwrap(), Codec::Pcmu);
        let clock = Clock::new(Now::default);
        let (mut task, line) = MediaTask::new(MediaConfig::default(), clock, rng);
        let open = |leg, pair| MediaCommand::Open { leg, pair, media };
        task.carry_out_all(vec![open(CALLER, pair), open(BUYER, other)], Now::default());
        (task, line.commands, ours, UdpSocket::from_std(far).unwrap())
    }

    /// Works, without reading commands first, until the caller is heard.
    async fn hear_caller(task: &mut MediaTask) {
        let mut buffer = [0; DATAGRAM_MAX];
        poll_fn(|cx| {
            task.work(&mut buffer, cx);
            let heard = task.session.leg(CALLER).is_none_or(|leg| leg.counters().audio > 0);
            if heard { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn sound() -> Vec<u8> {
        let header = Header { version: 2, sequence_number: 1, ssrc: 7, ..Header::default() };
        let packet = ::rtp::packet::Packet { header, payload: vec![3; 160].into() };
        packet.marshal().unwrap().to_vec()
    }

    #[tokio::test]
    async fn a_command_holds_for_datagrams_that_come_after_it_in_the_same_poll() {
        let (mut task, commands, ours, far) = two_legs();
        commands.try_send(vec![MediaCommand::Relay { a: CALLER, b: BUYER }]).unwrap();
        far.send_to(&sound(), ours).await.unwrap();
        hear_caller(&mut task).await;
        assert_eq!(task.session.leg(BUYER).unwrap().counters().sent, 1);
    }

    #[tokio::test]
    async fn a_leg_that_is_closed_in_the_same_poll_hears_nothing_more() {
        let (mut task, commands, ours, far) = two_legs();
        commands.try_send(vec![MediaCommand::Close { leg: CALLER }]).unwrap();
        far.send_to(&sound(), ours).await.unwrap();
        hear_caller(&mut task).await;
        assert_eq!(task.sockets.len(), 1);
        assert_eq!(task.session.leg(BUYER).unwrap().counters().audio, 0);
    }
}
