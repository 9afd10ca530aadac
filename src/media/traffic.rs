//! What a leg counts.

use std::time::Duration;

/// Packet counters of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Audio packets accepted.
    pub audio: u64,
    /// Telephone-event packets accepted.
    pub events: u64,
    /// Packets sent.
    pub sent: u64,
    /// Payload of these packets, in bytes.
    pub bytes: u64,
    /// Datagrams from addresses that do not belong to the leg.
    pub from_others: u64,
    /// Datagrams that were not RTP.
    pub malformed: u64,
    /// Packets of other payload types, of a source not yet accepted, or against the direction.
    pub unwanted: u64,
    /// Packets above the rate that a leg accepts.
    pub over_rate: u64,
    /// Packets that are not SRTP under the key of the leg's far end.
    pub unauthentic: u64,
}

/// What a leg received, for the record of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Packets of audio and telephone events.
    pub packets: u64,
    /// Their payload in bytes.
    pub bytes: u64,
    /// Packets that were lost on the way, by their sequence numbers.
    pub lost: u64,
    /// Interarrival jitter of the latest source (RFC 3550 §6.4.1).
    pub jitter: Duration,
    /// Datagrams from addresses that do not belong to the leg.
    pub from_others: u64,
    /// Packets above the rate that a leg accepts, which were dropped.
    pub over_rate: u64,
    /// What the far end reported last; `None` if it reported nothing.
    pub far_end: Option<FarEnd>,
}

/// What a far end reported of what the switch sent it (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FarEnd {
    /// Packets lost since the switch began to send; duplicates may hide some.
    pub lost: u32,
    /// Interarrival jitter.
    pub jitter: Duration,
    /// Time to the far end and back, without its processing; `None` if it did not answer a report.
    pub round_trip: Option<Duration>,
}
