//! Counters of the agent for the metrics.

/// Totals since the start; they never decrease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests received that could be parsed.
    pub requests: u64,
    /// Responses received that could be parsed.
    pub responses: u64,
    /// Messages dropped because they are not SIP, or are requests too broken to answer.
    pub malformed: u64,
    /// Requests outside any dialog from unknown addresses: answered 403 or dropped.
    pub strangers: u64,
    /// Requests within a dialog from a source that it does not accept: answered 481.
    pub foreign: u64,
    /// Requests answered with an error before they reached a session.
    pub rejected: u64,
    /// Request retransmissions, absorbed by their transaction.
    pub repeated: u64,
    /// Messages retransmitted, by a timer or because the far end retransmitted its own.
    pub retransmissions: u64,
    /// Responses dropped because they match no transaction.
    pub unmatched_responses: u64,
    /// ACKs dropped because they match no transaction or dialog.
    pub unmatched_acks: u64,
    /// Transactions that ended without a response or ACK of the far end (timers B, F and H).
    pub timeouts: u64,
    /// INVITEs of unknown addresses that were challenged: 401.
    pub challenges: u64,
    /// INVITEs rejected with 503 because a table was full.
    pub overloads: u64,
    /// Further answers of a forked INVITE: acknowledged and hung up.
    pub forks: u64,
}

impl Counters {
    /// Returns every total with its name in the metrics.
    pub fn named(&self) -> [(&'static str, u64); 14] {
        [
            ("requests", self.requests),
            ("responses", self.responses),
            ("malformed", self.malformed),
            ("challenges", self.challenges),
            ("strangers", self.strangers),
            ("foreign", self.foreign),
            ("rejected", self.rejected),
            ("repeated", self.repeated),
            ("retransmissions", self.retransmissions),
            ("unmatched_responses", self.unmatched_responses),
            ("unmatched_acks", self.unmatched_acks),
            ("timeouts", self.timeouts),
            ("overloads", self.overloads),
            ("forks", self.forks),
        ]
    }
}
