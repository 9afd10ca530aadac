//! The tone that stands for a caller's voice.

/// The tone that callers hum.
pub(super) const CALLER_HZ: u32 = 1_000;
