//! How `<Route>` rings.

use std::time::Duration;

use crate::flow::Sound;

/// How buyers are rung, where the flow wants it otherwise than their offer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ringing {
    /// How many ring at once; 1 is one after another.
    pub width: Option<u8>,
    /// How long one wave may ring.
    pub timeout: Option<Duration>,
    /// What a caller who was answered hears meanwhile, over and over: a file. A ringing tone
    /// when there is none.
    pub ringback: Option<Sound>,
}
