//! The control socket: a Unix socket beside the database. A program on the same machine uses it to
//! reach the switch that runs on that database.
//!
//! A message is one line of JSON: a request of at most [`REQUEST_BYTES_MAX`] bytes, an answer of at
//! most [`ANSWER_BYTES_MAX`]. The program sends a [`Request`] and the switch sends one [`Answer`],
//! until the program closes the connection. The switch answers an unknown request with a failure,
//! so that a newer command line gets a clear error from an older switch.
//!
//! The socket has mode 0600, and the switch checks the user of each connection: it accepts only its
//! own user and root.

mod ask;
mod bounds;
mod fault;
mod line;
mod listen;
mod message;
mod serve;

pub use ask::ask;
pub use bounds::ANSWER_BYTES_MAX;
pub use bounds::REQUEST_BYTES_MAX;
pub use fault::ControlError;
pub use listen::Listener;
pub use message::ControlAnswer;
pub use message::LIVE_MAX;
pub use message::Request;
pub use serve::CONNECTIONS_MAX;
pub use serve::serve;
