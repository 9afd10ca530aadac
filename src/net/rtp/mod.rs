//! RTP on sockets: ports from a configured range, and one task per call that drives its
//! [`media::Session`](crate::media::Session).

mod ports;
mod task;

pub use ports::NoPorts;
pub use ports::PortRange;
pub use ports::RtpPair;
pub use ports::is_starvation;
pub use task::COMMANDS;
pub use task::EVENTS;
pub use task::MediaCommand;
pub use task::MediaConfig;
pub use task::MediaLine;
pub use task::MediaTask;
