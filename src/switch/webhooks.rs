//! Calls at webhook carriers: each request is one step of one call, stored before it is answered.
//!
//! The state of a call is its journal in the database. What is kept here of a live call is its
//! machine as the journal makes it; whatever is lost of it is played back when the next request
//! comes.

mod ask;
mod conduct;
mod door;
mod hang_up;
mod keep;
mod live;
mod revive;
mod safe;
mod sound;

pub use ask::Account;
pub use ask::Inquirer;
pub use door::WebhookRequest;
pub use door::Webhooks;
pub use keep::keep;
pub use sound::wav;
