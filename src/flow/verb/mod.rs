//! The verbs, one a file: its model, how it is read, and what it does in a run.

mod gather;
mod hangup;
mod if_;
mod pause;
mod play;
mod redirect;
mod reject;
mod route;
mod say;
mod set;

pub use gather::BargeIn;
pub use gather::Check;
pub use gather::Choice;
pub use gather::Gate;
pub use gather::Gather;
pub use hangup::Hangup;
pub use if_::Decimal;
pub use if_::If;
pub use if_::Test;
pub use pause::Pause;
pub use play::Play;
pub use redirect::Redirect;
pub use reject::Reject;
pub use route::Route;
pub use say::Say;
pub use set::Set;

pub(crate) use gather::Asking;
pub(crate) use set::VALUE_BYTES_MAX;
