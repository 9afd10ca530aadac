//! Live calls: one task owns one call. The SIP task hands new calls to [`Switch`]; each gets a
//! task that carries out what its [`call::Machine`](crate::call::Machine) says.

mod address;
mod asking;
mod beats;
mod conduct;
mod exchange;
mod gate;
mod hang_up;
mod holds;
mod ledger;
mod live;
mod operator;
mod refused;
mod shared;
mod speaker;
mod studio;
mod tape;
mod webhooks;

pub use exchange::Switch;
pub use hang_up::HangUpError;
pub use live::LIVE_PAGE_MAX;
pub use live::LiveCalls;
pub use live::LivePage;
pub use operator::Operator;
pub use shared::Admission;
pub use shared::Media;
pub use shared::Records;
pub use shared::Shared;
pub use shared::Sounds;
pub use speaker::Speaker;
pub use speaker::SpeechError;
pub use speaker::render;
pub use webhooks::Account;
pub use webhooks::Inquirer;
pub use webhooks::WebhookRequest;
pub use webhooks::Webhooks;
pub use webhooks::keep;
pub use webhooks::wav;
