//! What can go wrong at the socket.

use std::io;
use std::path::PathBuf;

/// A fault at the switch's socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The path does not fit into the address of a Unix socket.
    #[error("the path {} is too long for a Unix socket: move the database to a shorter path",
        .0.display())]
    TooLong(PathBuf),
    /// The path is taken by something else, which is left alone.
    #[error("{} is not a socket: remove it or rename it", .0.display())]
    NotASocket(PathBuf),
    /// The socket cannot be made, or nobody listens on it.
    #[error("the socket {}: {cause}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the system said.
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
    /// A line is not one of the protocol.
    #[error("a line cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl ControlError {
    /// Whether no switch listens there: none runs, or one that died left its socket.
    pub fn is_nobody(&self) -> bool {
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
