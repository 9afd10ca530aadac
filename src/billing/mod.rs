//! Billing: what a call is worth, and the entries that say so. Integers only.

mod bill;
mod entry;

pub use bill::Bill;
pub use bill::bill;
pub use entry::Entries;
pub use entry::Unbalanced;
