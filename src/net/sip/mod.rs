//! SIP over sockets: one task owns the [`sip::Agent`](crate::sip::Agent), every UDP socket and the
//! table of TCP connections. The [`CallHandler`] decides who may call and how a call is handled.

mod connection;
mod connections;
mod datagram;
mod endpoint;
mod exchange;
mod gauges;
mod handshakes;
mod listen;
mod tracer;
mod unreachable;

pub use endpoint::Endpoint;
pub use exchange::CallHandler;
pub use exchange::MAILBOX;
pub use exchange::Mailbox;
pub use exchange::ORDERS;
pub use exchange::Order;
pub use exchange::Orders;
pub use exchange::Rejection;
pub use exchange::SipLine;
pub use exchange::line;
pub use gauges::Gauges;
pub use listen::ListenError;
pub use listen::Sockets;
pub use tracer::PARTS;
