//! Results of a message or a timer in a transaction.

/// Whether a message is new to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// A new message.
    New,
    /// A retransmission, which the transaction has handled.
    Retransmission,
}

/// Effect of an expired timer on its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// The transaction continues.
    Running,
    /// The transaction has ended normally.
    Done,
    /// The transaction has ended without a response of the far end.
    TimedOut,
}
