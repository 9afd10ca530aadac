//! The size limits of the protocol.

/// Longest request, in bytes, with its line end. A longer one ends the connection.
pub const REQUEST_BYTES_MAX: usize = 4_096;
/// Longest answer, in bytes, with its line end: a page of live calls. A longer one is not sent.
pub const ANSWER_BYTES_MAX: usize = 4 * 1_024 * 1_024;
