//! How much is kept of a call, and of all calls.

/// Most messages of a call, besides those that end it.
pub const LADDER_MESSAGES_MAX: usize = 400;
/// Most further messages that end a call: BYE, CANCEL, and their responses.
pub const ENDING_MESSAGES_MAX: usize = 40;
/// Most octets of the messages of a call.
pub const LADDER_BYTES_MAX: usize = 512 * 1024;
/// Most octets of all calls that wait to be written.
pub const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;
