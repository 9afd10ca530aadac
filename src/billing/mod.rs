//! Billing: the only place that decides what is owed. It computes what a call is worth, how its
//! hold is settled, what is posted to the ledger, and what later decisions learn from it; and, from
//! everything stored about a sale, what is due for it and how the ledger is corrected. Integers
//! only.

mod account;
mod bill;
mod case;
mod entry;
mod lesson;
mod payout;
mod posting;
mod settle;
mod standing;

pub use account::AccountKind;
pub use account::UnknownAccountKind;
pub use account::due_of;
pub use account::left_by;
pub use bill::Bill;
pub use bill::Evidence;
pub use bill::bill;
pub use bill::settled;
pub use bill::whole_millis;
pub use case::Case;
pub use case::Heard;
pub use case::REPORTS_MAX;
pub use case::ReportRefused;
pub use case::returning::RETURN_NOTE_BYTES_MAX;
pub use case::returning::ReturnCounts;
pub use case::returning::ReturnRefused;
pub use case::returning::ReturnedBy;
pub use entry::Entries;
pub use entry::Unbalanced;
pub use lesson::Lesson;
pub use lesson::lesson;
pub use payout::PAYOUT_WINDOWS;
pub use payout::full_of_payouts;
pub use payout::payout_of;
pub use payout::payout_periods;
pub use payout::without_payout;
pub use posting::Author;
pub use posting::Cause;
pub use posting::Posting;
pub use posting::PostingKind;
pub use settle::Charged;
pub use settle::Sold;
pub use settle::give_back;
pub use settle::settle;
pub use standing::Standing;
