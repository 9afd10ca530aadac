//! Sockets and clocks: drives `sip` and `media`, and decides nothing.

mod clock;
pub mod rtp;
pub mod sip;

pub use clock::Clock;
