//! The demo's simulated callers and buyers, each with their own phones. They speak real SIP and RTP
//! over loopback sockets and know only the address of the switch. Some call through a simulated
//! webhook carrier, which speaks HTTP. Form leads have [buyers](lead_buyers) of their own.

mod buyers;
mod callers;
pub mod carrier;
pub mod lead_buyers;
mod leg;
mod phone_error;
mod phones;
mod scenes;
mod tone;
mod town;
mod tracker;
mod verdict;
mod webhook;

pub use callers::play;
pub use leg::Leg;
pub use leg::Over;
pub use phone_error::PhoneError;
pub use phones::Arrival;
pub use phones::Phones;
pub use scenes::Scene;
pub use scenes::Turn;
pub use town::PhoneLine;
pub use town::Town;
pub use tracker::Tracker;
pub use verdict::differences;
pub use webhook::Webhooks;
