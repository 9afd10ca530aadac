//! Size limits; a description beyond them is rejected.

/// Most bytes of one description.
pub const DESCRIPTION_MAX: usize = 16 * 1024;
/// Most `m=` lines of one description.
pub const STREAMS_MAX: usize = 16;
