//! Live calls: one task owns one call. The SIP task hands new calls to [`Switch`]; each gets a
//! task that carries out what its [`call::Machine`](crate::call::Machine) says.

mod address;
mod asking;
mod beats;
mod conduct;
mod exchange;
mod gate;
mod holds;
mod ledger;
mod refused;
mod speaker;
mod studio;
mod tape;
mod teller;
mod webhooks;

pub use address::towards;
pub use exchange::Limits;
pub use exchange::Shared;
pub use exchange::Switch;
pub use speaker::Speaker;
pub use speaker::SpeechError;
pub use speaker::render;
pub use teller::Teller;
pub use teller::Told;
pub use webhooks::Account;
pub use webhooks::Asked;
pub use webhooks::Inquirer;
pub use webhooks::Webhooks;
pub use webhooks::keep;
