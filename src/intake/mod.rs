//! Live form leads. One task sells one lead; it owns the lead's [machine](crate::lead::Machine),
//! its holds and its posts.
//!
//! A lead is stored before the first buyer gets it, and so is each post before it is sent, and the
//! result before the source is told. A lead that a stopped program left open is continued by the
//! next one; a post that was not answered then counts as unknown.

mod admission;
mod announced;
mod asking;
mod breakers;
mod buyers;
mod call_ping;
mod client;
mod conduct;
mod door;
mod due;
mod explain;
mod holding;
mod later;
mod live;
mod own;
mod ping;
mod post;
mod resume;
mod settle;
mod settling;
mod status;
mod tokens;
mod turns;
mod wanted;

pub use buyers::Buyers;
pub use buyers::BuyersParts;
pub use call_ping::CallAnswered;
pub use call_ping::WantedCall;
pub use door::Intake;
pub use door::Parts;
pub use door::Received;
pub use explain::Explained;
pub use explain::Objection;
pub use explain::Owed;
pub use explain::Unexplained;
pub use explain::explain;
pub use live::Figures;
pub use live::PingAnswer;
pub use ping::Answered;
pub use post::Pinging;
pub use post::Poster;
pub use post::Posting;
pub use settling::Unsettled;
pub use wanted::Purpose;
pub use wanted::Refused;
pub use wanted::WantedLead;
pub use wanted::WantedPost;

#[cfg(test)]
mod posting_tests;
#[cfg(test)]
mod tests;
