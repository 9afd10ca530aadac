//! What the agent counts for the metrics.

/// Totals since the start; they only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests received that could be parsed.
    pub requests: u64,
    /// Responses received that could be parsed.
    pub responses: u64,
    /// Messages that are not SIP, or requests too broken to be answered: dropped.
    pub malformed: u64,
    /// Requests of strangers outside any dialog: answered 403 or dropped.
    pub strangers: u64,
    /// Requests within a dialog from an address that is none of its peers: answered 481.
    pub foreign: u64,
    /// Requests answered with an error before they reached a session.
    pub rejected: u64,
    /// Requests received again and absorbed by their transaction.
    pub repeated: u64,
    /// Messages sent again, by a timer or because the far end repeated its own.
    pub retransmissions: u64,
    /// Responses that belong to no transaction: dropped.
    pub unmatched_responses: u64,
    /// ACKs that belong to no transaction or dialog: dropped.
    pub unmatched_acks: u64,
    /// Transactions that ended without the far end's answer (timers B, F and H).
    pub timeouts: u64,
    /// INVITEs refused with 503 because a table was full.
    pub overloads: u64,
    /// Second and later answers of a forked INVITE: acknowledged and hung up.
    pub forks: u64,
}

impl Counters {
    /// Returns every total with its name in the metrics.
    pub fn named(&self) -> [(&'static str, u64); 13] {
        [
            ("requests", self.requests),
            ("responses", self.responses),
            ("malformed", self.malformed),
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
