//! The event stream: what happens to calls, caps and the book, numbered in order.
//!
//! [`Events`] keeps the latest [`EVENTS_MAX`] events. A [`Follower`] reads the stream at its own
//! pace, may resume after an event that it has read, and is informed of events that it lost.
//! A publisher never waits for a follower. Beside other nodes, the stream has their events, too.

mod among_nodes;
mod event;
mod follow;
mod foreign;
mod stream;

pub use among_nodes::BATCH_BYTES_MAX;
pub use among_nodes::Packer;
pub use among_nodes::Unpacker;
pub use event::Event;
pub use event::EventId;
pub use event::InvalidEventId;
pub use event::Subject;
pub use follow::Followed;
pub use follow::Follower;
pub use follow::Lost;
pub use foreign::Foreign;
pub use stream::EVENTS_MAX;
pub use stream::Events;
