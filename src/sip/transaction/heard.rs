//! What a message or a timer is to a transaction.

/// Whether a message tells the session anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It does.
    New,
    /// A copy; the transaction has dealt with it.
    Again,
}

/// What a timer did to its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// It goes on.
    Running,
    /// It is over, as planned.
    Done,
    /// It is over, without the far end's answer.
    TimedOut,
}
