//! Calls at webhook carriers: each request is one step of one call, stored before it is answered.
//!
//! The state of a call is its journal in the database. What is kept here of a live call is its
//! machine as the journal makes it; whatever is lost of it is played back when the next request
//! comes.

mod ask;
mod call_clock;
mod conduct;
mod door;
mod hang_up;
mod in_progress;
mod keep;
mod live;
mod open_holds;
mod revive;
mod safe;
mod slots;
mod sound;
mod stall;
mod wanted;

pub use ask::Account;
pub use ask::Inquirer;
pub use door::WebhookRequest;
pub use door::Webhooks;
pub use keep::keep;
pub use sound::wav;
