//! The switch's Unix socket, beside its database: how a program on the same machine reaches the
//! switch that runs on that database.
//!
//! A message is one line of JSON. The program sends a [`Request`] of at most
//! [`REQUEST_BYTES_MAX`] bytes, the switch sends one [`Answer`] of at most [`ANSWER_BYTES_MAX`],
//! and so on until the program closes the connection. A request that the switch does not know is answered with a failure, so that a newer
//! command line gets a sentence from an older switch.
//!
//! The socket has mode 0600, and the switch asks the kernel who connects: only its own user and
//! root are heard.

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
pub use message::Answer;
pub use message::LIVE_MAX;
pub use message::Request;
pub use serve::CONNECTIONS_MAX;
pub use serve::serve;
