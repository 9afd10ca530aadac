//! Calls at webhook carriers: each request is one step of one call, stored before it is answered.
//!
//! The state of a call is its journal in the database. The switch keeps the machine of a live call
//! in memory; if that is lost, it replays the journal at the next request.

mod ask;
mod auction;
mod conduct;
mod door;
mod hang_up;
mod in_progress;
mod keep;
mod live;
mod open_holds;
mod resume;
mod revive;
mod safe;
mod slots;
mod sound;
mod sources;
mod stall;
mod wanted;

pub use ask::Account;
pub use ask::Inquirer;
pub use door::WebhookAnswer;
pub use door::Webhooks;
pub use keep::keep;
pub use sound::wav;
pub use wanted::WebhookRequest;
