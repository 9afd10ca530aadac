//! Dispatch: the one door to a decision. Book snapshot → decide → hold → settle.
//!
//! Only this room calls `routing::decide` for live traffic, so that calls and leads share the
//! same caps and the same turns. Nothing here waits: locks are held for one decision at most.

mod desk;
mod door;
mod restore;
mod retell;
mod stakes;
mod turns;

pub use door::Dispatch;
pub use door::HOLD_TTL;
pub use door::RENEW_EVERY;
pub use restore::restore;
pub use restore::take_up_credits;
pub use retell::retell;
pub(crate) use retell::snapshot_of;
