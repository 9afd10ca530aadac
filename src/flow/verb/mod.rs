//! The verbs, one a file: its model, how it is read, and what it does in a run.

pub(crate) mod attributes;
mod branch;
mod dial;
mod gather;
mod hangup;
mod if_;
mod lookup;
mod pause;
mod play;
mod record;
mod redirect;
mod reject;
mod route;
mod say;
mod set;
mod tag;

pub use dial::Dial;
pub use dial::DialTo;
pub use gather::Ask;
pub use gather::BargeIn;
pub use gather::Check;
pub use gather::Choice;
pub use gather::Gate;
pub use gather::Gather;
pub use hangup::Hangup;
pub use if_::Decimal;
pub use if_::Hours;
pub use if_::If;
pub use if_::Test;
pub use lookup::Lookup;
pub use lookup::Pointer;
pub use lookup::found;
pub use pause::Pause;
pub use play::Play;
pub use record::Record;
pub use redirect::Redirect;
pub use reject::Reject;
pub use route::Ringing;
pub use route::Route;
pub use say::Say;
pub use set::Set;
pub use tag::Tag;

pub(crate) use gather::Asking;
pub(crate) use set::VALUE_BYTES_MAX;
