//! What must hold between calls, ledger, counters and journal, as a fold over stored rows that
//! names every difference.
//!
//! N1 every answered call has one record. N2 there is no record without a call. N3 the ledger is
//! the sum of what the records say, and counters are sums of the sales. N4 no hold was taken above
//! a cap. N5 no hold outlives its call.
//!
//! [`Proof`] takes rows in any number and remembers sums only: accounts of the ledger, the periods
//! of one counter or one source at a time, and live calls.

#![deny(clippy::wildcard_enum_match_arm)]

mod call;
mod counters;
mod difference;
mod facts;
mod lead;
mod ledger;
mod limits;
mod live;
mod money;
mod payouts;
mod reports;
mod rows;
mod sip_log;
mod whole;

#[cfg(test)]
mod tests;

pub use difference::Difference;
pub use difference::Differences;
pub use difference::Invariant;
pub use difference::Kind;
pub use difference::LISTED_MAX;
pub use limits::LiveLimits;
pub use rows::BalanceSum;
pub use rows::CarrierCalls;
pub use rows::Counted;
pub use rows::CounterRow;
pub use rows::CounterSum;
pub use rows::FactAbout;
pub use rows::FactRow;
pub use rows::LedgerSum;
pub use rows::Numbering;
pub use rows::Orphan;
pub use rows::Paid;
pub use rows::PayoutCounted;
pub use rows::PayoutRow;
pub use rows::ReportDay;
pub use rows::ReportSums;
pub use rows::SoldUnit;
pub use rows::StoredCall;
pub use rows::StoredLead;
pub use rows::StoredSale;
pub use rows::Taken;
pub use sip_log::SIP_CALLS_MAX;
pub use sip_log::SipCalls;
pub use whole::Proof;
pub use whole::Seen;
