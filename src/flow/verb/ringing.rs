//! Ring settings of `<Route>`.

use std::time::Duration;

use crate::flow::Sound;

/// Ring settings of a flow that override the offer's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ringing {
    /// Number of buyers that ring at once; 1 is one after another.
    pub width: Option<u8>,
    /// Time that one wave may ring.
    pub timeout: Option<Duration>,
    /// File that plays in a loop to an answered caller while buyers ring; a ringing tone when
    /// absent.
    pub ringback: Option<Sound>,
}
