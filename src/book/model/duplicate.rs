//! Duplicate rules, so that the same person is not sold twice.

use std::time::Duration;

use crate::base::FieldName;

/// An inquiry is a duplicate if one that was sold within the window has the same values in all of
/// these fields. An inquiry that lacks one of them is not a duplicate, because it cannot be
/// compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Duplicate {
    /// Fields that are compared; at least one.
    pub fields: Vec<FieldName>,
    /// Time that a sale counts: 1 min to 400 days; 30 days unless the book says otherwise.
    pub window: Duration,
}
