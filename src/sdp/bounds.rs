//! How much of a description is read before it is refused.

/// Bytes of one description.
pub const DESCRIPTION_MAX: usize = 16 * 1024;
/// `m=` lines of one description.
pub const STREAMS_MAX: usize = 16;
