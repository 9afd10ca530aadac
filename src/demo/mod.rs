//! The demo's people: simulated callers and buyers with phones of their own. They speak real SIP
//! and RTP over loopback sockets, and know nothing of the switch but its address.

mod buyers;
mod callers;
pub mod carrier;
mod leg;
mod phones;
mod scenes;
mod town;
mod verdict;

pub use callers::play;
pub use leg::Leg;
pub use leg::Over;
pub use phones::Arrival;
pub use phones::PhoneError;
pub use phones::Phones;
pub use scenes::Scene;
pub use town::Town;
pub use verdict::differences;
