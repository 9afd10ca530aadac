//! The errors of the control socket.

use std::io;
use std::path::PathBuf;

/// A fault at the switch's socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The path is too long for the address of a Unix socket.
    #[error("the path {} is too long for a Unix socket: move the database to a shorter path",
        .0.display())]
    TooLong(PathBuf),
    /// Another kind of file is at the path. The switch does not remove it.
    #[error("{} is not a socket: remove it or rename it", .0.display())]
    NotASocket(PathBuf),
    /// The socket cannot be created, or no process listens on it.
    #[error("the socket {}: {cause}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        cause: io::Error,
    },
    /// The connection failed.
    #[error("the connection to the switch: {0}")]
    Connection(#[from] io::Error),
    /// The other side closed the connection without an answer.
    #[error("the switch closed the connection without an answer")]
    Closed,
    /// The other side did not answer in time.
    #[error("the switch did not answer in time")]
    Silent,
    /// A line is longer than the protocol allows.
    #[error("a line is longer than {0} bytes")]
    LongLine(usize),
    /// A line is not a valid message.
    #[error("a line cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl ControlError {
    /// Returns whether no switch listens: none runs, or a crashed switch left its socket file.
    pub fn is_not_listening(&self) -> bool {
        match self {
            Self::Socket { cause, .. } => {
                matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
            }
            Self::TooLong(_) => true,
            Self::NotASocket(_)
            | Self::Connection(_)
            | Self::Closed
            | Self::Silent
            | Self::LongLine(_)
            | Self::Unreadable(_) => false,
        }
    }
}
