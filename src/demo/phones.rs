//! The demo's user agents: simulated callers and buyers speak real SIP and RTP over loopback
//! sockets. They share only the `sip` and `media` rooms with the switch.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Leg;
use super::phone_error::PhoneError;
use crate::base::Codec;
use crate::base::LegId;
use crate::base::OwnPorts;
use crate::base::Prack;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::net::Clock;
use crate::net::rtp::MediaCommand;
use crate::net::rtp::MediaConfig;
use crate::net::rtp::MediaTask;
use crate::net::rtp::PortRange;
use crate::net::rtp::RtpPair;
use crate::net::sip::CallHandler;
use crate::net::sip::Endpoint;
use crate::net::sip::MAILBOX;
use crate::net::sip::Mailbox;
use crate::net::sip::Order;
use crate::net::sip::Rejection;
use crate::net::sip::SipLine;
use crate::net::sip::Sockets;
use crate::net::sip::line;
use crate::sdp;
use crate::sip;
use crate::sip::Agent;
use crate::sip::AgentConfig;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Dial;
use crate::sip::Incoming;
use crate::sip::Peer;
use crate::sip::RefusedInvite;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;
use crate::sip::Sender;
use crate::sip::ServerPingId;
use crate::sip::Transport;
use crate::sip::Uri;
use crate::sip::digest::Accounts;

/// Most calls that wait to be answered. Further ones are rejected as busy.
const ARRIVALS: usize = 64;
/// Most received audio packets that wait to be heard; further ones are dropped.
const HEARD: usize = 256;

/// A bank of phones behind one SIP address.
#[derive(Clone)]
pub struct Phones {
    line: SipLine,
    clock: Clock,
    ports: PortRange,
    address: SocketAddr,
    rng: Arc<Mutex<Rng>>,
    /// Ends the SIP task when the last phone is dropped.
    _task: Arc<JoinSet<()>>,
}

/// An incoming call that was not answered yet.
pub struct Arrival {
    /// The INVITE.
    pub incoming: Box<Incoming>,
    pub(super) events: mpsc::Receiver<sip::Event>,
}

/// Trunk name for all callers: every address is trusted.
const CALLERS: &str = "callers";

struct Reception {
    arrivals: mpsc::Sender<Arrival>,
    callers: TrunkId,
}

impl CallHandler for Reception {
    fn sender(&self, _address: IpAddr) -> Sender {
        Sender::Trusted(self.callers.clone())
    }

    /// The phones have no passwords.
    fn accounts(&mut self) -> Option<Arc<Accounts>> {
        None
    }

    /// The phones register nowhere.
    fn registered(&mut self, _id: RegistrationId, _outcome: RegistrationOutcome) {}

    /// The phones ask no server.
    fn pinged(&mut self, _id: ServerPingId, _status: Option<u16>) {}

    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<Mailbox, Rejection> {
        let (sender, events) = mpsc::channel(MAILBOX);
        let arrival = Arrival { incoming, events };
        let busy = Rejection { status: 486, retry_after: None, reason: None };
        let mailbox = Mailbox { events: sender, call: None };
        self.arrivals.try_send(arrival).map(|()| mailbox).map_err(|_| busy)
    }

    /// The phones keep no log.
    fn refused(&mut self, _invite: &RefusedInvite) {}
}

impl Phones {
    /// Starts phones at a free port of `ip`; returns them with their incoming calls.
    pub fn start(
        ip: IpAddr,
        ports: PortRange,
        clock: Clock,
        mut rng: Rng,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), PhoneError> {
        let sockets = Sockets::bind(&[(Transport::Udp, SocketAddr::new(ip, 0))])?;
        let address = sockets.addresses().first().map_or(SocketAddr::new(ip, 0), |(_, at)| *at);
        let (arrived, arrivals) = mpsc::channel(ARRIVALS);
        let (line, orders) = line(&sockets);
        let agent = Agent::new(AgentConfig::new(address), rng.fork());
        let reception = Reception { arrivals: arrived, callers: CALLERS.parse()? };
        let endpoint = Endpoint::new(agent, clock.clone(), sockets, reception, orders);
        let mut task = JoinSet::new();
        task.spawn(endpoint.run(CancellationToken::new()));
        let rng = Arc::new(Mutex::new(rng));
        Ok((Self { line, clock, ports, address, rng, _task: Arc::new(task) }, arrivals))
    }

    /// Returns the address of the phones.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Dials `user` at `to`, as `from`. Returns the leg before it is answered.
    pub async fn dial(&self, to: SocketAddr, user: &str, from: &str) -> Result<Leg, PhoneError> {
        let text = format!("sip:{user}@{to}");
        let target = Uri::parse(&text).map_err(|_| PhoneError::Target(text.clone()))?;
        let session = LegId::random(&mut self.fork());
        let (sender, events) = mpsc::channel(MAILBOX);
        let leg = self.leg((session, to.ip()), events)?;
        let peer =
            Peer { transport: Transport::Udp, remote: to, local: self.address, connection: None };
        let dial = Dial {
            session,
            peer,
            takes_tcp: false,
            target,
            from: format!("<sip:{from}@{}>", self.address.ip()),
            to: format!("<{text}>"),
            headers: Vec::new(),
            sources: sip::Sources::default(),
            prack: Prack::Auto,
            max_forwards: 70,
            offer: sdp::offer(&leg.local, Codec::ALL),
        };
        let command = Command::Dial(Box::new(dial));
        self.line
            .give(Order { command, mailbox: Some(Mailbox { events: sender, call: None }) })
            .await;
        Ok(leg)
    }

    /// Reports that the phone rings.
    pub async fn ring(&self, arrival: &Arrival) {
        let session = arrival.incoming.session;
        let command = Command::Ring { session, status: 180, body: None, prack: Prack::Auto };
        self.line.give(Order { command, mailbox: None }).await;
    }

    /// Rejects a call with a SIP status.
    pub async fn refuse(&self, arrival: Arrival, status: u16) {
        let session = arrival.incoming.session;
        let command =
            Command::Reject { session, declined: Declined::plain(status), retry_after: None };
        self.line.give(Order { command, mailbox: None }).await;
    }

    /// Answers a call.
    pub async fn answer(&self, arrival: Arrival) -> Result<Leg, PhoneError> {
        let Arrival { incoming, events } = arrival;
        let session = incoming.session;
        let mut leg = self.leg((session, incoming.peer.remote.ip()), events)?;
        let offer = incoming.offer().ok_or(PhoneError::Sdp("there is none".to_owned()))?;
        let (body, media) = sdp::answer(&offer, &mut leg.local, &OwnPorts::default(), Codec::ALL)
            .map_err(|error| PhoneError::Sdp(error.to_string()))?;
        self.line.give(Order { command: Command::Accept { session, body }, mailbox: None }).await;
        leg.open(media).await;
        Ok(leg)
    }

    fn fork(&self) -> Rng {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    fn leg(
        &self,
        (session, peer): (LegId, IpAddr),
        events: mpsc::Receiver<sip::Event>,
    ) -> Result<Leg, PhoneError> {
        let mut rng = self.fork();
        let pair: RtpPair = self.ports.bind(&mut rng)?;
        let address = pair.address()?;
        let config = MediaConfig::default();
        let (task, line) = MediaTask::new(config, self.clock.clone(), rng);
        let mut media = JoinSet::new();
        media.spawn(task);
        let (sink, heard) = mpsc::channel(HEARD);
        let listen = MediaCommand::Listen { leg: session, sink };
        Ok(Leg {
            session,
            events,
            line: self.line.clone(),
            clock: self.clock.clone(),
            commands: line.commands,
            media_events: line.events,
            heard,
            listen: Some(listen),
            local: sdp::Local::new((address, peer), session.0 >> 1, sdp::Secrecy::plain()),
            pair: Some(pair),
            dialled: self.clock.now().mono,
            rang_after: None,
            over: None,
            _media: media,
        })
    }
}
