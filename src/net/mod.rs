//! Sockets and clocks: drives `sip` and `media` and sends HTTPS requests. It makes no decisions.

mod clock;
mod fetch;
mod interfaces;
mod reach;
pub mod rtp;
pub mod sip;
mod towards;

pub use clock::Clock;
pub use fetch::Ask;
pub use fetch::Credentials;
pub use fetch::FetchError;
pub use fetch::Fetcher;
pub use fetch::LOOKUP_BYTES_MAX;
pub use interfaces::own_addresses;
pub use reach::Reach;
pub use towards::towards;
