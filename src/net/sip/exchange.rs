//! Interface between the SIP task and the call tasks.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::Sockets;
use super::listen::Families;
use super::listen::reaches;
use crate::base::CallId;
use crate::base::RefusalReason;
use crate::sip;
use crate::sip::Command;
use crate::sip::Incoming;
use crate::sip::RefusedInvite;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;
use crate::sip::Sender;
use crate::sip::ServerPingId;
use crate::sip::Transport;
use crate::sip::digest::Accounts;

/// Most events that wait for one call. If full, provisional responses and digits are dropped and
/// counted; all other events wait in the SIP task until there is room.
pub const MAILBOX: usize = 64;
/// Most orders that wait for the SIP task. If full, the ordering call waits.
pub const ORDERS: usize = 4_096;

/// An order for the SIP task.
#[derive(Debug)]
pub struct Order {
    /// Command to carry out.
    pub command: Command,
    /// Mailbox for the events of a session that the command begins.
    pub mailbox: Option<Mailbox>,
}

/// Where the events of a leg go.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The task of its call.
    pub events: mpsc::Sender<sip::Event>,
    /// Its call, whose messages are kept; `None` for a leg of no call.
    pub call: Option<CallId>,
}

/// Sender of orders to the SIP task.
#[derive(Debug, Clone)]
pub struct SipLine {
    orders: mpsc::Sender<Order>,
    /// Families of the UDP sockets.
    udp: Arc<[Families]>,
    /// Whether there is a TCP socket.
    tcp: bool,
}

/// Receiver of orders in the SIP task.
#[derive(Debug)]
pub struct Orders(pub(super) mpsc::Receiver<Order>);

/// Creates a line to a SIP task that is yet to be created.
pub fn line(sockets: &Sockets) -> (SipLine, Orders) {
    let (orders, take) = mpsc::channel(ORDERS);
    let (udp, tcp) = (sockets.udp_families().into(), !sockets.tcp.is_empty());
    (SipLine { orders, udp, tcp }, Orders(take))
}

impl SipLine {
    /// Sends an order; waits while [`ORDERS`] orders wait. Drops it if the SIP task has stopped.
    pub async fn give(&self, order: Order) {
        drop(self.orders.send(order).await);
    }

    /// Waits until the SIP task has stopped.
    pub async fn closed(&self) {
        self.orders.closed().await;
    }

    /// Returns whether the far end of a call can send requests over TCP.
    pub fn listens_on_tcp(&self) -> bool {
        self.tcp
    }

    /// Returns whether requests can be sent to an address: over UDP one of the sockets is of its
    /// family.
    pub fn reaches(&self, transport: Transport, address: IpAddr) -> bool {
        match transport {
            Transport::Udp => reaches(&self.udp, address),
            Transport::Tcp | Transport::Tls => true,
        }
    }
}

/// Response that rejects a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// Final SIP status.
    pub status: u16,
    /// Seconds until the caller may try again.
    pub retry_after: Option<u32>,
    /// Why, for a Reason header.
    pub reason: Option<RefusalReason>,
}

/// Handler of new calls.
pub trait CallHandler: Send + 'static {
    /// Returns whether requests from this address may begin anything. Called for every message, so
    /// it must be fast.
    fn sender(&self, address: IpAddr) -> Sender;

    /// Returns the accounts of the trunks if they have changed since the last call of this. Called
    /// for every message, so it must be fast.
    fn accounts(&mut self) -> Option<Arc<Accounts>>;

    /// Takes the outcome of a REGISTER. Must not block.
    fn registered(&mut self, id: RegistrationId, outcome: RegistrationOutcome);

    /// Takes the status that answered an OPTIONS to a server; `None` without an answer. Must not
    /// block.
    fn pinged(&mut self, id: ServerPingId, status: Option<u16>);

    /// Accepts a new call and returns the mailbox for its events, or rejects it. Must not block.
    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<Mailbox, Rejection>;

    /// Takes note of an INVITE that the agent has rejected itself. Must not block.
    fn refused(&mut self, invite: &RefusedInvite);
}
