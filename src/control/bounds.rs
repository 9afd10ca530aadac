//! The bounds of the protocol.

/// Longest line, in bytes, including the line end. A longer line ends the connection.
pub const LINE_BYTES_MAX: usize = 4_096;
