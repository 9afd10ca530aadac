//! SIP without I/O (RFC 3261): the [`Agent`] is one state machine of messages, transactions,
//! dialogs and sessions. It uses no sockets, clock or DNS: pass it messages and commands, and drain
//! its outputs.

mod agent;
mod body;
mod check;
mod command;
mod config;
mod core;
mod counters;
mod dialog;
pub mod digest;
mod event;
mod expiry;
mod extension;
mod incoming;
mod input;
mod output;
mod peer;
mod ping;
mod proxies;
mod reason;
mod receive;
mod refer;
mod refused_invite;
mod registration;
mod reply;
mod request;
mod response;
mod server_ping;
mod session;
mod sources;
mod transaction;
mod warning;
pub mod wire;

pub use agent::Agent;
pub use command::CancelWhy;
pub use command::Command;
pub use command::Dial;
pub use config::Advertise;
pub use config::AgentConfig;
pub use config::SESSIONS_DEFAULT;
pub use config::uri_host;
pub use counters::Counters;
pub use event::Event;
pub use event::Hangup;
pub use event::REDIRECTS_MAX;
pub use event::Refusal;
pub use incoming::Incoming;
pub use incoming::PASSED_ON_MAX;
pub use input::Input;
pub use output::Output;
pub use peer::ConnectionId;
pub use peer::Peer;
pub use peer::Sender;
pub use peer::Transport;
pub use proxies::Proxies;
pub use proxies::Source;
pub use reason::Reason;
pub use refer::NoTransfer;
pub use refused_invite::Proof;
pub use refused_invite::RefusedInvite;
pub use registration::Register;
pub use registration::RegistrationId;
pub use registration::RegistrationOutcome;
pub use server_ping::ServerPing;
pub use server_ping::ServerPingId;
pub use session::DATAGRAM_MAX;
pub use sources::Sources;
pub use warning::Declined;
pub use warning::Objection;
pub use warning::Warning;
pub use wire::Uri;

#[cfg(test)]
mod tests;
