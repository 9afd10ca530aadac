//! What happens to calls, caps and the book, as one numbered stream.
//!
//! [`Events`] keeps the latest events for a while. A [`Follower`] is a place in that stream: it
//! reads at its own pace, may resume after an event that it has seen, and learns what it missed.
//! Whoever publishes never waits for a follower.

mod event;
mod follow;
mod stream;

pub use event::Event;
pub use event::EventId;
pub use event::InvalidEventId;
pub use event::Subject;
pub use follow::Followed;
pub use follow::Follower;
pub use follow::Lost;
pub use stream::EVENTS_MAX;
pub use stream::Events;
