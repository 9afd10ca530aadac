//! What a message or a timer is to a transaction.

/// Whether a message is new to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is.
    New,
    /// It is a copy, and the transaction has handled it.
    Retransmission,
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
