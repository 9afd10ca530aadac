//! The tone that stands for a caller's voice.

/// Tone that callers play, in hertz.
pub(super) const CALLER_HZ: u32 = 1_000;
