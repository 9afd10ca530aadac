//! SIP (RFC 3261): messages, transactions, dialogs and sessions behind one sans-IO machine, the
//! [`Agent`]. No sockets, no clock, no DNS: hand it messages and commands, drain its outputs.

mod agent;
mod command;
mod config;
mod counters;
mod event;
mod incoming;
mod peer;
mod session_id;
pub mod wire;

pub use agent::Agent;
pub use agent::Input;
pub use agent::Output;
pub use command::CancelWhy;
pub use command::Command;
pub use command::Dial;
pub use config::Advertise;
pub use config::AgentConfig;
pub use config::SESSIONS_DEFAULT;
pub use counters::Counters;
pub use event::Event;
pub use event::Hangup;
pub use event::Refusal;
pub use incoming::Incoming;
pub use peer::ConnectionId;
pub use peer::Peer;
pub use peer::Sender;
pub use peer::Transport;
pub use session_id::SessionId;
