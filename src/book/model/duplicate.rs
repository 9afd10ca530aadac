//! Duplicate rules: what happens to a person who was sold before.

use std::time::Duration;

use crate::base::FieldName;

/// An inquiry is a duplicate if one that was sold within the window has the same values in all of
/// these fields. An inquiry that lacks one of them is not a duplicate, because it cannot be
/// compared: a caller who withholds the number is never one by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Duplicate {
    /// Fields that are compared; at least one.
    pub fields: Vec<FieldName>,
    /// Time that a sale counts: 1 min to 400 days; 30 days unless the book says otherwise.
    pub window: Duration,
    /// Which sales count.
    pub after: RepeatAfter,
    /// What happens to a duplicate.
    pub then: RepeatThen,
}

/// Which earlier sales make an inquiry a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RepeatAfter {
    /// Every sale: a call that was connected, billable or not; a form lead that a buyer has.
    #[default]
    Connected,
    /// Sales that became billable, from the end of the call or by the buyer's report.
    Converted,
}

/// What happens to a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RepeatThen {
    /// The rule's contracts are passed over.
    #[default]
    Refuse,
    /// It is routed as any other, and nothing is owed for it.
    NotBilled,
    /// The contract that had the person before comes first, if it may take the inquiry.
    SameBuyer,
}

impl RepeatAfter {
    /// All values.
    pub const ALL: &[Self] = &[RepeatAfter::Connected, RepeatAfter::Converted];

    /// Returns the name in books.
    pub const fn name(self) -> &'static str {
        match self {
            RepeatAfter::Connected => "connected",
            RepeatAfter::Converted => "converted",
        }
    }
}

impl RepeatThen {
    /// All values.
    pub const ALL: &[Self] = &[RepeatThen::Refuse, RepeatThen::NotBilled, RepeatThen::SameBuyer];

    /// Returns the name in books.
    pub const fn name(self) -> &'static str {
        match self {
            RepeatThen::Refuse => "refuse",
            RepeatThen::NotBilled => "not_billed",
            RepeatThen::SameBuyer => "same_buyer",
        }
    }
}
