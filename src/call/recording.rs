//! State of a recording in progress.

use crate::base::FieldName;

/// A recording in progress.
#[derive(Debug)]
pub(super) struct Recording {
    /// Field for its file name.
    pub(super) field: Option<FieldName>,
}
