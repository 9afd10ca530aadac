//! How much of a message is read before it is refused.

/// Bytes of one message, head and body.
pub const MESSAGE_MAX: usize = 64 * 1024;
/// Bytes of one line, its continuation lines included.
pub const LINE_MAX: usize = 8 * 1024;
/// Header lines of one message.
pub const HEADERS_MAX: usize = 128;
/// Via values of one message: one for each hop that `Max-Forwards: 70` allows.
pub const VIAS_MAX: usize = 70;
