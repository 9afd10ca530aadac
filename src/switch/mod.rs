//! Live calls: one task owns one call. The SIP task hands new calls to [`Switch`], which starts a
//! task for each to carry out the outputs of its [`call::Machine`](crate::call::Machine).

mod address;
mod asking;
mod beats;
mod call_clock;
mod conduct;
mod exchange;
mod gate;
mod hang_up;
mod holds;
mod ledger;
mod live;
mod operator;
mod refusals;
mod reports;
mod shared;
mod speaker;
mod studio;
mod sweep;
mod tally;
mod tape;
mod webhooks;

pub use exchange::Switch;
pub use hang_up::HangUpError;
pub use live::LIVE_PAGE_MAX;
pub use live::LiveCalls;
pub use live::LivePage;
pub use operator::Operator;
pub use refusals::REFUSED_MAX;
pub use refusals::Refusals;
pub use reports::Reports;
pub use shared::Admission;
pub use shared::Media;
pub use shared::Records;
pub use shared::Shared;
pub use shared::Sounds;
pub use speaker::Speaker;
pub use speaker::SpeechError;
pub use speaker::render;
pub use sweep::sweep;
pub use webhooks::Account;
pub use webhooks::Inquirer;
pub use webhooks::WebhookRequest;
pub use webhooks::Webhooks;
pub use webhooks::keep;
pub use webhooks::wav;
