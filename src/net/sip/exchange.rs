//! Between the SIP task and the tasks that own calls.

use std::net::IpAddr;

use tokio::sync::mpsc;

use crate::sip;
use crate::sip::Command;
use crate::sip::Incoming;
use crate::sip::Sender;

/// Events that wait for one call. Full: provisional responses and digits are dropped and counted;
/// everything else waits in the SIP task until there is room.
pub const MAILBOX: usize = 64;
/// Orders that wait for the SIP task. Full: the call that orders waits.
pub const ORDERS: usize = 4_096;

/// An order for the SIP task.
#[derive(Debug)]
pub struct Order {
    /// What to do.
    pub command: Command,
    /// Where the events of a session that the command begins are to go.
    pub mailbox: Option<mpsc::Sender<sip::Event>>,
}

/// A way to the SIP task.
#[derive(Debug, Clone)]
pub struct SipLine(mpsc::Sender<Order>);

/// The SIP task's end of the line.
#[derive(Debug)]
pub struct Orders(pub(super) mpsc::Receiver<Order>);

/// A line to a SIP task that is still to be made.
pub fn line() -> (SipLine, Orders) {
    let (give, take) = mpsc::channel(ORDERS);
    (SipLine(give), Orders(take))
}

impl SipLine {
    /// Gives an order; waits while [`ORDERS`] orders wait. An order that comes after the SIP task
    /// has stopped is dropped: there is nothing left to order.
    pub async fn give(&self, order: Order) {
        drop(self.0.send(order).await);
    }

    /// Waits until the SIP task has stopped.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

/// Why a call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// The SIP final status.
    pub status: u16,
    /// When the caller may try again, in seconds.
    pub retry_after: Option<u32>,
}

/// Who answers for new calls.
pub trait CallHandler: Send + 'static {
    /// Whether requests from this address may begin anything. Asked for every message: fast.
    fn sender(&self, address: IpAddr) -> Sender;

    /// Takes a new call, and says where its events go. Must not block.
    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<mpsc::Sender<sip::Event>, Rejection>;
}
