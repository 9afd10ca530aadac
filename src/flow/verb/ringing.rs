//! How `<Route>` rings buyers.

use std::time::Duration;

use crate::flow::Sound;

/// How buyers ring, where the flow overrides their offer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ringing {
    /// Number of buyers that ring at once; 1 is one after another.
    pub width: Option<u8>,
    /// Time that one wave may ring.
    pub timeout: Option<Duration>,
    /// File that an answered caller hears in a loop meanwhile; a ringing tone when absent.
    pub ringback: Option<Sound>,
}
