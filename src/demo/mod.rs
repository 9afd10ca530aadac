//! The demo's people: simulated callers and buyers with phones of their own. They speak real SIP
//! and RTP over loopback sockets, and know nothing of the switch but its address. Some call by way
//! of a simulated webhook carrier, which speaks HTTP.

mod buyers;
mod callers;
pub mod carrier;
mod leg;
mod phone_error;
mod phones;
mod scenes;
mod tone;
mod town;
mod verdict;
mod webhook;

pub use callers::play;
pub use leg::Leg;
pub use leg::Over;
pub use phone_error::PhoneError;
pub use phones::Arrival;
pub use phones::Phones;
pub use scenes::Scene;
pub use town::PhoneLine;
pub use town::Town;
pub use verdict::differences;
pub use webhook::Webhooks;
