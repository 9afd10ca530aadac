//! Option tags of the extensions that the agent supports (RFC 3261 §19.2).

/// Reliable provisional responses (RFC 3262).
pub(super) const RELIABLE: &str = "100rel";
/// Session timers (RFC 4028).
pub(super) const TIMER: &str = "timer";
/// REFER without notifications (RFC 4488). It is not announced: only a far end that wants none needs it.
pub(super) const NO_REFER_SUB: &str = "norefersub";
/// The first two, as a Supported value. Where PRACK is off, [`TIMER`] stands alone.
pub(super) const SUPPORTED: &str = "100rel, timer";
