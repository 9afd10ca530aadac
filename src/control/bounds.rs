//! What the protocol of the socket allows.

/// Longest line, in bytes, with its end. A longer one ends the connection.
pub const LINE_BYTES_MAX: usize = 4_096;
