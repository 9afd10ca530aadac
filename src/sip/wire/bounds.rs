//! Size limits; a message beyond them is rejected.

/// Most bytes of one message, head and body.
pub const MESSAGE_MAX: usize = 64 * 1024;
/// Most bytes of one line, including continuation lines.
pub const LINE_MAX: usize = 8 * 1024;
/// Most header lines of one message.
pub const HEADERS_MAX: usize = 128;
/// Most Via values of one message: one for each hop that `Max-Forwards: 70` allows.
pub const VIAS_MAX: usize = 70;
